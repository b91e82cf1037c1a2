"""The demo: fictional testimonials, brought to their status by the real lifecycle, loaded once."""

import tomllib
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import demo
from app.articles.sites import active_sites
from app.audit import AuditEvent, Kind
from app.catalog.article_page import load_margins
from app.catalog.synthesis.models import shown_version
from app.catalog.visibility import visible
from app.cli.database import CONTENT
from app.db import now
from app.features.invitations.models import Invitation
from app.features.questions.models import ColleagueQuestion
from app.features.synthesis.board import unread_statements
from app.moderation.queue.deadlines import is_overdue
from app.moderation.queue.found import contested
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.private_page.forms import NewLinkForm
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from tests.acts import list_total
from tests.factories import the_article, the_second_article

SOURCE, SECOND = (CONTENT / "demo" / name for name in ("retours.toml", "ateliers-sante-ville.toml"))
ROWS = [row for path in (SOURCE, SECOND) for row in tomllib.loads(path.read_text(encoding="utf-8"))["retours"]]
ANSWERS = [row["answer"] for row in ROWS if "answer" in row]
NOTICES = [notice for row in ROWS for notice in row.get("notices", ())]


@pytest.mark.slow("the demo is loaded")
def test_the_demo_has_something_of_everything(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    demo.load_demo(session, SOURCE)
    session.commit()
    for holds in (
        a_testimonial_in_every_status_and_a_full_page,
        the_words_of_who_refused_reuse_leave_by_no_open_outlet,
        a_text_told_and_signed_and_one_that_waits_for_its_teller,
        a_synthesis_with_a_claim_that_nobody_reads,
        an_open_notice_and_a_text_hidden_for_another,
        questions_received_and_organisations_invited,
        emails_that_can_be_rendered,
        loading_the_demo_again_changes_nothing,
    ):
        with subtests.test(msg=holds.__name__):
            holds(app, session)


@pytest.mark.changes_content
@pytest.mark.slow("the demo is loaded")
def test_the_demo_of_two_articles_has_answers(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    the_second_article(session)
    demo.load_demo(session, SOURCE, SECOND)
    session.commit()
    for holds in (testimonials_of_the_second_article, an_answer_that_is_read_and_one_that_is_announced):
        with subtests.test(msg=holds.__name__):
            holds(app, session)


def a_testimonial_in_every_status_and_a_full_page(_: Flask, session: Session) -> None:
    statuses = Counter(session.scalars(select(Testimonial.status)))
    assert set(statuses) == set(Status)
    assert statuses[Status.PUBLISHED] >= 12
    shown = [each.shown for each in session.scalars(visible()) if each.shown]
    hidden, answers = 1, 1
    assert len(shown) == statuses[Status.PUBLISHED] - hidden - answers
    assert {version.situation for version in shown} == set(Situation)
    assert {version.attribution for version in shown} == set(Attribution)
    assert len({version.department.region_code for version in shown}) >= 9
    assert all(testimonial.published_at for testimonial in session.scalars(visible()))
    assert list_total(session) >= 3
    assert session.scalar(contested())
    margins = load_margins(session, the_article(session))
    assert margins.opening is not None
    assert [row.passage.heading for row in margins.rows if row.first is None and row.passage.heading] == [
        "Cinq articulations, parmi d’autres",
        "Pour aller plus loin",
    ], "someone speaks beside the first half too"
    assert any(is_overdue(testimonial) for testimonial in session.scalars(select(Testimonial)))


def the_words_of_who_refused_reuse_leave_by_no_open_outlet(app: Flask, session: Session) -> None:
    """Six of the fifteen published texts, on a site of the network only."""
    written = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["retours"]
    rows = [row for row in written if row["acts"][-1:] == ["publish"] and "hidden" not in row]
    refused = {row["account"].strip() for row in rows if not row["reuse"]}
    assert (len(rows), len(refused)) == (15, 6)
    listed = app.test_client().get("/api/v1/articles/crpv/testimonials?limite=50").get_json()["testimonials"]
    assert len(listed) == 15
    assert {each["account"] for each in listed} == {row["account"].strip() for row in rows if row["reuse"]} | {None}
    (site,) = active_sites(session)
    assert site.host.endswith(".example")
    counts = [
        app.test_client().get(f"/integration/crpv?nombre=20{key}").text.count("<blockquote")
        for key in ("", f"&cle={site.key}")
    ]
    assert counts == [9, 15]


def a_text_told_and_signed_and_one_that_waits_for_its_teller(_: Flask, session: Session) -> None:
    texts = session.scalars(select(Testimonial).join(Testimonial.transcript))
    told = [(each.status, each.transcript.medium) for each in texts if each.transcript]
    assert sorted(told) == [(Status.PROOF_SENT, Medium.MEETING), (Status.PUBLISHED, Medium.TELEPHONE)]


def a_synthesis_with_a_claim_that_nobody_reads(app: Flask, session: Session) -> None:
    """Its only source is the text that an editor hides: the board says so."""
    page = app.test_client().get("/articles/crpv/synthese").text
    assert page.count('class="statement"') == 3
    assert page.count("2\u00a0retours le disent") == 3
    statements = app.test_client().get("/api/v1/articles/crpv/synthesis").get_json()["claims"]
    assert [len(each["sources"]) for each in statements] == [2, 2, 1]
    version = session.scalars(shown_version(the_article(session).id)).one()
    assert [each.statement.words for each in unread_statements(session, version)] == [
        "Les commerces d’un quartier voient ce que d’autres ne voient pas."
    ]


def emails_that_can_be_rendered(app: Flask, _: Session) -> None:
    output = app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False).output
    assert "sent to" in output
    assert "): kept" not in output


def loading_the_demo_again_changes_nothing(_: Flask, session: Session) -> None:
    before = session.scalars(select(Version.id)).all()
    demo.load_demo(session, SOURCE)
    session.commit()
    assert session.scalars(select(Version.id)).all() == before


def testimonials_of_the_second_article(_: Flask, session: Session) -> None:
    article = the_second_article(session)
    own = [each for each in session.scalars(visible()) if each.article_id == article.id]
    assert len(own) == 5
    shown = [each.shown for each in own if each.shown]
    assert {version.situation for version in shown} == set(Situation)
    assert {version.attribution for version in shown} == set(Attribution)
    assert [version.became for version in shown if version.became_on] == [Became.DONE]
    assert {theme.slug for version in shown for theme in version.themes} == {
        theme.slug for theme in article.themes if theme.slug != "autre"
    }
    margins = load_margins(session, article)
    assert margins.opening is not None
    assert [row.passage.theme for row in margins.rows if row.first] == [
        *("habitants", "acces-aux-soins", "premier-accueil", "instances")
    ]


def an_open_notice_and_a_text_hidden_for_another(app: Flask, session: Session) -> None:
    noticed = select(Testimonial).where(Testimonial.noticed_at.is_not(None)).order_by(Testimonial.id)
    read, hidden = session.scalars(noticed).all()
    assert (read.hidden_until, hidden.status) == (None, Status.PUBLISHED)
    assert hidden.hidden_until is not None
    assert hidden.hidden_until > now() + timedelta(days=5)
    statuses = [
        app.test_client().get(f"/temoignages/{each.public_id}", follow_redirects=True).status_code
        for each in (read, hidden)
    ]
    assert statuses == [200, 404]
    for testimonial in (read, hidden):
        (notice,) = testimonial.notices
        assert notice.is_open
        assert not notice.is_overdue
        assert testimonial.shown
        assert notice.passage in testimonial.shown.account + testimonial.shown.outcome, "what a reader quotes is there"


def an_answer_that_is_read_and_one_that_is_announced(app: Flask, session: Session) -> None:
    answers = select(Testimonial).where(Testimonial.kind == TextKind.RESPONSE).order_by(Testimonial.id)
    read, announced = session.scalars(answers).all()
    assert {each.status for each in (read, announced)} == {Status.PUBLISHED}
    assert (read.hidden_until, read.readable_from) == (None, None)
    until = announced.readable_from
    assert until is not None
    assert until > now() + timedelta(days=6)
    for answer, stands in ((read, True), (announced, False)):
        assert answer.about
        assert answer.shown
        page = app.test_client().get(f"/temoignages/{answer.about.public_id}", follow_redirects=True).text
        assert (answer.shown.account[-60:] in page) is stands
    invited = select(AuditEvent.testimonial_id).where(AuditEvent.kind == Kind.ANSWER_INVITED)
    assert set(session.scalars(invited)) == {read.about_id, announced.about_id}


def test_demo_addresses_cannot_receive_e_mail_and_are_taken_by_the_forms(app: Flask) -> None:
    for address in (demo.EDITOR_EMAIL, *(row["email"] for row in (*ROWS, *ANSWERS, *NOTICES) if "email" in row)):
        assert address.endswith(".example")
        with app.test_request_context(method="POST", data={"email": address}):
            form = NewLinkForm(meta={"csrf": False})
            assert form.validate(), address
    assert all(".invalid" in row.get("link", ".invalid") or not row["link"] for row in ROWS)
    assert len({row["account"] for row in ROWS}) == len(ROWS)


def test_no_demo_text_reveals_more_than_its_signature() -> None:
    for row in ROWS:
        if row["attribution"] == "region":
            text = " ".join(
                str(row.get(name, ""))
                for name in ("title", "account", "outcome", "obstacles", "advice", "other_partners")
            )
            assert row["author_name"].split()[-1] not in text
            assert row["clsm"].removeprefix("CLSM ").split()[-1] not in text


def questions_received_and_organisations_invited(_: Flask, session: Session) -> None:
    questions = session.scalars(select(ColleagueQuestion).order_by(ColleagueQuestion.id)).all()
    assert all(each.confirmed_at and each.testimonial.consents_to(Purpose.QUESTIONS) for each in questions)
    assert [each.is_reported for each in questions] == [False, True]
    assert {each.email.rpartition(".")[2] for each in questions} == {"example"}
    invited = session.scalars(select(Invitation)).all()
    assert {each.organisation for each in invited} == {"CLSM de Vaubrelle", "CLSM d’Ornemare"}
    assert {each.email.rpartition(".")[2] for each in invited} == {"example"}
