"""Undo: for ten minutes, before the e-mail leaves, and only while nothing has followed the decision."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import decide, request_changes
from app.moderation.review import letters as notes
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials import mails, stale_emails, undo
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import REVERSIBLE, Action, Status
from app.testimonials.private_page.consent_changes import change_consent, consent_again
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, ask_for_link, reload, signed_in
from tests.factories import CORRECTED_TITLE, EDITED_TITLE, a_testimonial, an_editor
from tests.mail.test_outbox import deliver
from tests.moderation.desk import take, take_back
from tests.visitor import Visitor

NOTE = DecisionNote(Reason.OFF_TOPIC, "Une phrase.", asked={"title": "Plus court ?"})


def asking(user: User, text: Testimonial) -> None:
    request_changes(user, text, revision=text.revision, note=NOTE)


def proposing(user: User, text: Testimonial) -> None:
    save_edit(
        user,
        text,
        text.latest.edited(title=EDITED_TITLE),
        EditKind.REWRITING,
        revision=text.revision,
        note=DecisionNote(),
    )


def correct_title(user: User, text: Testimonial) -> None:
    corrected = text.latest.edited(title=CORRECTED_TITLE)
    save_edit(user, text, corrected, EditKind.CORRECTION, revision=text.revision, note=DecisionNote())


def deciding(action: Action) -> Callable[[User, Testimonial], None]:
    return lambda user, text: decide(user, text, action, revision=text.revision, note=NOTE)


# The decisions that can be undone, by origin.
DECISIONS: dict[tuple[Action, Status], Callable[[User, Testimonial], None]] = {
    (Action.PUBLISH, Status.PENDING): deciding(Action.PUBLISH),
    (Action.KEEP_INTERNAL, Status.PENDING): deciding(Action.KEEP_INTERNAL),
    (Action.DECLINE, Status.PENDING): deciding(Action.DECLINE),
    (Action.REQUEST_CHANGES, Status.PENDING): asking,
    (Action.SEND_PROOF, Status.PENDING): proposing,
    (Action.UNPUBLISH, Status.PUBLISHED): deciding(Action.UNPUBLISH),
    (Action.PUBLISH, Status.PUBLISHED): deciding(Action.PUBLISH),
    (Action.SET_ASIDE, Status.PUBLISHED): deciding(Action.SET_ASIDE),
    (Action.UPHOLD, Status.DECLINED): deciding(Action.UPHOLD),
}


def text_to_decide(session: Session, action: Action, status: Status) -> Testimonial:
    text = a_testimonial(session, status=status)
    if action is Action.UPHOLD:
        contest_decision(text, "Le sujet est bien celui-là.")
    if status is Status.PUBLISHED and action is not Action.UNPUBLISH:
        amend_text(text, title="Un titre nouveau")
    text.waiting_since = now() - timedelta(days=3)
    session.flush()
    return text


def emails_to_come(session: Session, text: Testimonial) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.testimonial_id == text.id, Email.due_at > now())))


def unsent(session: Session, text: Testimonial) -> list[Mail]:
    """Return what waits to leave about a text and is true as things are, in the order it was written."""
    session.flush()
    waiting = select(Email).where(Email.testimonial_id == text.id, Email.sent_at.is_(None)).order_by(Email.id)
    return [email.message for email in stale_emails.without_stale(session, session.scalars(waiting))]


def delivered(app: Flask, session: Session, text: Testimonial) -> list[Mail]:
    """Deliver the e-mails about a text once every decision on it is final, and return those that left."""
    app.config["UNDO_PERIOD"] = -undo.AMPLE_PERIOD
    for email in session.scalars(select(Email).where(Email.testimonial_id == text.id, Email.due_at.is_not(None))):
        email.due_at = now() - timedelta(minutes=1)
    session.commit()
    deliver(app)
    session.expire_all()
    left = session.scalars(select(Email).where(Email.testimonial_id == text.id).order_by(Email.id)).all()
    assert all(email.sent_at for email in left), "the untrue ones are removed, not kept waiting"
    return [email.message for email in left]


def state(text: Testimonial) -> tuple[object, ...]:
    shown = (text.shown_number, text.shown_digest, text.approved_digest)
    period = (text.published_at, text.published_until) if text.status is Status.PUBLISHED else ()
    return (text.status, text.settled_number, text.due_at, text.has_new_version, text.contested_at, shown, period)


def test_every_reversible_decision_is_tested() -> None:
    assert {action for action, _ in DECISIONS} == REVERSIBLE


@pytest.mark.parametrize(("action", "status"), DECISIONS)
def test_undo_restores_the_text_and_no_email_leaves(
    app: Flask, session: Session, action: Action, status: Status
) -> None:
    text, editor = text_to_decide(session, action, status), an_editor(session)
    session.execute(delete(Email))
    before, since = state(text), text.waiting_since
    DECISIONS[action, status](editor, text)
    session.flush()
    assert state(text) != before
    (email,) = emails_to_come(session, text)
    assert email.due_at is not None
    assert email.due_at > now() + timedelta(minutes=9), "it waits until the decision cannot be undone"
    take_back(session, text)
    assert state(text) == before
    assert text.waiting_since == since, "the wait goes on from where it was"
    assert unsent(session, text) == []
    assert delivered(app, session, text) == []


def test_a_note_between_editors_does_not_prevent_undo(app: Flask, session: Session) -> None:
    text, editor = a_testimonial(session), an_editor(session)
    session.execute(delete(Email))
    take(session, text, Action.PUBLISH)
    notes.leave_note(session, editor, text, "Merci d’avoir publié.")
    session.flush()
    take_back(session, text)
    assert text.status is Status.PENDING
    assert unsent(session, text) == []
    take(session, text, Action.DECLINE, NOTE)
    take_back(session, text)
    assert (text.status, text.settled_number) == (Status.PENDING, 0), "the history is read past the note"
    assert delivered(app, session, text) == []


def test_undo_leaves_an_objection_that_no_decision_answered(session: Session) -> None:
    text, editor = a_testimonial(session, status=Status.PUBLISHED), an_editor(session)
    correct_title(editor, text)
    session.flush()
    contest_decision(text, "Gardez mon titre.")
    session.flush()
    objection, since = text.events[-2], contested(text)
    assert since is not None
    take(session, text, Action.UNPUBLISH, NOTE)
    assert contested(text) == since, "no decision but an answer takes it away"
    take_back(session, text)
    assert (objection.kind, contested(text)) == (Kind.CONTESTED, since)
    assert text.shown_digest == text.versions[0].digest
    session.rollback()


def test_an_objection_waits_since_it_was_made_until_it_is_answered(session: Session) -> None:
    text, editor = a_testimonial(session), an_editor(session)
    correct_title(editor, text)
    contest_decision(text, "Gardez mon titre.")
    objection, since = text.events[-1], contested(text)
    assert since is not None
    amend_text(text, title="Mon titre")
    session.flush()
    take(session, text, Action.PUBLISH)
    take_back(session, text)
    assert (objection.kind, contested(text)) == (Kind.CONTESTED, since)
    take(session, text, Action.RESTORE, DecisionNote(message="Vous avez raison."))
    assert contested(text) is None
    session.rollback()


def contested(text: Testimonial) -> datetime | None:
    return text.contested_at


def test_undo_keeps_back_only_the_decision_s_own_email(app: Flask, session: Session) -> None:
    text = a_testimonial(session)
    take(session, text, Action.DECLINE, NOTE)
    change_consent(text, Purpose.CONTACT, gives=True)
    session.flush()
    take_back(session, text)
    left = delivered(app, session, text)
    assert mails.CONSENT in left, "the author's own act is still acknowledged"
    assert mails.DECLINED not in left


def test_undoing_a_correction_keeps_back_its_email(app: Flask, session: Session) -> None:
    text, editor = a_testimonial(session, status=Status.PUBLISHED), an_editor(session)
    session.execute(delete(Email))
    correct_title(editor, text)
    session.flush()
    assert text.shown_number == 2
    assert [email.message for email in emails_to_come(session, text)] == [mails.EDITED]
    take_back(session, text)
    assert text.shown_number == 1
    assert text.has_new_version, "the corrected version waits for a decision"
    assert delivered(app, session, text) == []


def signing(text: Testimonial) -> None:
    sign_version(text, text.latest.digest)


def amending(text: Testimonial) -> None:
    amend_text(text, title="Un titre repris")
    text.write_to_author(mails.AMENDED)


@pytest.mark.parametrize(
    ("decided", "status", "author", "expected"),
    [
        (deciding(Action.PUBLISH), Status.PENDING, Testimonial.withdraw, [mails.WITHDRAWN]),
        (deciding(Action.SET_ASIDE), Status.PUBLISHED, Testimonial.withdraw, [mails.WITHDRAWN]),
        (deciding(Action.DECLINE), Status.PENDING, Testimonial.withdraw, [mails.WITHDRAWN]),
        (deciding(Action.KEEP_INTERNAL), Status.PENDING, consent_again, [mails.CONSENT]),
        (asking, Status.PENDING, amending, [mails.AMENDED]),
        (proposing, Status.PENDING, signing, [mails.PUBLISHED]),
        (proposing, Status.PENDING, amending, [mails.AMENDED]),
    ],
)
def test_an_email_that_an_author_s_act_made_untrue_does_not_leave(
    app: Flask,
    session: Session,
    *,
    decided: Callable[[User, Testimonial], None],
    status: Status,
    author: Callable[[Testimonial], None],
    expected: list[Mail],
) -> None:
    internal = author is consent_again
    text = (
        a_testimonial(session, publish=not internal) if internal else text_to_decide(session, Action.SET_ASIDE, status)
    )
    session.execute(delete(Email))
    decided(an_editor(session), text)
    session.flush()
    author(text)
    app.config["CALL_BACK_PERIOD"] = -undo.AMPLE_PERIOD  # a withdrawal that can be called back: test_call_back.py
    assert unsent(session, text) == expected
    assert delivered(app, session, text) == expected


def test_of_several_decisions_only_the_emails_still_true_leave(app: Flask, session: Session) -> None:
    text = a_testimonial(session)
    session.execute(delete(Email))
    take(session, text, Action.PUBLISH)
    amending(text)
    session.flush()
    take(session, text, Action.SET_ASIDE, NOTE)
    assert unsent(session, text) == [mails.PUBLISHED, mails.AMENDED, mails.SET_ASIDE]
    take(session, text, Action.UNPUBLISH, NOTE)
    assert unsent(session, text) == [mails.AMENDED, mails.UNPUBLISHED]
    take(session, text, Action.REOPEN, NOTE)
    assert unsent(session, text) == [mails.AMENDED]
    take(session, text, Action.PUBLISH)
    assert delivered(app, session, text) == [mails.AMENDED, mails.PUBLISHED], "what was untrue once stays so"


def test_an_email_waits_while_the_decision_against_it_can_be_undone(app: Flask, session: Session) -> None:
    text = a_testimonial(session)
    session.execute(delete(Email))
    take(session, text, Action.PUBLISH)
    email = session.scalars(select(Email)).one()
    email.due_at = now() - timedelta(minutes=1)
    take(session, text, Action.UNPUBLISH, NOTE)
    session.commit()
    assert "sent to" not in deliver(app)
    session.expire_all()
    assert (email.due_at, email.attempts) == (text.events[-1].at + timedelta(minutes=11), 0)
    take_back(session, text)
    assert delivered(app, session, text) == [mails.PUBLISHED]


def test_an_email_that_is_true_again_after_an_undo_leaves(app: Flask, visitor: Visitor, session: Session) -> None:
    text = a_testimonial(session)
    session.execute(delete(Email))
    take(session, text, Action.PUBLISH, DecisionNote(message="Merci, Camille."))
    take(session, text, Action.UNPUBLISH, NOTE)
    session.commit()
    ask_for_link(visitor, session)
    session.refresh(text)
    take_back(session, text)
    session.commit()
    assert unsent(session, text) == [mails.PUBLISHED, mails.NEW_LINK]
    email = session.scalars(select(Email).where(Email.message == mails.PUBLISHED)).one()
    assert email.facts["words"] == "Merci, Camille."
    assert email.facts["generation"] == text.link_generation, "its link opens"
    assert delivered(app, session, text) == [mails.PUBLISHED, mails.NEW_LINK]


def test_the_words_of_an_undone_decision_are_not_listed_as_sent(visitor: Visitor, session: Session) -> None:
    text = a_testimonial(session)
    signed_in(visitor, session)
    for message in ("Jamais partis.", "Ceux-là partent."):
        visitor.get(f"/moderation/{text.public_id}").fill(message=message).press("Publier")
        if message == "Jamais partis.":
            visitor.get(f"/moderation/{text.public_id}").press("Annuler cette décision")
    assert "Jamais partis." not in visitor.get(f"/moderation/{text.public_id}").text
    assert "Ceux-là partent." in visitor.text


def test_an_unpublished_text_is_public_again_after_undo_at_the_desk(visitor: Visitor, session: Session) -> None:
    text = a_testimonial(session, status=Status.PUBLISHED)
    signed_in(visitor, session)
    visitor.get(f"/moderation/{text.public_id}").fill(reason="hors_sujet").press("Dépublier")
    assert "Annuler" in visitor.text
    visitor.get(f"/moderation/{text.public_id}")
    assert "Texte dépublié par Nadia Exemple." in visitor.text, "it is offered on the text's own page too"
    visitor.press("Annuler cette décision")
    assert visitor.path == f"/moderation/{text.public_id}"
    assert "Décision annulée par Nadia Exemple." in visitor.text
    assert reload(session, text).status is Status.PUBLISHED
    assert visitor.get(f"/temoignages/{text.public_id}").status == 200
    assert outbox.failed_about(session, text.id, text.email) == []
