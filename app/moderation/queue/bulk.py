"""Many at once, for what is not worth reading one by one: spam, and addresses nobody confirmed. And taking it back."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor
from app.moderation.decisions import TooLate, decide
from app.testimonials import undo
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import reopen_notices
from app.testimonials.reasons import Reason

MOST = 100
# For each reason, what may be set aside for it without being read one by one.
FOR: Mapping[Reason, frozenset[Status]] = {
    Reason.SPAM: frozenset({Status.UNCONFIRMED, Status.PENDING}),
    Reason.NOT_CONFIRMED: frozenset({Status.UNCONFIRMED}),
}
SORTED = frozenset[Status]().union(*FOR.values())


def by_public_ids(public_ids: Sequence[str]) -> Select[Testimonial]:
    """Select testimonials by identifier, in the order they came: always the same, so that nobody waits in a ring."""
    return select(Testimonial).where(Testimonial.public_id.in_(public_ids[:MOST])).order_by(Testimonial.id)


def common_reasons(testimonials: Sequence[Testimonial]) -> list[Reason]:
    """Return the reasons that hold for all of some testimonials."""
    return [reason for reason, statuses in FOR.items() if all(each.status in statuses for each in testimonials)]


def decline_several(session: Session, user: User, read: Mapping[str, int], reason: Reason) -> None:
    """Decline each testimonial as it was read, one decision and one line of history each.

    One that has moved since is left as it is: it may have been confirmed, or read by a colleague.
    """
    note = DecisionNote(reason, reason.sentence)
    for testimonial in session.scalars(by_public_ids([*read]).with_for_update()).all():
        revision = read[testimonial.public_id]
        if testimonial.revision == revision and testimonial.status in FOR[reason]:
            decide(user, testimonial, Action.DECLINE, revision=revision, note=note)


def undo_several(session: Session, user: User, public_ids: Sequence[str]) -> None:
    """Take back the latest decision on each testimonial, where nothing has happened since and it is not too late."""
    for testimonial in session.scalars(by_public_ids(public_ids).with_for_update()).all():
        if undo.is_reversible(testimonial.events):
            undo_one(user, testimonial)


def undo_one(user: User, testimonial: Testimonial) -> None:
    """Undo the latest decision on a testimonial, which the caller has locked. Raises `TooLate`.

    Its e-mails, untrue from now on, never leave (`stale_emails`).
    """
    if not undo.is_reversible(testimonial.events):
        raise TooLate(testimonial)
    reopen_notices(testimonial.notices, undo.latest_act(testimonial.events).at)
    testimonial.perform(Action.TAKE_BACK, by=Actor.editor(user.id))
