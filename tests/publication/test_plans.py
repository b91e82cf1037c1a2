"""How each engine reads a page: stretches of indexes, never all testimonials, and nothing sorted but a handful."""

from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.hot import Hot, lines_to
from app.publication import in_full, listing
from app.publication.facing import OF_ANY_THEME
from app.testimonials import finding, nearby, search
from app.testimonials.collection import SHELVED, addressed, among, latest_of, taking
from app.testimonials.lifecycle import Status
from app.testimonials.reading import READING
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
    """Return the lines of an engine's plan for the words that the pages ask, where they are asked."""
    lines = lines_to(session.get_bind().engine)
    written = hot.write(lines.dialect)
    bound = written.bound(values)
    if lines.dialect.name == "sqlite":
        return [str(row[-1]) for row in lines.rows(f"EXPLAIN QUERY PLAN {written.words}", bound)]
    lines.rows(written.words, bound)
    line = lines.thread.line
    name = sql.Identifier(line.prepared[written.words].decode())
    given = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, bound))) if bound else sql.SQL("")
    return [str(found) for (found,) in line.connection.execute(sql.SQL("EXPLAIN EXECUTE {}{}").format(name, given))]


def looked_through(lines: list[str]) -> list[str]:
    """Return the lines of a plan that read a whole growing table, all that is published, or sort."""
    found = []
    for line, beneath in zip(lines, [*lines[1:], ""], strict=True):
        whole = any(f"SCAN {name}" in line or f"Seq Scan on {name}" in line for name in GROWING)
        # What is published may be nearly all there is.
        whole = whole or any(index in line for index in ("ix_testimonial_status", "ix_testimonial_article_status"))
        # PostgreSQL tells apart a stretch of an index and all of it by what stands beneath.
        all_of_an_index = any(f" on {name}" in line for name in GROWING) and "Index Cond" not in beneath
        if whole or all_of_an_index or "TEMP B-TREE" in line or "Sort  (" in line:
            found.append(line)
    return found


def test_each_statement_of_the_pages_reads_stretches_of_indexes(crowd: Session) -> None:
    article = the_article(crowd)
    themes = [theme.slug for theme in article.themes]
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
        (counting(narrow=True), usual | {"theme": themes[0]}),
        (taking(6, further=False), asked),
        (taking(6, further=True), asked | place),
        # Those of the API and of the feed.
        (listing.standing_and_taking(further=False), usual | {"slug": "crpv", "most": 21}),
        (listing.standing_and_taking(further=True), usual | {"slug": "crpv", "most": 21} | place),
        (listing.taking(further=False, whole=False), {"page": 1, "most": 51}),
        (listing.taking(further=True, whole=True), {"page": 1, "most": 21} | place),
        (listing.ONE, {"public_id": f"{1:020}"}),
        # Those of a testimonial's own page.
        (in_full.IN_FULL, {"public_id": f"{1:020}"}),
        (nearby.leading(0), {"article": article.id} | place),
        (nearby.leading(2), {"article": article.id, "theme_0": themes[0], "theme_1": themes[1]} | place),
    ):
        lines = plan(crowd, hot, **values)
        assert lines
        assert looked_through(lines) == [], "\n".join(lines)


def asked_alone(session: Session, selected: Any) -> list[str]:
    """Return the lines of an engine's plan for a select that a session asks."""
    dialect = session.get_bind().dialect
    compiled = selected.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.params if compiled.positiontup is None else tuple(map(compiled.params.get, compiled.positiontup))
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[dialect.name]
    return [str(row[-1]) for row in session.connection().exec_driver_sql(f"{explain} {compiled}", values)]


def test_the_other_public_selects_read_stretches_too(crowd: Session) -> None:
    article = the_article(crowd)
    for selected in (latest_of(article.id, OF_ANY_THEME, FEW), latest_of(article.id, article.themes[0].slug, FEW)):
        assert looked_through(plan(crowd, Hot(selected))) == []
    assert looked_through(plan(crowd, Hot(addressed("00000000000000000")))) == []
    on_a_shelf = finding.on_the_shelf(1).where(SHELVED < MANY).order_by(SHELVED.desc()).limit(200)
    assert not any("ix_shelved_testimonial_id" in line for line in asked_alone(crowd, on_a_shelf))
    for most in (1, 20, 50):
        numbers = list(range(1, 1000, 1000 // most))
        for selected in (listing.told_of(numbers, whole=False), among(numbers).order_by(None)):
            assert looked_through(asked_alone(crowd, selected)) == []


@pytest.mark.parametrize("word", ["zinzolin", "rar"])
def test_a_word_of_few_or_none_is_looked_up_and_not_looked_for(crowd: Session, word: str) -> None:
    """Left to itself, PostgreSQL goes back along all of the rows until it has met enough of them."""
    dialect = crowd.get_bind().dialect
    said = {"sqlite": "' ' || :said", "postgresql": "array_to_tsvector(ARRAY[:said])"}[dialect.name]
    crowd.execute(text("DELETE FROM search_public"))
    for few, each in (("<>", "commun"), ("=", "rare")):
        marked = f"SELECT id, {said} FROM testimonial WHERE id % 1000 {few} 0"  # noqa: S608  # words of ours
        crowd.execute(text(f"INSERT INTO search_public (rowid, words) {marked}"), {"said": each})
    if dialect.name == "postgresql":
        crowd.execute(text("ANALYZE"))
    selected = search.latest(crowd, word, search.PUBLIC)
    some = selected.order_by(selected.selected_columns[0].desc()).limit(200)
    lines = asked_alone(crowd, some)
    by_the_index = {"sqlite": "VIRTUAL TABLE INDEX", "postgresql": "Bitmap Index Scan on ix_search_public_words"}
    assert any(by_the_index[dialect.name] in line for line in lines), "\n".join(lines)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_one_sign_is_not_asked_of_the_words_of_sqlite(session: Session) -> None:
    """It keeps no beginnings so short: it would gather all words that begin so before it gave the first."""
    asked = {
        words: list(search.candidates(session, words, search.PUBLIC).compile().params.values())
        for words in ("z", "z zi", "z zinzolin")
    }
    assert asked == {"z": [], "z zi": ['"zi"*'], "z zinzolin": ['"zinzol"*']}


def test_a_plan_that_looks_through_everything_would_be_noticed(crowd: Session) -> None:
    lines = plan(crowd, Hot(text("SELECT * FROM testimonial ORDER BY waiting_since, email")))
    assert len(looked_through(lines)) >= 1
