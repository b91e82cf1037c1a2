"""Erasure of everything kept about an e-mail address: erase_address(), and of one notice, at its sender's request.

Right to erasure (GDPR, article 17). What stays: proofs of consent, by digests (article 17.3 e); an editor's account,
which an admin closes; keyed digests that count attempts, for a day.
"""

from sqlalchemy import Table, delete, or_, select
from sqlalchemy.orm import Session

from app import erasure_journal
from app.accounts import queries as accounts
from app.accounts.account_links import AccountLink
from app.audit import AUTHOR, READER, SYSTEM, Actor, AuditEvent, Kind
from app.catalog.sync import lock_order
from app.db import now
from app.kept import kept_rows, period
from app.mail.messages import all_mails
from app.mail.outbox import Email
from app.testimonials import undo
from app.testimonials.changes import locked
from app.testimonials.erasure import erase_testimonial
from app.testimonials.notices import Notice, Outcome, erase_notice_words, notice_clock
from app.testimonials.testimonial import Testimonial


def erase_address(session: Session, email: str, *, by: Actor = AUTHOR) -> None:
    """Erase the texts, drafts, notices, questions, alerts, requests and e-mails of an address.

    The journal repeats it after a restore. The caller commits: all of it, or nothing.
    """
    theirs = or_(Testimonial.email == email, Testimonial.notices.any(Notice.email == email))
    # An answer's act locks what it is about, and then an article.
    answered = Testimonial.id.in_(select(Testimonial.about_id).where(theirs).correlate(None))
    testimonials = sorted(session.scalars(locked(select(Testimonial).where(or_(theirs, answered)))), key=lock_order)
    for testimonial in testimonials:
        for notice in testimonial.notices:
            if notice.email == email:
                erase_sent_notice(session, testimonial, notice, by=READER if by is AUTHOR else by)
    for kept in kept_rows():
        kept.erase_all(session, email)
    for testimonial in testimonials:
        if testimonial.email == email:
            erase_testimonial(testimonial, by=by)
    letters = delete(Email).where(Email.recipient == email)
    if session.scalar(accounts.with_email(email)) is not None:
        letters = letters.where(Email.message.not_in([each for each in all_mails() if each.is_to_editors]))
    else:
        session.execute(delete(AccountLink).where(AccountLink.email == email))
    session.execute(letters)


def erase_sent_notice(session: Session, testimonial: Testimonial, notice: Notice, *, by: Actor = READER) -> None:
    """Erase a notice's words and address; an open one waits for nobody any more. Its text does not change.

    As when it was sent, the testimonial's `revision` stays, or a stranger could make an editor's decision stale.
    """
    erasure_journal.append_entry(session, notice.key)
    # An accepted reply is published at its sender's request: it goes with the rest.
    if notice.is_shown_reply:
        testimonial.replied_at = now()
    if not is_final(notice) or notice.is_shown_reply:
        notice.handled_at, notice.outcome = notice.handled_at or now(), Outcome.ERASED
    erase_notice_words(session, notice)
    session.flush()
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    clock = notice_clock(testimonial.notices)
    session.execute(table.update().where(table.c.id == testimonial.id).values(clock))
    session.refresh(testimonial, [*clock])
    testimonial.events.append(AuditEvent.of(Kind.NOTICE_ERASED, by, version_number=notice.version_number))


def is_final(notice: Notice) -> bool:
    """Whether a notice is handled, and the act that handled it can no longer be undone, which would open it again."""
    undoable = max(period("UNDO_PERIOD"), period("CALL_BACK_PERIOD")) + undo.AMPLE_PERIOD
    return notice.handled_at is not None and notice.handled_at <= now() - undoable


def erase_named_notice(session: Session, key: str) -> bool:
    """Erase again a notice that a restored backup has brought back; return whether there was one."""
    notice = session.scalar(select(Notice).where(Notice.key == key))
    if notice is None or not (notice.words or notice.email or notice.reply or notice.is_open):
        return False
    erase_sent_notice(session, session.get_one(Testimonial, notice.testimonial_id), notice, by=SYSTEM)
    return True
