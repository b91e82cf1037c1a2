"""Replay of the erasure journal after a restored backup: erasures and withdrawn consents that it has lost."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from app.audit import SYSTEM
from app.testimonials import draft as drafts
from app.testimonials import erasure, queries
from app.testimonials.consent import Purpose
from app.testimonials.erasure_journal import ERASED, LINK, Entry
from app.testimonials.lifecycle import Status
from app.testimonials.private_page import consent_changes, links


def replay_journal(session: Session, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Replay entries that the database has lost, and yield each of them. The caller commits after each."""
    for entry in entries:
        if replay_entry(session, entry):
            yield entry


def replay_entry(session: Session, entry: Entry) -> bool:
    """Replay an entry; return whether there was anything to do."""
    testimonial = session.scalar(queries.by_public_id(entry.public_id))
    if testimonial is None:
        return entry.what == ERASED and drafts.erase_named_draft(session, entry.public_id)
    if testimonial.status is Status.ERASED:
        return False
    if entry.what == ERASED:
        erasure.erase_testimonial(testimonial, by=SYSTEM)
        return True
    if entry.what == LINK:
        return links.replay_replacement(session, testimonial, entry.generation)
    return consent_changes.replay_withdrawal(testimonial, Purpose(entry.what), since=entry.at)
