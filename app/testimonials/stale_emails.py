"""Stale e-mails: whether a waiting e-mail is still true, asked when its turn comes; an untrue one never leaves."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit import AuditEvent, Kind
from app.db import now
from app.mail.messages import Message
from app.mail.outbox import Email
from app.testimonials import undo
from app.testimonials.consent import Consent, ConsentDecision
from app.testimonials.lifecycle import GONE, TRANSITIONS, UNDERWAY, Status
from app.testimonials.wordings import Purpose

# The statuses in which each e-mail about a text's status is true. Acknowledgements of an author's own act leave at
# once, and stay its receipt: of them, only those of a withdrawal and of its calling back are listed.
TRUE_IN: Mapping[Message, frozenset[Status]] = {
    Message.CONFIRM_REMINDER: frozenset({Status.UNCONFIRMED}),
    Message.KEEP_ASKED: UNDERWAY,
    Message.DECIDED_ALONE: frozenset({Status.PUBLISHED, Status.PROOF_SENT}),
    Message.CHANGES_REQUESTED: frozenset({Status.CHANGES_REQUESTED}),
    Message.CHANGES_REMINDER: frozenset({Status.CHANGES_REQUESTED}),
    Message.REQUEST_CANCELLED: frozenset({Status.PENDING}),
    Message.PROOF_SENT: frozenset({Status.PROOF_SENT}),
    Message.PROOF_REMINDER: frozenset({Status.PROOF_SENT}),
    Message.TRANSCRIPT: frozenset({Status.PROOF_SENT}),
    Message.TRANSCRIPT_REMINDER: frozenset({Status.PROOF_SENT}),
    Message.PROOF_RECALLED: frozenset({Status.PENDING}),
    Message.EDITED: frozenset({Status.PUBLISHED}),
    Message.PUBLISHED: frozenset({Status.PUBLISHED}),
    Message.ANSWER_INVITED: frozenset({Status.PUBLISHED}),
    Message.ANSWER_ANNOUNCED: frozenset({Status.PUBLISHED}),
    Message.ANSWER_SHOWN: frozenset({Status.PUBLISHED}),
    Message.ANSWER_ENDED: frozenset({Status.UNPUBLISHED}),
    Message.QUESTION: frozenset({Status.PUBLISHED}),
    Message.SET_ASIDE: frozenset({Status.PUBLISHED}),
    Message.RENEWAL: frozenset({Status.PUBLISHED}),
    Message.UPDATE_ASKED: frozenset({Status.PUBLISHED}),
    Message.UNHIDDEN: frozenset({Status.PUBLISHED}),
    Message.WITHDRAWN: frozenset({Status.WITHDRAWN}),
    Message.CALLED_BACK: frozenset({Status.PUBLISHED}),
    Message.EXPIRED: frozenset({Status.UNPUBLISHED}),
    Message.UNPUBLISHED: frozenset({Status.UNPUBLISHED}),
    Message.DECLINED: frozenset({Status.DECLINED}),
    Message.KEPT_INTERNAL: frozenset({Status.INTERNAL}),
    # The answer to an objection is owed wherever the text has gone since, unless its author took it away.
    Message.OBJECTION_ANSWERED: frozenset(Status) - GONE,
}

# The acts that make an e-mail untrue without moving the text: another version, a longer period, another day.
ENDED_BY: Mapping[Message, frozenset[Kind]] = {
    Message.SET_ASIDE: frozenset({Kind.AMEND}),
    Message.EDITED: frozenset({Kind.PUBLISH}),
    Message.RENEWAL: frozenset({Kind.RENEW}),
    # Any act of either side answers it.
    Message.KEEP_ASKED: frozenset(Kind(action.value) for status, action in TRANSITIONS if status in UNDERWAY)
    | {Kind.KEPT_WAITING, Kind.EDITED, Kind.WRITTEN_TO},
    Message.UPDATE_ASKED: frozenset({Kind.AMEND, Kind.UPDATE_DATED}),
    Message.UNHIDDEN: frozenset({Kind.HIDE}),
    Message.ANSWER_INVITED: frozenset({Kind.HIDE}),
    Message.ANSWER_SHOWN: frozenset({Kind.HIDE}),
}

# The consent that an e-mail rests on: it does not leave once that is withdrawn.
RESTS_ON: Mapping[Message, Purpose] = {
    Message.LETTER: Purpose.CONTACT,
    Message.UPDATE_ASKED: Purpose.CONTACT,
    Message.QUESTION: Purpose.QUESTIONS,
}


def made_untrue_by(message: Message, event: AuditEvent, history: Sequence[AuditEvent]) -> AuditEvent | None:
    """Return the event that made an e-mail about `event` untrue; None while it is true.

    `history` is every event of its testimonial, the oldest first. An act that was revoked makes its own e-mails
    untrue, and no other: what it had contradicted is true again.
    """
    in_force = undo.events_in_force(history)
    if undo.is_revocable(event) and event not in in_force:
        return event
    true_in = TRUE_IN.get(message, frozenset(Status))
    for later in history[history.index(event) + 1 :]:
        moved_away = later.after is not None and Status(later.after) not in true_in
        ended = later.kind in ENDED_BY.get(message, ())
        # An act that was revoked has put its author's answer off, all the same.
        if (moved_away or ended) and (later in in_force or message is Message.KEEP_ASKED):
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


def discard_stale(session: Session, email_id: int) -> bool:
    """Delete a claimed e-mail that is untrue, or postpone it while the act against it can be revoked.

    Return whether it was untrue. The caller commits.
    """
    email = session.get_one(Email, email_id)
    if lacks_consent(session, email):
        session.delete(email)
        return True
    if not isinstance(email.event, AuditEvent):
        return False
    history = session.scalars(events_about({email.event.testimonial_id})).all()
    against = made_untrue_by(email.message, email.event, history)
    if against is None:
        return False
    if undo.is_revocable(against) and against is undo.latest_act(history) and undo.final_at(against) > now():
        email.postpone(until=undo.final_at(against))
    else:
        session.delete(email)
    return True


def lacks_consent(session: Session, email: Email) -> bool:
    """Whether an e-mail rests on a consent that was withdrawn since, even if another was given later; it says which."""
    if email.message not in RESTS_ON:
        return False
    since = (Consent.testimonial_id == email.testimonial_id, Consent.id >= email.facts["consent_id"])
    answers = select(Consent.answer).where(*since, Consent.purpose == RESTS_ON[email.message])
    return any(answer is not ConsentDecision.GIVEN for answer in session.scalars(answers))


def events_about(testimonial_ids: set[int | None]) -> Select[AuditEvent]:
    return select(AuditEvent).where(AuditEvent.testimonial_id.in_(testimonial_ids)).order_by(AuditEvent.id)
