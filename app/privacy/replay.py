"""Replay of the erasure journal after a restored backup: erasures, withdrawn consents and replaced links it has lost.

A restore may leave half of two databases: rows of one under the statuses of another. Replay reads the rows themselves
(versions, e-mails, addresses, consents), never the status alone, and tells which references lead nowhere.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from app.antispam.signals import SpamTrace
from app.audit import SYSTEM
from app.catalog import sync
from app.catalog.placements import Placement
from app.catalog.rendering import Rendering
from app.db import Base
from app.erasure_journal import ERASED, LINK, REFUSED, Entry
from app.feature import all_features
from app.kept import kept_rows
from app.mail.outbox import Email
from app.privacy.address.erasure import erase_named_notice
from app.testimonials import erasure
from app.testimonials.lifecycle import Status
from app.testimonials.private_page import consent_changes, links
from app.testimonials.refusals import store_refusal
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose

# What an erased testimonial has no row of, beside its own rows and those of features.
WORDS = (Email, SpamTrace, Rendering, Placement)


def replay_entry(session: Session, entry: Entry) -> bool:
    """Replay an entry; return whether there was anything to do. The caller commits."""
    if entry.what == REFUSED:
        return store_refusal(session, entry.public_id)
    testimonial = session.scalar(Testimonial.named(entry.public_id))
    if testimonial is None:
        again = *(each.erase_again for each in kept_rows()), erase_named_notice
        return entry.what == ERASED and any(erase(session, entry.public_id) for erase in again)
    if entry.what == ERASED:
        return erase_again(session, testimonial)
    if testimonial.status is Status.ERASED:
        return False
    if entry.what == LINK:
        return links.replay_replacement(session, testimonial, entry.generation)
    return consent_changes.replay_withdrawal(testimonial, Purpose(entry.what), since=entry.at)


def erase_again(session: Session, testimonial: Testimonial) -> bool:
    """Erase a testimonial, or what a restore brought back under an erased one; return whether there was any."""
    is_back = testimonial.status is not Status.ERASED
    has_any = session.scalar(select(Testimonial.id).where(Testimonial.id == testimonial.id, has_words())) is not None
    if is_back:
        erasure.erase_testimonial(testimonial, by=SYSTEM)
    elif has_any:
        erasure.erase_words(session, testimonial)
    session.flush()
    # Its own rows do not tell: the words of an answer stand in the rendering of what it is about, which may be older.
    sync.rebuild(session, [testimonial.id, *filter(None, [testimonial.about_id])])
    return is_back or has_any


def erased_with_words(session: Session) -> Sequence[Testimonial]:
    """Return the testimonials that are erased by their status alone, whether the journal names them or not."""
    selected = select(Testimonial).where(Testimonial.status == Status.ERASED, has_words()).order_by(Testimonial.id)
    return session.scalars(selected).all()


def has_words() -> ColumnElement[bool]:
    own = (each.mapper.class_ for each in erasure.owned_rows())
    tables: list[type[Base]] = [*own, *WORDS, *(table for feature in all_features() for table in feature.about_text)]
    rows = (exists().where(kind.__table__.c.testimonial_id == Testimonial.id) for kind in tables)
    return or_(Testimonial.email.is_not(None), Testimonial.submission_key.is_not(None), *rows)


def broken_references(session: Session) -> Iterator[str]:
    """Yield, by table, how many rows refer to rows that do not exist: the database may have lost its foreign keys.

    An entry of the journal whose testimonial is not there can then not be honoured: its words may stand in such rows.
    """
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            name, referred = constraint.referred_table.name, constraint.referred_table.alias()
            there = (each.parent == referred.c[each.column.name] for each in constraint.elements)
            complete = (each.parent.is_not(None) for each in constraint.elements)
            dangling = select(func.count()).select_from(table).where(*complete, ~exists().where(*there))
            if count := session.scalar(dangling):
                yield f"{count} rows of {table.name} refer to rows of {name} that do not exist"
