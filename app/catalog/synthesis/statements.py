"""The synthesis as it is read: the statements that stand, and their words, read through `visible()` each time.

A statement without a source stands nowhere, and a statement never counts more sources than stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select, union_all
from sqlalchemy.orm import Session

from app.catalog.placements import record_gave_way
from app.catalog.quotations import Quotation, find_quotation
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.synthesis.models import (
    DRAFT,
    GAVE_WAY,
    SHOWN,
    Statement,
    Synthesis,
    SynthesisSource,
    shown_version,
)
from app.catalog.visibility import Outlet, is_visible, visible
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.questions import PROSE
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

source: Any = SynthesisSource.__table__
statement: Any = Statement.__table__
synthesis: Any = Synthesis.__table__

OF_TESTIMONIAL = source.c.testimonial_id == bindparam("number")
DELETE_SOURCES = source.delete().where(OF_TESTIMONIAL)
SOURCES = select(source.c.id, source.c.digest, source.c.field, source.c.spans).where(OF_TESTIMONIAL)
MOVE_SOURCE = (
    source.update()
    .where(source.c.id == bindparam("source"))
    .values(**{name: bindparam(f"to_{name}", type_=source.c[name].type) for name in ("digest", "field", "spans")})
)

CITING = (
    select(statement.c.synthesis_id)
    .join(source, source.c.claim_id == statement.c.id)
    .where(source.c.testimonial_id == bindparam("cited"))
)
DATE_SYNTHESES = (
    synthesis.update()
    .where(synthesis.c.number != DRAFT, synthesis.c.ended_at.is_(None), synthesis.c.id.in_(CITING))
    .values(changed_at=bindparam("at", type_=synthesis.c.changed_at.type))
)


def date_syntheses(session: Session, testimonial: Testimonial) -> None:
    """Date the syntheses that readers see and that cite a testimonial, in the flush that changes what is shown of it.

    Followers of the feed then ask again, and keep no words that have left.
    """
    session.execute(DATE_SYNTHESES, {"cited": testimonial.id, "at": now()})


def update_sources(session: Session, testimonial: Testimonial, version: Version | None) -> None:
    """Move sources of former versions to the version shown, where the words are there; delete those of erased texts.

    A source whose words are not in the version shown keeps its version, and is hidden: readers see the source again
    once a version has the words. A source whose words are no whole sentences ends for good.
    """
    if testimonial.status is Status.ERASED:
        session.execute(DELETE_SOURCES, {"number": testimonial.id})
        return
    if version is None:
        return
    ended = []
    for each in session.execute(SOURCES, {"number": testimonial.id}).all():
        found = find_quotation(version, cited_words(testimonial.versions, each), each.field)
        is_shown = each.digest == version.digest
        if found is not None and not is_shown:
            to = {f"to_{name}": value for name, value in found._asdict().items()}
            session.execute(MOVE_SOURCE, {"source": each.id, "to_digest": version.digest} | to)
        elif found is None and is_shown:
            ended.append(each.id)
    if ended:
        end_sources(session, testimonial, ended)
        record_gave_way(session, testimonial)


def end_sources(session: Session, testimonial: Testimonial, ids: Sequence[int]) -> None:
    """Have readers see some sources no more, for good: an editor chooses other sentences."""
    session.execute(source.update().where(source.c.id.in_(ids)).values(digest=GAVE_WAY))
    date_syntheses(session, testimonial)


def cited_words(versions: Sequence[Version], source: Any) -> str:
    """Return the words of a source, or of its row: none, where no version of its testimonial has its digest."""
    version = next((each for each in versions if each.digest == source.digest), None)
    return Quotation(source.field, source.spans).words(getattr(version, source.field)) if version else ""


# Of a source: its testimonial is visible, in the version that has its words.
STANDS = is_visible(SynthesisSource.testimonial_id, Testimonial.shown_digest == SynthesisSource.digest)


@dataclass(frozen=True, kw_only=True)
class CitedWords:
    """Words of a testimonial, as they stand in the version shown; who signs them, and its title as its page has it."""

    public_id: str
    slug: str
    title: str
    signature: str
    words: str

    @property
    def url(self) -> str:
        return testimonial_path(self.public_id, self.slug)


@dataclass(frozen=True, kw_only=True)
class StandingStatement:
    """A statement with the sources that stand, each of another testimonial: one at least."""

    id: int
    passage: str
    words: str
    sources: Sequence[CitedWords]


@dataclass(frozen=True, kw_only=True)
class StandingSynthesis:
    """A version of a synthesis, with the statements that stand: one at least."""

    number: int
    published_at: datetime
    statements: Sequence[StandingStatement]


def load_synthesis(session: Session, article_id: int, outlet: Outlet = Outlet.PAGE) -> StandingSynthesis | None:
    """Return the synthesis that an outlet may show beside an article; None where no statement stands.

    The words are only those that the outlet may have.
    """
    shown = (Synthesis.article_id == article_id, *SHOWN)
    cited = session.scalars(sources().where(*shown)).all()
    statements = standing(Synthesis.number, Synthesis.published_at, outlet=outlet)
    rows = session.execute(statements.where(*shown, Testimonial.id.in_(cited))).all()
    if not rows:
        return None
    return StandingSynthesis(number=rows[0].number, published_at=rows[0].published_at, statements=statements_of(rows))


def load_statements(session: Session, synthesis_id: int) -> Sequence[StandingStatement]:
    """Return the statements of a version, the draft included, as readers would see them."""
    of_it = Synthesis.id == synthesis_id
    cited = session.scalars(sources().where(of_it)).all()
    return statements_of(session.execute(standing().where(of_it, Testimonial.id.in_(cited))).all())


def unread_statements() -> Select[int, int, datetime]:
    """Select by article how many statements of its shown version have no source left, and when it last changed."""
    read = select(SynthesisSource.statement_id).where(STANDS)
    counted = select(Synthesis.article_id, func.count(), func.max(Synthesis.changed_at)).join(
        Statement, Statement.synthesis_id == Synthesis.id
    )
    return counted.where(*SHOWN, Statement.id.not_in(read)).group_by(Synthesis.article_id)


def synthesis_changed_at(session: Session, article_id: int) -> datetime:
    """Return when the shown synthesis was published, or when what is shown of a text it cites changed since.

    The end of a period changes it at its moment, before the scheduled job.
    """
    version = shown_version(article_id).subquery()
    cited = (
        select(SynthesisSource.testimonial_id)
        .join(Statement, Statement.id == SynthesisSource.statement_id)
        .where(Statement.synthesis_id == version.c.id)
    )
    is_over = Testimonial.id.in_(cited), Testimonial.published_until <= now()
    moments = union_all(
        select(version.c.changed_at.label("at")), select(func.max(Testimonial.published_until)).where(*is_over)
    )
    dates: list[datetime] = [each for each in session.scalars(moments) if each is not None]
    return max(dates)


def read_syntheses(session: Session) -> dict[int, datetime]:
    """Return when the synthesis of each article last changed, by the article's id, where a statement of it stands."""
    articles = session.scalars(select(Synthesis.article_id).where(*SHOWN)).all()
    return {each: synthesis_changed_at(session, each) for each in articles if load_synthesis(session, each)}


def sources() -> Select[int]:
    """Select the ids of the testimonials that syntheses cite: those of one are few, and known before any is read."""
    cited = select(SynthesisSource.testimonial_id).join(Statement, Statement.id == SynthesisSource.statement_id)
    return cited.join(Synthesis, Synthesis.id == Statement.synthesis_id)


def standing(*columns: Any, outlet: Outlet = Outlet.PAGE) -> Select[Any]:
    """Select the sources that stand, in the order of their statements: of testimonials visible, as they are shown."""
    answer = case(*((SynthesisSource.field == name, getattr(Version, name)) for name in PROSE))
    cited = (answer.label("answer"), SynthesisSource.field, SynthesisSource.spans)
    shown = (Rendering.slug, Rendering.title, Rendering.signature, *cited)
    statement = (Statement.id, Statement.passage, Statement.words)
    return (
        visible(*columns, *statement, Testimonial.public_id, *shown, outlet=outlet)
        .join(Rendering, Rendering.testimonial_id == Testimonial.id)
        .join(SynthesisSource, SynthesisSource.testimonial_id == Testimonial.id)
        .join(Statement, Statement.id == SynthesisSource.statement_id)
        .join(Synthesis, Synthesis.id == Statement.synthesis_id)
        .where(SynthesisSource.digest == Testimonial.shown_digest)
        .order_by(None)
        .order_by(Statement.position, Statement.id, SynthesisSource.id)
    )


def statements_of(rows: Sequence[Any]) -> list[StandingStatement]:
    sources: dict[tuple[int, str, str], list[CitedWords]] = {}
    for row in rows:
        words = Quotation(row.field, row.spans).words(row.answer)
        cited = CitedWords(
            public_id=row.public_id, slug=row.slug, title=row.title, signature=row.signature, words=words
        )
        sources.setdefault((row.id, row.passage, row.words), []).append(cited)
    return [
        StandingStatement(id=number, passage=passage, words=words, sources=cited)
        for (number, passage, words), cited in sources.items()
    ]
