"""Statements of a synthesis as editors see them: the words that stand, the sources that are missing, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.catalog.article_text import ArticleText
from app.catalog.collection import latest_of_theme, visible_among
from app.catalog.facet_counts import count_article_facets
from app.catalog.filters import ANY, Filters
from app.catalog.search_results import search_collection
from app.catalog.synthesis.models import GAVE_WAY, Statement, Synthesis, SynthesisSource
from app.catalog.synthesis.statements import STANDS, cited_words
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

MAX_LISTED = 30  # published texts to take words of; an older one is found by its words


@dataclass(frozen=True)
class SourceState:
    """A source: its words where they stand, else why it is missing."""

    source: SynthesisSource
    words: str
    absence: str

    @property
    def testimonial(self) -> Testimonial:
        return self.source.testimonial


@dataclass(frozen=True)
class StatementState:
    """A statement with its sources, those that stand first; readers see it while one stands."""

    statement: Statement
    sources: Sequence[SourceState]

    @property
    def missing(self) -> list[SourceState]:
        return [each for each in self.sources if each.absence]

    @property
    def is_read(self) -> bool:
        return any(not each.absence for each in self.sources)


def statement_states(session: Session, version: Synthesis) -> list[StatementState]:
    """Return the statements of a version in order, each with its sources."""
    of_version = select(Statement).where(Statement.synthesis_id == version.id)
    statements = session.scalars(of_version.order_by(Statement.position, Statement.id).options(*WITH_SOURCES))
    found = list(statements.unique())
    ids = [source.id for statement in found for source in statement.sources]
    stand = select(SynthesisSource.id).where(STANDS, SynthesisSource.id.in_(ids))
    standing = set(session.scalars(stand)) if ids else set()
    states = []
    for statement in found:
        sources = [source_state(each, stands=each.id in standing) for each in statement.sources]
        states.append(StatementState(statement, sorted(sources, key=lambda each: bool(each.absence))))
    return states


WITH_SOURCES = (
    selectinload(Statement.sources)
    .joinedload(SynthesisSource.testimonial)
    .options(joinedload(Testimonial.shown), selectinload(Testimonial.versions)),
)


def source_state(source: SynthesisSource, *, stands: bool) -> SourceState:
    if not stands:
        return SourceState(source, "", absence_of(source))
    shown = source.testimonial.shown
    return SourceState(source, cited_words([shown] if shown else [], source), "")


def absence_of(source: SynthesisSource) -> str:
    """Say why words of a testimonial are not read, after « ce retour est »."""
    testimonial = source.testimonial
    if source.digest == GAVE_WAY:
        return "cité de mots qui n’étaient pas des phrases entières, ou que son auteur·e ne veut pas voir cités ainsi"
    if testimonial.status is not Status.PUBLISHED:
        return testimonial.status.facts.absence or testimonial.status.label
    if testimonial.hidden_until is not None:
        return "masqué, le temps d’examiner un signalement"
    if testimonial.published_until is not None and testimonial.published_until <= now():
        return "au terme de sa publication"
    return "publié sans ces mots, qui ont changé"


def unread_statements(session: Session, version: Synthesis) -> list[StatementState]:
    return [each for each in statement_states(session, version) if not each.is_read]


def published_texts(session: Session, text: ArticleText, words: str) -> list[Testimonial]:
    """Return the published texts of an article to take words of: those that have some words, or the latest."""
    if not words:
        return list(session.scalars(latest_of_theme(text.id, ANY, MAX_LISTED)))
    counts = count_article_facets(session, text, Filters(words=words))
    page = search_collection(session, counts, None, MAX_LISTED)
    return list(session.scalars(visible_among(each.id for each in page.matches)))
