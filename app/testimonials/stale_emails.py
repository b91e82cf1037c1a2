"""Stale e-mails: whether a waiting e-mail is still true, asked when its turn comes; an untrue one never leaves."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit import AuditEvent
from app.db import now
from app.mail.messages import ClaimedEmail, Facts, Mail, Wait
from app.mail.outbox import Email
from app.testimonials import undo
from app.testimonials.consent import Consent, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.mails import KEEP_ASKED


def made_untrue_by(message: Mail, event: AuditEvent, history: Sequence[AuditEvent]) -> AuditEvent | None:
    """Return the event that made an e-mail about `event` untrue; None while it is true.

    `history` is every event of the testimonial, the oldest first. Revoking an act makes the e-mails about that act
    untrue. E-mails that the act had made untrue are true again.
    """
    in_force = undo.events_in_force(history)
    if undo.is_revocable(event) and event not in in_force:
        return event
    true_in = message.true_in or frozenset(Status)
    for later in history[history.index(event) + 1 :]:
        moved_away = later.after is not None and later.after not in true_in
        ended = later.kind in message.ended_by
        # An act that was revoked has put its author's answer off, all the same.
        if (moved_away or ended) and (later in in_force or message is KEEP_ASKED):
            return later
    return None


def without_stale(session: Session, emails: Iterable[Email]) -> list[Email]:
    """Return the e-mails less those that wait and are untrue, as things are; one that cannot be read is listed."""
    listed = [
        each for each in emails if not (each.due_at and "consent_id" in each.facts and lacks_consent(session, each))
    ]
    # An event may be about another text than the e-mail: an answer, announced to the author of what it answers.
    about = {each.event.testimonial_id for each in listed if isinstance(each.event, AuditEvent) and each.due_at}
    history: dict[int, list[AuditEvent]] = {}
    for event in session.scalars(events_about(about)):
        history.setdefault(event.testimonial_id or 0, []).append(event)
    return [
        email
        for email in listed
        if email.due_at is None
        or not isinstance(email.event, AuditEvent)
        or made_untrue_by(email.message, email.event, history[email.event.testimonial_id or 0]) is None
    ]


def facts_now(session: Session, claimed: ClaimedEmail) -> Facts | None:
    """Return the facts of an e-mail, none where it is untrue; raise `Wait` while the act against it can be revoked."""
    if claimed.about is None and not claimed.message.rests_on:  # SQLite has one lock to write: none is held for those
        return claimed.facts
    email = session.get(Email, claimed.email_id, with_for_update=True)
    if email is None or lacks_consent(session, email):
        return None
    if not isinstance(email.event, AuditEvent):
        return claimed.facts
    history = session.scalars(events_about({email.event.testimonial_id})).all()
    against = made_untrue_by(email.message, email.event, history)
    if against is None:
        return claimed.facts
    if undo.is_revocable(against) and against is undo.latest_act(history) and undo.final_at(against) > now():
        raise Wait(undo.final_at(against))
    return None


def lacks_consent(session: Session, email: Email) -> bool:
    """Whether an e-mail rests on a consent that was withdrawn since, even if another was given later; it says which."""
    if not email.message.rests_on:
        return False
    since = (Consent.testimonial_id == email.testimonial_id, Consent.id >= email.facts["consent_id"])
    answers = select(Consent.answer).where(*since, Consent.purpose == email.message.rests_on)
    return any(answer is not ConsentDecision.GIVEN for answer in session.scalars(answers))


def events_about(testimonial_ids: set[int | None]) -> Select[AuditEvent]:
    return select(AuditEvent).where(AuditEvent.testimonial_id.in_(testimonial_ids)).order_by(AuditEvent.id)
