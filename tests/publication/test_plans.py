"""How each engine reads a page: stretches of indexes, never all testimonials, and nothing sorted but a handful."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Hot
from app.publication import listing
from app.publication.facing import OF_ANY_THEME
from app.testimonials.collection import addressed, latest_of, taking
from app.testimonials.lifecycle import Status
from app.testimonials.reading import READING
from app.testimonials.stands import STANDING
from app.testimonials.tallies import counting
from tests.crowd import multiply
from tests.factories import a_testimonial, the_article

# Fewer, and PostgreSQL rightly finds it quicker to look through all of them.
MANY = 15_000
FEW = 4
GROWING = ("testimonial", "version", "facsimile", "shelved")


@pytest.fixture
def crowd(session: Session) -> Session:
    """Give a session on a database of many testimonials, each of several shelves."""
    themes = the_article(session).themes[:3]
    multiply(session, a_testimonial(session, status=Status.PUBLISHED, themes=themes), MANY)
    return session


def plan(session: Session, hot: Hot, **values: object) -> list[str]:
    """Return the lines of an engine's plan; the statement is the one that the pages execute."""
    dialect = session.get_bind().dialect
    words, order, parameters = hot.compile(dialect)
    explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
    hot.compiled[dialect.name] = explain + words, order, parameters
    lines = [str(row[-1]) for row in hot.rows(session, **values)]
    hot.compile(dialect)
    return lines


def looked_through(lines: list[str]) -> list[str]:
    """Return the lines of a plan that read a whole growing table, or sort."""
    found = []
    for line in lines:
        whole = any(f"SCAN {name}" in line or f"Seq Scan on {name}" in line for name in GROWING)
        if whole or "TEMP B-TREE" in line or "Sort  (" in line:
            found.append(line)
    return found


def test_each_statement_of_the_article_reads_stretches_of_indexes(crowd: Session) -> None:
    article = the_article(crowd)
    usual: dict[str, object] = {"article": article.id, "theme": "", "situation": "", "region": "", "crpv": ""}
    asked: dict[str, object] = {
        "article": article.id,
        "page": 1,
        **{f"latest_{number}": number + 2 for number in range(6)},
    }
    place: dict[str, object] = {"published_at": crowd.scalars(latest_of(article.id, "", 1)).one().published_at}
    place |= {"testimonial_id": 1}
    for hot, values in (
        (READING, {"slug": "crpv"}),
        (counting(narrow=False), usual),
        (counting(narrow=True), usual | {"theme": article.themes[0].slug}),
        (taking(6, further=False), asked),
        (taking(6, further=True), asked | place),
        # Those of the API and of the feed.
        (STANDING, usual | {"slug": "crpv"}),
        (listing.taking(further=False, whole=False), {"page": 1, "most": 51}),
        (listing.taking(further=True, whole=True), {"page": 1, "most": 21} | place),
        (listing.ONE, {"public_id": f"{1:020}"}),
    ):
        lines = plan(crowd, hot, **values)
        assert lines
        assert looked_through(lines) == [], "\n".join(lines)


def test_the_other_public_selects_read_stretches_too(crowd: Session) -> None:
    article = the_article(crowd)
    for selected in (latest_of(article.id, OF_ANY_THEME, FEW), latest_of(article.id, article.themes[0].slug, FEW)):
        assert looked_through(plan(crowd, Hot(selected))) == []
    assert looked_through(plan(crowd, Hot(addressed("00000000000000000")))) == []


def test_a_plan_that_looks_through_everything_would_be_noticed(crowd: Session) -> None:
    lines = plan(crowd, Hot(text("SELECT * FROM testimonial ORDER BY waiting_since, email")))
    assert len(looked_through(lines)) >= 1
