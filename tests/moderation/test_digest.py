"""Digests: the counts they contain, and the frequency each editor chose."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.models import Theme
from app.db import db, now
from app.mail.outbox import Email
from app.moderation.digest import mails
from app.moderation.digest import models as digests
from app.moderation.digest.counts import waiting_by_article
from app.moderation.digest.models import Frequency, Subscription, send_digests
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.objections import contest_decision
from tests.acts import a_synthesis, give, published, signed_in, stored
from tests.concurrency import together
from tests.factories import (
    EDITOR,
    PASSWORD,
    SENTENCES,
    a_notice,
    a_testimonial,
    an_editor,
    another_article,
    the_article,
)
from tests.mail.test_outbox import composed, plain
from tests.visitor import Visitor


def emails(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == mails.DIGEST).order_by(Email.id)))


def told(email: Email) -> dict[str, list[str]]:
    """Return the sentences of a digest by the title of their article."""
    return {
        each["title"]: [sentence.replace("\u00a0", " ") for sentence in each["sentences"]]
        for each in email.facts["articles"]
    }


def digests_sent(session: Session, frequency: Frequency, ago: timedelta) -> int:
    """Return the number of digests sent to an editor whose last one is some time old."""
    subscription = digests.subscription_of(session, an_editor(session))
    subscription.frequency, subscription.notified_at = frequency, now() - ago
    session.flush()
    return len(list(send_digests(session)))


@pytest.mark.parametrize(
    ("frequency", "ago", "expected"),
    [
        (Frequency.AT_ONCE, timedelta(seconds=30), 0),
        (Frequency.AT_ONCE, timedelta(minutes=2), 1),
        (Frequency.DAILY, timedelta(hours=23), 0),
        (Frequency.DAILY, timedelta(hours=25), 1),
        (Frequency.WEEKLY, timedelta(days=6), 0),
        (Frequency.WEEKLY, timedelta(days=8), 1),
        (Frequency.NEVER, timedelta(days=800), 0),
    ],
)
def test_a_digest_is_sent_at_the_chosen_frequency(
    session: Session, frequency: Frequency, ago: timedelta, expected: int
) -> None:
    a_testimonial(session)
    assert digests_sent(session, frequency, ago) == expected
    assert len(list(send_digests(session))) == 0, "no second digest at once"


def test_an_immediate_digest_needs_a_new_text(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.waiting_since = now() - timedelta(hours=1)
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 0
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(hours=2)) == 1


def test_a_digest_counts_the_statements_that_have_lost_their_sources(session: Session) -> None:
    leaving, staying = (published(session, number) for number in (1, 2))
    account = [(leaving, SENTENCES[0])]
    a_synthesis(session, account, [*account, (staying, SENTENCES[0])])
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(hours=1)) == 0
    leaving.withdraw()
    session.flush()
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(hours=1)) == 1
    (email,) = emails(session)
    assert told(email) == {the_article(session).title: ["1 constat de la synthèse n’a plus de source"]}
    assert email.facts["desk"] is True


def test_an_immediate_digest_counts_a_new_notice(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 0
    notice = a_notice(session, testimonial)
    assert digests_sent(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 1
    (email,) = emails(session)
    assert notice.words not in str(email.facts)


def test_a_digest_counts_waiting_texts_and_quotes_none(session: Session) -> None:
    for number in (2, 5):
        testimonial = a_testimonial(session, email=f"a{number}@exemple.fr")
        testimonial.waiting_since = now() - timedelta(days=number)
    declined = a_testimonial(session, status=Status.DECLINED, email="d@exemple.fr")
    contest_decision(declined, "Le sujet est bien celui-là.")
    a_notice(session, a_testimonial(session, status=Status.PUBLISHED, email="p@exemple.fr"))
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    assert told(email) == {
        the_article(session).title: [
            "2 textes à relire, le plus ancien depuis 5 jours",
            "1 contestation, depuis quelques instants",
            "1 texte signalé, depuis quelques instants",
        ]
    }
    assert email.recipient == EDITOR
    assert "Camille" not in str(email.facts)


def test_a_contested_decision_is_counted_for_other_editors(session: Session) -> None:
    declined = a_testimonial(session, status=Status.DECLINED)
    contest_decision(declined, "Le sujet est bien celui-là.")
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1, (
        "a lone editor gets it, although they decided"
    )
    other = an_editor(session, email="omar@ville-exemple.fr")
    digests.subscription_of(session, other).notified_at = now() - timedelta(days=2)
    digests.subscription_of(session, an_editor(session)).notified_at = now() - timedelta(days=2)
    session.flush()
    assert list(send_digests(session)) == [other]


def test_a_contested_correction_is_counted_for_other_editors_and_told_overdue(session: Session) -> None:
    text, nadia = a_testimonial(session), an_editor(session)
    corrected = text.latest.edited(title="Trois après-midis")
    save_edit(nadia, text, corrected, EditKind.CORRECTION, revision=text.revision, note=DecisionNote())
    session.flush()
    contest_decision(text, "Gardez mon titre.")
    text.contested_at = now() - timedelta(days=8)
    other = an_editor(session, email="omar@ville-exemple.fr")
    session.flush()
    for user, expected in ((nadia, []), (other, ["1 contestation, depuis 8 jours, en retard"])):
        (waiting,) = waiting_by_article(session, user)
        sentences = [each.replace("\u00a0", " ") for each in waiting.sentences]
        assert [each for each in sentences if "contestation" in each] == expected


def test_a_digest_counts_overdue_answers(session: Session) -> None:
    for status, late in ((Status.CHANGES_REQUESTED, 3), (Status.PROOF_SENT, 1), (Status.PROOF_SENT, -1)):
        testimonial = a_testimonial(session, status=status, email=f"a{late}@exemple.fr")
        testimonial.due_at = now() - timedelta(days=late)
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    assert [*told(email).values()] == [["2 réponses d’auteur·e·s en retard, la plus ancienne depuis 3 jours"]]


def test_a_digest_of_one_text_links_to_its_review_page(session: Session) -> None:
    testimonial = a_testimonial(session)
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    assert f"/moderation/{testimonial.public_id}\n" in plain(composed(email))
    a_testimonial(session, email="b@exemple.fr")
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    assert "/moderation\n" in plain(composed(emails(session)[-1]))


@pytest.mark.changes_content
def test_a_digest_says_which_article_and_how_many_are_late(session: Session) -> None:
    other = another_article(session, Theme(slug="autres", label="Autre", choice="Autre", position=0))
    for number, article in enumerate((the_article(session), other, other)):
        text = a_testimonial(session, email=f"a{number}@exemple.fr", article=article)
        text.waiting_since = now() - timedelta(days=20 * number + 2)
    noticed = a_testimonial(session, status=Status.PUBLISHED, email="p@exemple.fr", article=other)
    a_notice(session, noticed)
    noticed.noticed_at, noticed.notice_due_at = now() - timedelta(days=30), now() - timedelta(days=23)
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    assert told(email) == {
        the_article(session).title: ["1 texte à relire, depuis 2 jours"],
        other.title: [
            "2 textes à relire, le plus ancien depuis 6 semaines, tous en retard",
            "1 texte signalé, depuis 4 semaines, en retard",
        ],
    }
    words = plain(composed(email)).replace("\u00a0", " ")
    late = "2 textes à relire, le plus ancien depuis 6 semaines, tous en retard"
    assert f"« {other.title} »\n– {late} ;\n– 1 texte" in words


@pytest.mark.changes_content
def test_an_immediate_digest_tells_of_the_articles_with_a_new_text(session: Session) -> None:
    other = another_article(session, Theme(slug="autres", label="Autre", choice="Autre", position=0))
    a_testimonial(session).waiting_since = now() - timedelta(hours=3)
    a_testimonial(session, email="b@exemple.fr", article=other)
    for frequency, ago, expected in (
        (Frequency.AT_ONCE, timedelta(hours=2), {other.title}),
        (Frequency.DAILY, timedelta(days=1), {the_article(session).title, other.title}),
    ):
        assert digests_sent(session, frequency, ago) == 1
        assert told(emails(session)[-1]).keys() == expected


def test_a_digest_that_could_not_leave_gives_way_to_the_next(session: Session) -> None:
    a_testimonial(session)
    for _ in range(3):  # days without a mail server
        assert digests_sent(session, Frequency.DAILY, timedelta(days=1)) == 1
    assert len(emails(session)) == 1


def test_neither_a_disabled_editor_nor_one_for_whom_nothing_waits_gets_a_digest(session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    assert digests_sent(session, Frequency.DAILY, timedelta(days=3)) == 0
    a_testimonial(session, email="b@exemple.fr")
    an_editor(session).disabled_at = now()
    assert digests_sent(session, Frequency.DAILY, timedelta(days=3)) == 0


def test_somebody_who_has_not_accepted_the_invitation_gets_no_digest(session: Session) -> None:
    """The address may be a stranger's: it is told of no article, and of no count."""
    a_testimonial(session)
    editor = an_editor(session)
    editor.password_hash = ""
    assert digests_sent(session, Frequency.DAILY, timedelta(days=3)) == 0
    editor.set_password(PASSWORD)
    session.flush()
    assert list(send_digests(session)) == [editor]


@pytest.mark.changes_content
def test_an_editor_of_some_articles_is_told_of_no_other(session: Session) -> None:
    """An editor of none is told nothing."""
    other = another_article(session, Theme(slug="autres", label="Autre", choice="Autre", position=0))
    mine = a_testimonial(session)
    a_testimonial(session, email="b@exemple.fr", article=other)
    editor = an_editor(session)
    for articles, expected in (([mine.article], {mine.article.title}), ([], None)):
        give(editor, *articles)
        assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == (expected is not None)
        if expected:
            assert told(emails(session)[-1]).keys() == expected
            assert emails(session)[-1].facts["review"] == mine.public_id


@pytest.mark.changes_content
def test_a_digest_reads_well_of_one_text_and_of_many(session: Session) -> None:
    """The whole e-mail, of two articles, in the genders and the numbers of what waits."""
    other = another_article(session, Theme(slug="autres", label="Autre", choice="Autre", position=0))
    for number, days in enumerate((3, 9, 16)):
        text = a_testimonial(session, email=f"a{number}@exemple.fr")
        text.waiting_since = now() - timedelta(days=days)
    for number, days in enumerate((10, 12)):
        declined = a_testimonial(session, status=Status.DECLINED, email=f"d{number}@exemple.fr", article=other)
        contest_decision(declined, "Le sujet est bien celui-là.")
        declined.contested_at = now() - timedelta(days=days)
    a_testimonial(session, email="seul@exemple.fr", article=other).waiting_since = now() - timedelta(days=20)
    assert digests_sent(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    words = plain(composed(email)).replace("\u00a0", " ")
    assert words.partition("Tout est là")[0] == (
        "Bonjour,\n\nVoici ce qui attend l’équipe.\n\n"
        "« Travailler avec un centre de ressources politique de la ville »\n"
        "– 3 textes à relire, le plus ancien depuis 2 semaines, dont 2 en retard.\n\n"
        "« Un autre article »\n"
        "– 1 texte à relire, depuis 3 semaines, en retard ;\n"
        "– 2 contestations, la plus ancienne depuis 12 jours, toutes en retard.\n\n"
    )


HOURS = [
    # Told late one day, by a loop that was stopped: due at its own hour the next day.
    (Frequency.DAILY, "2026-03-02T07:00", "2026-03-03T06:59", None),
    (Frequency.DAILY, "2026-03-02T07:00", "2026-03-03T09:30", "2026-03-03T07:00"),
    (Frequency.DAILY, "2026-03-02T07:00", "2026-03-06T09:30", "2026-03-06T07:00"),
    # Eight in Paris is seven UTC in winter, six in summer.
    (Frequency.DAILY, "2026-03-28T07:00", "2026-03-29T05:59", None),
    (Frequency.DAILY, "2026-03-28T07:00", "2026-03-29T06:00", "2026-03-29T06:00"),
    (Frequency.DAILY, "2026-10-24T06:00", "2026-10-25T06:30", None),
    (Frequency.DAILY, "2026-10-24T06:00", "2026-10-25T07:00", "2026-10-25T07:00"),
    (Frequency.WEEKLY, "2026-10-20T06:00", "2026-10-27T06:30", None),
    (Frequency.WEEKLY, "2026-10-20T06:00", "2026-10-28T00:00", "2026-10-27T07:00"),
    # Of an hour that the clocks skip, or pass twice.
    (Frequency.DAILY, "2026-03-28T01:30", "2026-03-29T01:30", "2026-03-29T01:30"),
    (Frequency.DAILY, "2026-10-24T00:30", "2026-10-25T00:30", "2026-10-25T00:30"),
    (Frequency.AT_ONCE, "2026-10-25T00:30", "2026-10-25T00:30", None),
    (Frequency.AT_ONCE, "2026-10-25T00:30", "2026-10-25T00:31", "2026-10-25T00:31"),
    (Frequency.NEVER, "2026-10-25T00:30", "2036-10-25T00:30", None),
]


def test_a_digest_keeps_its_hour_in_paris(subtests: pytest.Subtests) -> None:
    for frequency, notified_at, at, expected in HOURS:
        with subtests.test(at=at):
            last, moment = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (notified_at, at))
            turn = digests.last_turn(frequency, last, moment)
            assert (turn.strftime("%Y-%m-%dT%H:%M") if turn > last else None) == expected


def test_an_editor_chooses_a_frequency(visitor: Visitor, session: Session) -> None:
    editor = an_editor(session)
    signed_in(visitor, session)
    visitor.get("/moderation/courriels")
    assert visitor.page.select("[name=frequency][checked]")[0]["value"] == "daily"
    visitor.fill(frequency="weekly").press("Garder ce choix")
    assert "Votre choix est gardé." in visitor.text
    session.rollback()
    assert session.get_one(Subscription, editor.id).frequency is Frequency.WEEKLY
    visitor.get("/moderation/courriels").fill(frequency="rien").press("Garder ce choix")
    assert visitor.status == 422


@pytest.mark.both_engines
def test_two_deliverers_send_a_digest_once(app: Flask, session: Session) -> None:
    """Each deliverer has a thread and a session of its own; the editors' rows are missing, then due."""
    addresses = [f"e{number}@ville-exemple.fr" for number in range(6)]
    a_testimonial(session)  # its factory makes one more editor
    for address in addresses:
        an_editor(session, email=address)
    session.commit()
    start = threading.Barrier(3)

    def deliver() -> int:
        with app.app_context(), Session(db.engine) as own:
            sent = 0
            start.wait(timeout=60)
            for _ in send_digests(own):
                sent += 1
                own.commit()
            own.commit()
            return sent

    assert together(deliver, deliver, deliver) == [0, 0, 0], "a new editor's first digest comes a day later"
    assert [each.frequency for each in stored(session, Subscription)] == [Frequency.DAILY] * 7
    for each in stored(session, Subscription):
        each.notified_at -= timedelta(days=2)
    session.commit()
    outcomes = together(deliver, deliver, deliver)
    assert sum(each for each in outcomes if isinstance(each, int)) == 7, outcomes
    session.rollback()
    assert sorted(email.recipient for email in emails(session)) == [*addresses, EDITOR]


@pytest.mark.both_engines
def test_an_editor_chooses_while_a_deliverer_adds_the_row(app: Flask, session: Session) -> None:
    editor = an_editor(session)
    signed_in(visitor := Visitor(app), session)
    visitor.get("/moderation/courriels").fill(frequency="weekly")

    def deliver() -> None:
        with app.app_context(), Session(db.engine) as own:
            list(send_digests(own))
            own.commit()

    outcomes = together(deliver, lambda: visitor.press("Garder ce choix").status)
    assert set(outcomes) == {None, 200}
    session.rollback()
    assert session.get_one(Subscription, editor.id).frequency is Frequency.WEEKLY
