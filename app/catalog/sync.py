"""Updates the read model: `on_change()` in the flush that changes a testimonial or an article; or all again."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, inspect, literal, or_, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.articles.models import Article
from app.articles.passages import OPENING, moved_anchors, passages
from app.catalog import facets, placements, rendering
from app.catalog.placements import passages_before
from app.catalog.rendering import Rendering
from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource
from app.catalog.synthesis.statements import date_syntheses, update_sources
from app.catalog.visibility import RELATIONS
from app.db import now
from app.search import index
from app.testimonials.changes import Changes, in_batches
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

testimonial_table: Any = Testimonial.__table__
DERIVED = Rendering, SynthesisSource  # what `rebuild` writes of a testimonial
RENEWED_AT_ONCE = 50  # testimonials: half a second, during which SQLite takes no other writer
# The columns that decide which version is shown, from when to when, and whether it is hidden; the date of what open
# outlets give; and that of what stands below.
PUBLICATION_FIELDS = (
    *("_status", "shown_number", "shown_digest", "published_at", "published_until", "hidden_until"),
    *("readable_from", "reuse_consent", "replied_at"),
)
DATE_ANSWERED = (
    testimonial_table.update()
    .where(testimonial_table.c.id == bindparam("about"))
    .values(replied_at=bindparam("at", type_=testimonial_table.c.replied_at.type))
)
WITH_VERSION = (
    selectinload(Testimonial.shown).options(*RELATIONS, selectinload(Version.recognised)),
    selectinload(Testimonial.consents),
    selectinload(Testimonial.notices),
)


def on_change(session: Session, changes: Changes) -> None:
    known = set(changes.known_ids)
    published = [each for each in changes.testimonials if each.id in known and publication_changed(each)]
    for answer in sorted(published, key=lambda each: each.about_id or 0):
        read_again(session, answer, changes)
        date_answered(session, answer)
    # An answer is read in the rendering of what it is about.
    changed = {each.id: each for each in (each.about or each for each in published)}
    if changed:
        editions = rendering.Editions(session)
        for testimonial in sorted(changed.values(), key=lock_order):
            date_syntheses(session, testimonial)
            publish_again(session, testimonial, published_version(testimonial), editions)
    for article in changes.articles:
        placements.follow_passages(session, article)
        move_statements(session, article)


def read_again(session: Session, answer: Testimonial, changes: Changes) -> None:
    """Lock what an answer is about, and read it as it is now: its rendering is written with the answer's."""
    if answer.about is not None and answer.about not in changes.testimonials:
        session.expire(answer.about)
        session.refresh(answer.about, with_for_update=True)


def date_answered(session: Session, answer: Testimonial) -> None:
    """Date what an answer is about: who follows the open outlets asks again once it comes, changes or leaves.

    Its `revision` stays: an answer must not make a decision on what it is about stale.
    """
    if answer.about is None or answer.published_at is None or answer.readable_from is not None:
        return
    at = now()
    session.execute(DATE_ANSWERED, {"about": answer.about.id, "at": at})
    set_committed_value(answer.about, "replied_at", at)


def publish_again(
    session: Session, testimonial: Testimonial, version: Version | None, editions: rendering.Editions
) -> None:
    """Remove a testimonial from the read model, then add the version that is published now, if one is."""
    facets.lock_article(session, testimonial.article_id)
    facets.remove(session, testimonial)
    rendering.delete_rendering(session, testimonial)
    placements.update_placements(session, testimonial, version)
    update_sources(session, testimonial, version)
    if version is not None:
        facets.add(session, testimonial)
        rendering.render(session, testimonial, version, editions.of(testimonial.article))


def renew(session: Session) -> Iterator[int]:
    """Publish again the testimonials whose rendering is stale; yield how many are published, for the caller to commit.

    A rendering is stale where it is of another edition, is missing, or is of a testimonial no longer published.
    """
    # By id: the session forgets its objects with each batch.
    for article_id in session.scalars(select(Article.id).order_by(Article.id)).all():
        yield from renew_article(session, session.get_one(Article, article_id))


def count_stale(session: Session) -> int:
    """Return how many renderings wait to be renewed, as after an upgrade."""
    editions = rendering.Editions(session)
    articles = session.scalars(select(Article)).all()
    stale = or_(*(and_(Testimonial.article_id == each.id, is_stale(editions.of(each))) for each in articles), false())
    return session.scalar(select(func.count()).select_from(Testimonial).where(stale)) or 0


def renew_article(session: Session, article: Article) -> Iterator[int]:
    """Do so for one article, and index them again: after the commit of a change of its call, whose words they have.

    Not before it: every writer locks testimonials before their article.
    """
    editions = rendering.Editions(session)
    stale = and_(Testimonial.article_id == article.id, is_stale(editions.of(article)))
    for ids in in_batches(session, stale, size=RENEWED_AT_ONCE):
        for testimonial in testimonials(session, ids):
            publish_again(session, testimonial, published_version(testimonial), editions)
        index.rebuild(session, ids)
        yield sum(published_version(each) is not None for each in testimonials(session, ids))


def rebuild(session: Session, ids: Sequence[int]) -> None:
    """Render some testimonials from nothing, and check the words cited of them; the caller has locked them."""
    editions = rendering.Editions(session)
    for testimonial in testimonials(session, ids):
        rendering.delete_rendering(session, testimonial)
        version = published_version(testimonial)
        placements.update_placements(session, testimonial, version)
        update_sources(session, testimonial, version)
        if version is not None:
            rendering.render(session, testimonial, version, editions.of(testimonial.article))


def testimonials(session: Session, ids: Sequence[int]) -> list[Testimonial]:
    """Load some testimonials with the version shown, in the order in which articles are locked."""
    selected = select(Testimonial).where(Testimonial.id.in_(ids)).options(*WITH_VERSION)
    return sorted(session.scalars(selected.execution_options(populate_existing=True)), key=lock_order)


def is_stale(edition: str) -> ColumnElement[bool]:
    """State that a testimonial's rendering is not of this edition where readers see it, or exists where they do not."""
    is_public = and_(
        Testimonial.status == Status.PUBLISHED, Testimonial.hidden_until.is_(None), Testimonial.about_id.is_(None)
    )
    stored = select(Rendering.edition).where(Rendering.testimonial_id == Testimonial.id).scalar_subquery()
    return stored.is_distinct_from(case((is_public, literal(edition))))


def lock_order(testimonial: Testimonial) -> tuple[int, int]:
    """The order in which every transaction locks articles, so that none deadlocks."""
    return testimonial.article_id, testimonial.id


def publication_changed(testimonial: Testimonial) -> bool:
    """Whether this flush changes the version shown, its dates, its reuse, or hides it; or erases the testimonial."""
    attributes: Any = inspect(testimonial).attrs
    if not any(attributes[name].history.has_changes() for name in PUBLICATION_FIELDS):
        return False
    numbers = attributes["shown_number"].history.sum()
    never_shown = numbers and all(number is None for number in numbers)
    return not never_shown or testimonial.status is Status.ERASED


def published_version(testimonial: Testimonial) -> Version | None:
    """Return the version that has a rendering: none while an editor hides the text, nor where it is an answer."""
    if testimonial.status is not Status.PUBLISHED or testimonial.hidden_until is not None or testimonial.about_id:
        return None
    return next((each for each in testimonial.versions if each.number == testimonial.shown_number), None)


statement: Any = Statement.__table__


def move_statements(session: Session, article: Article) -> None:
    """Move an article's statements with its passages, in the flush that changes it."""
    before, after = passages_before(article), passages(article)
    if before == after:
        return
    versions = select(Synthesis.id).where(Synthesis.article_id == article.id)
    beside = statement.c.synthesis_id.in_(versions), statement.c.passage != OPENING
    anchors = set(session.scalars(select(statement.c.passage).where(*beside).distinct()))
    if not anchors:
        return
    moved = moved_anchors(before, after, anchors)
    to = case({old: moved.get(old, OPENING) for old in sorted(anchors)}, value=statement.c.passage)
    session.execute(statement.update().where(*beside).values(passage=to))
