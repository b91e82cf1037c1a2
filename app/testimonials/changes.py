"""What is written beside a testimonial, for finding it fast, is written in the transaction that changes it.

A follower is told the testimonials that changed, at the end of the flush that wrote them: nobody has to think of it,
and nothing can be found by words that are no longer there.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Integer, Select, bindparam, event, select
from sqlalchemy.orm import Session, UOWTransaction

from app.audit import AuditEvent
from app.testimonials.models import Testimonial

Follower = Callable[[Session, list[int]], None]

FOLLOWERS: list[Follower] = []
BATCH = 1_000

# How a follower's statements, which are made once, name the testimonials they are executed for.
CHANGED_IDS = bindparam("ids", type_=Integer, expanding=True)


def follower(write: Follower) -> Follower:
    """Have a function called with the testimonials that changed; what it writes belongs to the same transaction."""
    FOLLOWERS.append(write)
    return write


@event.listens_for(Session, "after_flush")
def after_flush(session: Session, _flushed: UOWTransaction) -> None:
    """Tell the followers; a flush that changed no testimonial costs them nothing."""
    if ids := sorted(set(changed_ids(session))):
        for write in FOLLOWERS:
            write(session, ids)


def changed_ids(session: Session) -> Iterator[int]:
    """Yield the testimonials that a flush has written, or written an event of."""
    for each in session.new:
        if isinstance(each, Testimonial):
            yield each.id
        elif isinstance(each, AuditEvent) and each.testimonial_id is not None:
            yield each.testimonial_id
    for each in session.dirty:
        if isinstance(each, Testimonial) and session.is_modified(each, include_collections=False):
            yield each.id


def rebuild(session: Session) -> Iterator[int]:
    """Write everything anew, and yield how many there were in each batch. The caller commits."""
    last = 0
    while ids := list(session.scalars(next_batch(last))):
        for write in FOLLOWERS:
            write(session, ids)
        last = ids[-1]
        yield len(ids)


def next_batch(last: int) -> Select[int]:
    """Select the next batch of testimonials, and hold them as who acts on one does: either waits for the other."""
    return select(Testimonial.id).where(Testimonial.id > last).order_by(Testimonial.id).limit(BATCH).with_for_update()


EXAMINED_AT_ONCE = 100  # testimonials


def again(session: Session) -> Iterator[int]:
    """Examine every version of every testimonial, and yield how many are done so far, for the caller to commit."""
    done, last = 0, 0
    while batch := list(
        session.scalars(
            select(Testimonial)
            .where(Testimonial.id > last)
            .order_by(Testimonial.id)
            .limit(EXAMINED_AT_ONCE)
            .with_for_update()
        )
    ):
        for testimonial in batch:
            for version in testimonial.versions:
                version.examine()
            testimonial.hint_count = len(testimonial.latest.passages) if testimonial.versions else 0
        done, last = done + len(batch), batch[-1].id
        yield done
        session.expunge_all()
