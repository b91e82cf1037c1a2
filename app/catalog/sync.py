"""Keeps what readers are served in step with what is shown, within the flush that changes it: no act can forget to."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import Select, case, event, inspect, literal, or_, select
from sqlalchemy.orm import Session, UOWTransaction, joinedload, selectinload

from app.catalog import facets, placements, rendering
from app.catalog.rendering import Rendering
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

AT_A_TIME = 200
# A change of one of these may change what is shown, or where.
PUBLICATION_FIELDS = ("_status", "shown_number", "shown_digest", "published_at", "published_until")
WITH_VERSION = selectinload(Testimonial.shown).options(
    joinedload(Version.department, innerjoin=True), joinedload(Version.crpv), selectinload(Version.themes)
)


def init_app(_app: Flask) -> None:
    """Follow every session's flushes."""
    if not event.contains(Session, "after_flush", on_flush):
        event.listen(Session, "after_flush", on_flush)


def on_flush(session: Session, _flush: UOWTransaction) -> None:
    """Take down what was shown of each testimonial that changed, and put up what is shown now."""
    changed = [
        each for each in (*session.new, *session.dirty) if isinstance(each, Testimonial) and publication_changed(each)
    ]
    if changed:
        edition = rendering.edition(session)
        for testimonial in sorted(changed, key=lock_order):
            publish_again(session, testimonial, published_version(testimonial), edition)


def publish_again(session: Session, testimonial: Testimonial, version: Version | None, edition: str) -> None:
    """Take down what was shown of a testimonial, and put up the version that is shown now, if one is."""
    facets.lock_article(session, testimonial.article_id)
    facets.remove(session, testimonial)
    rendering.delete_rendering(session, testimonial)
    placements.update_placements(session, testimonial, version)
    if version is not None:
        facets.add(session, testimonial)
        rendering.render(session, testimonial, version, edition)


def renew_renderings(session: Session, *, everything: bool = False) -> Iterator[int]:
    """Show again what another edition of templates, sanitiser or names shows, or all; the caller commits each yield.

    What is shown and not put up, after a restoration or a first migration, is put up; what was left of a text that is
    shown no more is taken down. Yields how many are shown.
    """
    edition, last = rendering.edition(session), 0
    while ids := list(session.scalars(stale_ids(edition, everything=everything).where(Testimonial.id > last))):
        # Held in the order of those who act, each text before its article, then read: what they do meanwhile stands.
        held = select(Testimonial).where(Testimonial.id.in_(ids)).order_by(Testimonial.id).with_for_update()
        found = session.scalars(held.options(WITH_VERSION).execution_options(populate_existing=True)).all()
        count = sum(testimonial.shown is not None for testimonial in found)
        for testimonial in sorted(found, key=lock_order):
            publish_again(session, testimonial, testimonial.shown, edition)
        last = ids[-1]
        session.expunge_all()
        yield count


def stale_ids(edition: str, *, everything: bool) -> Select[int]:
    """Select the first whose rendering is not as it should be: of this edition where shown, none where not; or all."""
    due = case((Testimonial.status == Status.PUBLISHED, literal(edition)))
    chosen = Rendering.edition.is_distinct_from(due)
    if everything:
        chosen = or_(Testimonial.status == Status.PUBLISHED, chosen)
    return (
        select(Testimonial.id)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id, isouter=True)
        .where(chosen)
        .order_by(Testimonial.id)
        .limit(AT_A_TIME)
    )


def lock_order(testimonial: Testimonial) -> tuple[int, int]:
    """Return what everyone shows testimonials by, so that nobody waits in a ring for their articles."""
    return testimonial.article_id, testimonial.id


def publication_changed(testimonial: Testimonial) -> bool:
    """Say whether this flush changes what is shown of a testimonial, or from when to when; or erases it."""
    attributes: Any = inspect(testimonial).attrs
    if not any(attributes[name].history.has_changes() for name in PUBLICATION_FIELDS):
        return False
    numbers = attributes["shown_number"].history
    never = numbers.sum() and all(number is None for number in numbers.sum())
    return not never or testimonial.status is Status.ERASED


def published_version(testimonial: Testimonial) -> Version | None:
    """Return the version shown, as it stands in this flush."""
    if testimonial.status is not Status.PUBLISHED:
        return None
    return next(each for each in testimonial.versions if each.number == testimonial.shown_number)
