"""Keeps what readers are served in step with what is shown, within the flush that changes it: no act can forget to."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from app.testimonials import facsimiles, placements, queries, shelves
from app.testimonials.facsimiles import Facsimile
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

AT_A_TIME = 200
# A change of one of these may change what is shown, or where.
TELLING = ("_status", "shown_number", "shown_digest", "published_at", "published_until")


def init_app(_app: Flask) -> None:
    """Follow every session's flushes."""
    if not event.contains(Session, "after_flush", follow):
        event.listen(Session, "after_flush", follow)


def follow(session: Session, _flush: UOWTransaction) -> None:
    """Take down what was shown of each testimonial that changed, and put up what is shown now."""
    changed = [each for each in (*session.new, *session.dirty) if isinstance(each, Testimonial) and has_moved(each)]
    for testimonial in sorted(changed, key=lambda each: (each.article_id, each.id)):
        show_again(session, testimonial, shown(testimonial), facsimiles.edition(session))


def show_again(session: Session, testimonial: Testimonial, version: Version | None, edition: str) -> None:
    """Take down what was shown of a testimonial, and put up the version that is shown now, if one is."""
    shelves.take_down(session, testimonial)
    facsimiles.take_down(session, testimonial)
    placements.follow(session, testimonial, version)
    if version is not None:
        shelves.put_up(session, testimonial)
        facsimiles.put_up(session, testimonial, version, edition)


def renew(session: Session, *, everything: bool = False) -> Iterator[int]:
    """Show again what another edition of templates, sanitiser or names shows, or all; the caller commits each yield.

    What is visible and not put up, after a restoration or a first migration, is put up. Yields how many.
    """
    edition, last = facsimiles.edition(session), 0
    while True:
        stale = queries.visible().order_by(None).order_by(Testimonial.id).where(Testimonial.id > last)
        if not everything:
            stale = stale.join(Facsimile, Facsimile.testimonial_id == Testimonial.id, isouter=True)
            stale = stale.where(Facsimile.edition.is_distinct_from(edition))
        found = list(session.scalars(stale.limit(AT_A_TIME)))
        if not found:
            return
        for testimonial in found:
            show_again(session, testimonial, testimonial.shown, edition)
        last = found[-1].id
        session.expunge_all()
        yield len(found)


def has_moved(testimonial: Testimonial) -> bool:
    """Say whether this flush changes what is shown of a testimonial, or from when to when; or erases it."""
    attributes: Any = inspect(testimonial).attrs
    if not any(attributes[name].history.has_changes() for name in TELLING):
        return False
    numbers = attributes["shown_number"].history
    never = numbers.sum() and all(number is None for number in numbers.sum())
    return not never or testimonial.status is Status.ERASED


def shown(testimonial: Testimonial) -> Version | None:
    """Return the version shown, as it stands in this flush."""
    if testimonial.status is not Status.PUBLISHED:
        return None
    return next(each for each in testimonial.versions if each.number == testimonial.shown_number)
