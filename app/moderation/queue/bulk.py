"""Declining several testimonials at once (spam, unconfirmed addresses), and undoing one decision or several."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import within
from app.articles.sentences import changed_sentences
from app.audit import Actor
from app.moderation.decisions import TooLate, decide
from app.testimonials import undo
from app.testimonials.changes import locked
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import reopen_notices
from app.testimonials.reasons import Reason, refusal_code, usual_words

MAX_AT_ONCE = 100
# The statuses that each reason may decline without a reading of each text.
STATUSES_BY_REASON: Mapping[Reason, frozenset[Status]] = {
    reason: frozenset(status for status in Status if reason in status.facts.declined_unread)
    for reason in (Reason.SPAM, Reason.NOT_CONFIRMED)
}
BULK_STATUSES = frozenset[Status]().union(*STATUSES_BY_REASON.values())


def by_public_ids(user: User, public_ids: Sequence[str]) -> Select[Testimonial]:
    """Select testimonials by identifier, in order of id; those of articles that others edit are passed over."""
    named = Testimonial.public_id.in_(public_ids[:MAX_AT_ONCE])
    return select(Testimonial).where(named, *within(user.scope, Testimonial.article_id)).order_by(Testimonial.id)


def common_reasons(testimonials: Sequence[Testimonial]) -> list[Reason]:
    given = {each.status for each in testimonials}
    return [reason for reason, statuses in STATUSES_BY_REASON.items() if given <= statuses]


def decline_several(session: Session, user: User, revisions: Mapping[str, int], reason: Reason) -> None:
    """Decline testimonials at the revisions that were read, with one decision and one audit event each.

    A changed testimonial is skipped: its address may have been confirmed, or a colleague may have decided.
    """
    changed = changed_sentences(session)
    for testimonial in session.scalars(locked(by_public_ids(user, [*revisions]))).all():
        revision = revisions[testimonial.public_id]
        if testimonial.revision == revision and testimonial.status in STATUSES_BY_REASON[reason]:
            note = DecisionNote(reason, usual_words(changed, refusal_code(reason), testimonial.article))
            decide(user, testimonial, Action.DECLINE, revision=revision, note=note)


def undo_several(session: Session, user: User, public_ids: Sequence[str]) -> None:
    """Undo the latest decision on each testimonial; one that can no longer be undone is skipped."""
    for testimonial in session.scalars(locked(by_public_ids(user, public_ids))).all():
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
