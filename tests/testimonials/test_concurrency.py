"""Two at the same moment: clicks, tabs, an author and an editor, two clocks."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session
from sqlalchemy.orm.exc import StaleDataError

from app import erasure_journal
from app.accounts.gate import NotPermitted
from app.audit import AuditEvent, Kind
from app.catalog import facets
from app.catalog.rendering import Rendering
from app.catalog.synthesis.drafts import lock_sources
from app.catalog.visibility import visible
from app.db import db, now
from app.mail.outbox import Email
from app.moderation.decisions import Stale, decide
from app.moderation.queue import routes as bulk
from app.moderation.review.editing import EditKind, save_edit
from app.privacy.address.erasure import erase_address
from app.search.query import DESK, PUBLIC, matching_ids
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import current_wordings
from tests.acts import an_answered_text, at_its_end, committed, private_page
from tests.concurrency import together, wait_for_company
from tests.factories import ACCOUNT, AUTHOR, READER, a_notice, a_testimonial, an_editor, the_article
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines


def test_two_clicks_do_it_once(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    for status, kind, act in [
        (Status.UNCONFIRMED, Kind.CONFIRM, ("confirmer", {})),
        (Status.PUBLISHED, Kind.WITHDRAW, ("retirer", {})),
        (Status.PROOF_SENT, Kind.SIGN_PROOF, ("signer", {"seen": "…"})),
        (Status.WITHDRAWN, Kind.CALL_BACK, ("revenir", {})),
        (Status.WITHDRAWN, Kind.CONSENT_AGAIN, ("remettre", {"attest": "y"})),
        (Status.DECLINED, Kind.CONTESTED, ("contester", {"words": "Je ne comprends pas."})),
        (Status.PENDING, Kind.ERASE, ("effacer", {})),
    ]:
        with subtests.test(status=status, kind=kind):
            testimonial = committed(session, status=status)
            answers = set(click_three_times(app, testimonial, *act))
            expected = {200, 404} if kind is Kind.ERASE else {200}
            assert answers <= expected, "the second finds it done; of what is erased nothing is left to open"
            events = select(AuditEvent.kind).where(AuditEvent.testimonial_id == testimonial.id)
            assert session.scalars(events).all().count(kind) == 1


def click_three_times(app: Flask, testimonial: Testimonial, path: str, fields: dict[str, str]) -> list[object]:
    """Press a button of a private page in three windows at once; return the statuses of the answers."""
    session = object_session(testimonial)
    assert session is not None
    page, wordings = private_page(testimonial), current_wordings(the_article(session))
    given = {name: testimonial.latest.digest if name == "seen" else value for name, value in fields.items()}
    session.rollback()

    def click(visitor: Visitor) -> Callable[[], int]:
        sent = [("csrf_token", visitor.csrf_token), ("wordings", wordings), *given.items()]
        return lambda: visitor.post(f"{page}/{path}", sent).status

    return together(*(click(Visitor(app).get(page)) for _ in range(3)))


def test_a_text_taken_back_while_it_is_being_published_is_taken_back(app: Flask, session: Session) -> None:
    testimonial = committed(session)
    page, public_id, revision = private_page(testimonial), testimonial.public_id, testimonial.revision
    session.rollback()
    author = Visitor(app).get(page)

    def publish() -> str:
        with app.app_context():
            own = db.session()
            read = own.scalars(Testimonial.named(public_id)).one()
            decide(an_editor(own), read, Action.PUBLISH, revision=revision, note=DecisionNote())
            own.commit()
            return "published"

    outcomes = together(publish, lambda: author.post(f"{page}/retirer", [("csrf_token", author.csrf_token)]).status)
    assert 200 in outcomes, "its author is never refused"
    (other,) = [each for each in outcomes if each != 200]
    assert other == "published" or isinstance(other, StaleDataError | Stale | NotPermitted)
    assert testimonial.status is Status.WITHDRAWN
    assert session.scalars(visible()).all() == []


def test_a_text_changed_while_it_was_being_published_waits_beside_the_one_shown(
    visitor: Visitor, session: Session
) -> None:
    testimonial = committed(session)
    visitor.get(f"{private_page(testimonial)}/modifier").fill(title="Autrement dit").press("Relire mon texte")
    session.rollback()
    decide(an_editor(session), testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
    session.commit()
    visitor.fill(attest="y").press("Envoyer")
    assert "Votre nouvelle version est arrivée, l’équipe la lit" in visitor.text
    session.rollback()
    assert (testimonial.status, testimonial.shown_number, testimonial.current_number) == (Status.PUBLISHED, 1, 2)


def test_two_clocks_remind_once_and_erase_once(app: Flask, session: Session) -> None:
    ages: dict[str, Any] = {"a": 8, "b": 8, "c": 8, "d": 31, "e": 31}
    for name, days in ages.items():
        unconfirmed = a_testimonial(session, status=Status.UNCONFIRMED, email=f"{name}@exemple.fr")
        unconfirmed.submitted_at -= timedelta(days=days)
        unconfirmed.reminded_at = now() - timedelta(days=24) if days > 30 else None
    ending = a_testimonial(session, status=Status.PUBLISHED, email="f@exemple.fr")
    at_its_end(ending)
    session.commit()

    def tick() -> int:
        return app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False).exit_code

    assert together(tick, tick) == [0, 0]
    messages = session.scalars(select(Email.message)).all()
    assert messages.count(mails.CONFIRM_REMINDER) == 3
    assert messages.count(mails.EXPIRED) == 1
    kinds = session.scalars(select(AuditEvent.kind)).all()
    assert (kinds.count(Kind.ERASE), kinds.count(Kind.REMIND), kinds.count(Kind.EXPIRE)) == (2, 3, 1)
    lines = erasure_journal.journal_path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2


@pytest.mark.parametrize("begun", [True, False], ids=["written already", "held only"])
def test_what_is_done_while_all_is_made_anew_is_what_stands(app: Flask, session: Session, *, begun: bool) -> None:
    """Words masked or erased meanwhile do not come back, and nobody waits in a ring."""
    for name in "ab":
        a_testimonial(session, status=Status.PUBLISHED, account=f"Mme Zinzolin. {ACCOUNT}", email=f"{name}@exemple.fr")
    editor = an_editor(session)
    session.commit()
    results = []
    own = db.session()
    masked, erased = own.scalars(select(Testimonial).order_by(Testimonial.id).with_for_update())

    def act() -> None:
        version = masked.latest.edited(account=masked.latest.account.replace("Zinzolin", "[passage masqué]"))
        save_edit(
            editor,
            masked,
            version,
            EditKind.CORRECTION,
            revision=masked.revision,
            note=DecisionNote(message="Un nom masqué."),
        )
        erase_testimonial(erased)
        own.flush()

    def make_anew() -> None:
        results.append(app.test_cli_runner().invoke(args=["catalog", "rebuild"]))

    other = threading.Thread(target=make_anew)
    if begun:
        act()
    other.start()
    wait_for_company()
    if not begun:
        act()
    own.commit()
    other.join(timeout=60)
    assert [result.exception for result in results] == [None]
    session.rollback()
    (rendering,) = session.scalars(select(Rendering))
    assert rendering.testimonial_id == masked.id
    assert "Zinzolin" not in rendering.answers + rendering.document + rendering.card
    for scope in (DESK, PUBLIC):
        assert session.scalars(matching_ids("Zinzolin", scope)).all() == []
        assert session.scalars(matching_ids("Mme", scope)).all() == [masked.id]


def test_who_holds_several_texts_holds_them_in_the_same_order(app: Flask, session: Session) -> None:
    """Someone asks for the links of both their texts while both are declined, or made anew: nobody waits in a ring."""
    first, second = (a_testimonial(session).id for _ in range(2))
    session.commit()
    Visitor(app).get("/mon-temoignage/nouveau-lien").fill(email=AUTHOR).press("Envoyer un nouveau lien")
    own = db.session()
    own.get_one(Testimonial, first, with_for_update=True)
    answers = []
    answering = threading.Thread(target=lambda: answers.append(app.test_cli_runner().invoke(args=["mail", "deliver"])))
    answering.start()
    wait_for_company()
    own.get_one(Testimonial, second, with_for_update=True)
    own.commit()
    answering.join(timeout=60)
    assert "cannot be answered" not in answers[0].output
    kinds = session.scalars(select(AuditEvent.kind)).all()
    assert kinds.count(Kind.LINK_RENEWED) == 2


ACTS_ON_SEVERAL: Mapping[str, Callable[[Session, list[str]], object]] = {
    "erased address": lambda own, _: erase_address(own, READER),
    "declined at once": lambda own, ids: bulk.decline_several(own, an_editor(own), dict.fromkeys(ids, 0), Reason.SPAM),
    "undone at once": lambda own, ids: bulk.undo_several(own, an_editor(own), ids),
    "facets": lambda own, _: facets.rebuild(own, the_article(own).id),
    "sources": lambda own, ids: lock_sources(
        own, the_article(own), own.scalars(select(Testimonial).where(Testimonial.public_id.in_(ids))).all()
    ),
}


@pytest.mark.parametrize("act", ACTS_ON_SEVERAL.values(), ids=ACTS_ON_SEVERAL)
def test_who_holds_several_texts_holds_answers_first_then_the_others(
    app: Flask, session: Session, act: Callable[[Session, list[str]], object]
) -> None:
    """As an answer's author does, whose acts lock the text in their turn: while another has it, they have nothing."""
    text, answer = an_answered_text(session)
    for each in (text, answer):
        a_notice(session, each, email=READER)
    an_editor(session)
    session.commit()
    public_ids = [text.public_id, answer.public_id]
    assert not has_locked(app, session, lambda own: act(own, public_ids), text.id, while_held=answer.id)


def test_who_erases_an_answer_holds_what_it_is_about_in_its_turn(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session)
    email = str(answer.email)
    other = committed(session, email=email)
    assert not has_locked(app, session, lambda own: erase_address(own, email), other.id, while_held=text.id)


def has_locked(
    app: Flask, session: Session, act: Callable[[Session], object], testimonial_id: int, *, while_held: int
) -> bool:
    """Whether an act has locked a text while it waits for another, which is then let go."""
    session.rollback()
    outcomes: list[object] = []
    own = db.session()
    own.get_one(Testimonial, while_held, with_for_update=True)

    def act_meanwhile() -> None:
        with app.app_context():
            outcomes.append(act(db.session()))
            db.session.commit()

    waiting = threading.Thread(target=act_meanwhile)
    waiting.start()
    wait_for_company()
    free = select(Testimonial.id).where(Testimonial.id == testimonial_id).with_for_update(skip_locked=True)
    is_free = own.scalar(free) is not None
    own.rollback()
    waiting.join(timeout=60)
    assert len(outcomes) == 1
    return not is_free


def test_a_page_left_open_too_long_gives_back_what_was_typed(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for status, path, fields in [
        (Status.DECLINED, "contester", {"words": "Mes mots à moi."}),
        (Status.PENDING, "modifier", {"step": "preview", "account": f"Mes mots à moi. {ACCOUNT}"}),
        (Status.PENDING, "modifier", {"step": "send", "account": f"Mes mots à moi. {ACCOUNT}"}),
    ]:
        with subtests.test(status=status, path=path, fields=fields):
            session.rollback()
            testimonial = committed(session, status=status)
            visitor.post(f"{private_page(testimonial)}/{path}", [("csrf_token", "expired"), *fields.items()])
            assert visitor.status == 422
            assert "trop longtemps" in visitor.text
            assert any("Mes mots à moi." in area.get_text() for area in visitor.page.find_all("textarea"))


def test_a_button_pressed_too_late_in_the_day_does_nothing_and_says_so(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    testimonial = committed(session)
    for path in ["confirmer", "signer", "prolonger", "retirer", "remettre", "accord", "effacer"]:
        with subtests.test(path=path):
            visitor.post(f"{private_page(testimonial)}/{path}", [("csrf_token", "expired")])
            assert visitor.status == 422
            assert "trop longtemps" in visitor.text
            session.rollback()
            assert (testimonial.status, testimonial.current_number, len(testimonial.consents)) == (Status.PENDING, 1, 5)
