"""How each engine reads a page: stretches of indexes, never all testimonials, and nothing sorted but a handful."""

from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.catalog import listing, search_results, testimonial_page
from app.catalog.article_text import ARTICLE_TEXT
from app.catalog.collection import ENTRY_ID, latest_of_theme, page_query, sitemap_rows, visible_among
from app.catalog.facet_counts import counts_query
from app.catalog.facing import OF_ANY_THEME
from app.db.prepared import PreparedQuery
from app.db.read_connections import read_connections
from app.search import query
from app.testimonials.lifecycle import Status
from tests.crowd import multiply
from tests.factories import a_testimonial, the_article

# Fewer, and PostgreSQL rightly finds it quicker to look through all of them. SQLite, which nobody asks to count its
# rows, plans the same whatever their number.
MANY = {"postgresql": 15_000, "sqlite": 2_000}
FEW = 4
GROWING = ("testimonial", "version", "rendering", "facet_entry")


def many(session: Session) -> int:
    """Return how many testimonials tell how an engine reads."""
    return MANY[session.get_bind().dialect.name]


@pytest.fixture
def crowd(session: Session) -> Session:
    """Give a session on a database of many testimonials, each of several facets."""
    themes = the_article(session).themes[:3]
    multiply(session, a_testimonial(session, status=Status.PUBLISHED, themes=themes), many(session))
    analyze(session)
    return session


def analyze(session: Session) -> None:
    """Have PostgreSQL count what its tables hold, as it does by itself in time; SQLite never does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
        session.commit()


def plan(session: Session, query: PreparedQuery, **values: object) -> list[str]:
    """Return the lines of an engine's plan for the words that the pages ask, where they are asked."""
    lines = read_connections(session.get_bind().engine)
    compiled = query.compile(lines.dialect)
    bound = compiled.bind(values)
    if lines.dialect.name == "sqlite":
        return [str(row[-1]) for row in lines.rows(f"EXPLAIN QUERY PLAN {compiled.sql}", bound)]
    lines.rows(compiled.sql, bound)
    line = lines.thread.reader
    name = sql.Identifier(line.prepared[compiled.sql].decode())
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


def test_each_public_statement_reads_stretches_of_indexes(crowd: Session) -> None:
    everything = PreparedQuery(text("SELECT * FROM testimonial ORDER BY waiting_since, email"))
    assert len(looked_through(plan(crowd, everything))) >= 1, "a plan that does look through everything is noticed"
    article = the_article(crowd)
    themes = [theme.slug for theme in article.themes]
    latest = crowd.scalars(latest_of_theme(article.id, "", 1)).one()
    usual: dict[str, object] = {"article": article.id, "theme": "", "situation": "", "region": "", "crpv": ""}
    asked: dict[str, object] = {
        "article": article.id,
        "page": 1,
        **{f"latest_{number}": number + 2 for number in range(6)},
    }
    place: dict[str, object] = {"published_at": latest.published_at, "testimonial_id": 1}
    for each, values in (
        (ARTICLE_TEXT, {"slug": "crpv"}),
        (counts_query(narrow=False), usual),
        (counts_query(narrow=True), usual | {"theme": themes[0]}),
        (page_query(6, further=False), asked),
        (page_query(6, further=True), asked | place),
        # Those of the API and of the feed.
        (listing.listing_query(further=False, whole=False), {"page": 1, "most": 51}),
        (listing.listing_query(further=True, whole=True), {"page": 1, "most": 21} | place),
        (listing.ITEM_BY_ID, {"public_id": f"{2:020}"}),
        # Those of a testimonial's own page.
        (testimonial_page.TESTIMONIAL_PAGE, {"public_id": f"{2:020}"}),
        (testimonial_page.nearby_query(0), {"article": article.id} | place),
        (testimonial_page.nearby_query(2), {"article": article.id, "theme_0": themes[0], "theme_1": themes[1]} | place),
        # Those that other pages ask.
        (PreparedQuery(latest_of_theme(article.id, OF_ANY_THEME, FEW)), {}),
        (PreparedQuery(latest_of_theme(article.id, themes[0], FEW)), {}),
        (PreparedQuery(sitemap_rows("00000000000000000")), {}),
    ):
        lines = plan(crowd, each, **values)
        assert lines
        assert looked_through(lines) == [], "\n".join(lines)
    # Those that sessions ask.
    on_a_shelf = search_results.facet_members(1).where(many(crowd) > ENTRY_ID).order_by(ENTRY_ID.desc()).limit(200)
    assert not any("ix_shelved_testimonial_id" in line for line in asked_alone(crowd, on_a_shelf))
    for most in (1, 20, 50):
        numbers = list(range(1, 1000, 1000 // most))
        for selected in (listing.items_query(numbers, whole=False), visible_among(numbers).order_by(None)):
            lines = asked_alone(crowd, selected)
            assert looked_through(lines) == [], "\n".join(lines)


def asked_alone(session: Session, selected: Any) -> list[str]:
    """Return the lines of an engine's plan for a select, with the values that a session gives the engine for it."""
    connection, seen = session.connection(), list[tuple[str, Any]]()

    def see(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        seen.append((statement, values))

    event.listen(connection, "before_cursor_execute", see)
    session.execute(selected)
    event.remove(connection, "before_cursor_execute", see)
    ((statement, values),) = seen
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.dialect.name]
    return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values)]


def test_a_word_of_few_or_none_is_looked_up_and_not_looked_for(session: Session) -> None:
    """Left to itself, PostgreSQL goes back along all of the rows until it has met enough of them."""
    dialect = session.get_bind().dialect
    multiply(session, a_testimonial(session), many(session))
    if dialect.name == "postgresql":  # What the tests before have left in the index would weigh on its cost.
        session.execute(text("TRUNCATE search_public"))
    said = {"sqlite": "' ' || :said", "postgresql": "array_to_tsvector(ARRAY[:said])"}[dialect.name]
    for few, each in (("<>", "commun"), ("=", "rare")):
        marked = f"SELECT id, {said} FROM testimonial WHERE id % 1000 {few} 0"  # noqa: S608  # words of ours
        session.execute(text(f"INSERT INTO search_public (rowid, words) {marked}"), {"said": each})
    analyze(session)
    by_the_index = {"sqlite": "VIRTUAL TABLE INDEX", "postgresql": "Bitmap Index Scan on ix_search_public_words"}
    for word in ("zinzolin", "rar"):
        selected = query.latest_candidates(session, word, query.PUBLIC)
        some = selected.order_by(selected.selected_columns[0].desc()).limit(200)
        lines = asked_alone(session, some)
        assert any(by_the_index[dialect.name] in line for line in lines), "\n".join([word, *lines])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_one_sign_is_not_asked_of_the_words_of_sqlite(session: Session) -> None:
    """It keeps no beginnings so short: it would gather all words that begin so before it gave the first."""
    asked = {
        words: list(query.candidate_ids(session, words, query.PUBLIC).compile().params.values())
        for words in ("z", "z zi", "z zinzolin")
    }
    assert asked == {"z": [], "z zi": ['"zi"*'], "z zinzolin": ['"zinzol"*']}
