"""Erasure of a testimonial: erase_testimonial(); when a text is erased (docs/decisions/0011)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, or_, select
from sqlalchemy.orm import RelationshipProperty, Session, object_session

from app import erasure_journal
from app.antispam import signals
from app.audit import AUTHOR, Actor
from app.feature import all_features
from app.mail import outbox
from app.pdf_files import PdfFile
from app.territories.models import PartnerAlias
from app.testimonials import draft as drafts
from app.testimonials import mails, queries
from app.testimonials.lifecycle import Action
from app.testimonials.link_request import delete_requests
from app.testimonials.notices import readers_without_answer
from app.testimonials.terms import ERASING
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


def erase_testimonial(testimonial: Testimonial, *, by: Actor = AUTHOR) -> None:
    """Delete texts, names, address, messages and e-mails; digests, dates and acts stay, and identify nobody.

    A reader who reported the text, and has no answer yet, is told that it is gone, by an e-mail about no text.
    """
    session = object_session(testimonial)
    assert session is not None, "a stored testimonial is erased, not a draft"  # noqa: S101  # narrows the type
    readers = readers_without_answer(session, testimonial.notices)
    testimonial.perform(Action.ERASE, by=by)
    erase_words(session, testimonial)
    for reader in readers:
        outbox.enqueue(session, mails.NOTICE_ENDED, to=reader)
    erasure_journal.append_entry(session, testimonial.public_id)  # it is erased in a restored backup too


def erase_words(session: Session, testimonial: Testimonial) -> None:
    """Delete all that an erased testimonial has none of, its private link included."""
    session.flush()  # what follows the erasure reads the rows that go: a synthesis that cites the text gets its date
    outbox.delete_about(session, testimonial.id)
    signals.erase_signs(session, testimonial.id)
    if testimonial.submission_key is not None:  # saved as a draft at the very moment it was sent
        drafts.delete_draft(session, testimonial.submission_key)
    delete_answers_of(session, testimonial)
    for table in (each for feature in all_features() for each in feature.about_text):
        session.execute(delete(table).where(table.__table__.c.testimonial_id == testimonial.id))
    for each in owned_rows():
        if each.uselist:
            getattr(testimonial, each.key).clear()
        else:  # most texts have none: a statement, rather than to load it
            session.execute(delete(each.mapper.class_).where(each.mapper.c.testimonial_id == testimonial.id))
    delete_requests_of(session, testimonial)
    session.execute(delete(PdfFile))  # asked within the hour: whose words each page has is not known
    testimonial.email = testimonial.submission_key = None
    testimonial.link_generation += 1
    testimonial.publication_consent = False
    testimonial.hint_count = 0


def owned_rows() -> list[RelationshipProperty[Any]]:
    """Return the relationships of a testimonial whose rows are erased with the text."""
    return [each for each in inspect(Testimonial).relationships if each.cascade.delete_orphan]


def delete_requests_of(session: Session, testimonial: Testimonial) -> None:
    """Delete the requests for a link of the author's address, unless another text or a draft of theirs is left."""
    if testimonial.email is None:
        return
    others = queries.sent_from(testimonial.email).where(Testimonial.id != testimonial.id).limit(1)
    if session.scalar(others) is None and not drafts.has_draft(session, testimonial.email):
        delete_requests(session, testimonial.email)


def delete_answers_of(session: Session, testimonial: Testimonial) -> None:
    """Delete what its author typed for a partner, and admins recognised, unless another text of the article has it."""
    typed = {version.partner_other for version in testimonial.versions} - {""}
    if not typed:
        return
    others = (
        select(Version.partner_other)
        .join(Testimonial, Testimonial.id == Version.testimonial_id)
        .where(Testimonial.article_id == testimonial.article_id, Testimonial.id != testimonial.id)
        .where(Version.partner_other == PartnerAlias.typed)
    )
    own = PartnerAlias.article_id == testimonial.article_id, PartnerAlias.typed.in_(typed)
    session.execute(delete(PartnerAlias).where(*own, ~others.exists()))


def is_to_be_erased() -> ColumnElement[bool]:
    return Testimonial.contested_at.is_(None) & or_(*(term.is_over() for term in ERASING))


def retention_end(testimonial: Testimonial) -> datetime | None:
    """Return when a testimonial `is_to_be_erased`; None where time alone erases nothing."""
    ends = (term.end_of(testimonial) for term in ERASING if term.has(testimonial))
    return next(ends, None) if testimonial.contested_at is None else None


def kept_until(testimonial: Testimonial) -> datetime:
    return next(term.end_of(testimonial) for term in ERASING if term.has(testimonial))
