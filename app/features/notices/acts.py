"""Reporting a published testimonial, once however often the form is sent; answering a report, or a right of reply.

A decision on the text answers its notices too (`testimonials.notices`).
"""

from functools import partial
from typing import Any

from sqlalchemy import Table, case, func, select
from sqlalchemy.orm import Session

from app import french
from app.accounts.gate import NotPermitted
from app.accounts.models import User
from app.accounts.queries import has_or_had
from app.audit import READER, Actor, AuditEvent, Kind
from app.db import insert_once
from app.mail import outbox
from app.moderation.decisions import Stale
from app.testimonials import mails
from app.testimonials.lifecycle import Action
from app.testimonials.notices import Notice, Outcome, notice_clock
from app.testimonials.testimonial import Testimonial


def report_testimonial(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a notice and return it, or the one that an identical submission has stored."""
    find, store = partial(notice_by_key, session, notice.key), partial(store_notice, session, testimonial, notice)
    return insert_once(session, find, store)[0]


def store_notice(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a new notice, with its event, and the e-mail that acknowledges it if there is an address.

    Anyone may report: the notice must not change the testimonial's `revision`, or strangers could make editors' forms
    stale. Hence an UPDATE of its own, beside the mapped object.
    """
    session.add(notice)
    session.flush()
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    clock = {
        "noticed_at": func.coalesce(table.c.noticed_at, notice.at),
        "notice_due_at": case((table.c.notice_due_at < notice.due_at, table.c.notice_due_at), else_=notice.due_at),
    }
    session.execute(table.update().where(table.c.id == testimonial.id).values(clock))
    session.refresh(testimonial, [*clock, "notices"])
    # The kind outlives the text, for the journal: by itself, it identifies nobody.
    number, kind = notice.version_number, notice.kind.value
    testimonial.events.append(AuditEvent.of(Kind.NOTICED, READER, version_number=number, reason=kind))
    if notice.email is not None:
        # Nobody has shown that the address is theirs: the e-mail has no word that was typed, but the receipt's link.
        due, message = french.paris_time(notice.due_at).isoformat(), mails.NOTICE_RECEIVED
        facts: dict[str, Any] = {"notice": notice.key, "due": due, "is_reply": notice.is_reply}
        outbox.enqueue(session, message, to=notice.email, about=testimonial.id, **facts)
    session.flush()
    return notice


def notice_by_key(session: Session, key: str) -> Notice | None:
    return session.scalar(select(Notice).where(Notice.key == key))


def page_reported(session: Session, notice: Notice) -> str:
    """Return the public id of the page on which the text is read: an answer stands below its testimonial."""
    reported = session.get_one(Testimonial, notice.testimonial_id)
    return (reported.about or reported).public_id


def dismiss_open_notices(user: User, testimonial: Testimonial, *, revision: int, latest: int, answer: str) -> None:
    """Dismiss the open notices that were read, and leave the text unchanged.

    A newer notice stays open; so does a right of reply, which is answered by itself. Raises `Stale` if the revision
    changed, or a colleague has answered.
    """
    waiting = (notice for notice in testimonial.notices if notice.is_open and not notice.is_reply)
    read = [notice for notice in waiting if notice.id <= latest]
    if testimonial.revision != revision or not read:
        raise Stale(testimonial, answer)
    for notice in read:
        notice.handle(Outcome.DISMISSED, answer)
        event = AuditEvent.of(Kind.NOTICE_DISMISSED, Actor.editor(user.id), version_number=notice.version_number)
        testimonial.events.append(event)
    end_wait(user, testimonial)


def end_wait(user: User, testimonial: Testimonial) -> None:
    """Set the clock of the notices that are left; where none is, a hidden text is shown again."""
    testimonial.set_notice_clock(notice_clock(testimonial.notices))
    if testimonial.hidden_until is not None and testimonial.noticed_at is None:
        testimonial.perform(Action.UNHIDE, by=Actor.editor(user.id))
        testimonial.write_to_author(mails.UNHIDDEN)


REPLY_EVENTS = {Outcome.REPLY_ACCEPTED: Kind.REPLY_ACCEPTED, Outcome.REPLY_REFUSED: Kind.REPLY_REFUSED}


def answer_right_of_reply(
    user: User, testimonial: Testimonial, notice: Notice, outcome: Outcome, *, revision: int, answer: str
) -> None:
    """Accept or refuse a reply, with the reasons; raise `Stale` if the text changed, or a colleague has answered."""
    if testimonial.revision != revision or not notice.is_open:
        raise Stale(testimonial, answer)
    if notice.email is not None and has_or_had(user, notice.email):
        raise NotPermitted
    notice.handle(outcome, answer)
    if notice.is_shown_reply:
        testimonial.replied_at = notice.handled_at
        testimonial.write_to_author(mails.REPLY_SHOWN)
    event = AuditEvent.of(REPLY_EVENTS[outcome], Actor.editor(user.id), version_number=notice.version_number)
    testimonial.events.append(event)
    end_wait(user, testimonial)
