"""Query plans of both engines: pages read ranges of indexes, never all testimonials, and sort no table."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog import article_list, collection, listing, search_results, testimonial_page
from app.catalog.article_text import ARTICLE_TEXT
from app.catalog.collection import ENTRY_ID, latest_of_theme, sitemap_rows, visible_among
from app.catalog.cursor import COUNT_BEFORE
from app.catalog.facet_counts import counts_query
from app.catalog.filters import ANY
from app.catalog.synthesis.statements import load_synthesis, read_syntheses, unread_statements
from app.catalog.visibility import Outlet, visible_answers
from app.db import now
from app.page_cache.middleware import PAGE_STAMPS
from app.search import query
from app.testimonials.testimonial import Testimonial
from tests.acts import one_of_each_kind, published
from tests.crowd import multiply
from tests.factories import the_article

pytestmark = pytest.mark.both_engines

MANY = 15_000  # with fewer, PostgreSQL rightly prefers to scan them all
FEW = 4
GROWING = ("testimonial", "version", "rendering", "facet_entry")
OF_ALL = (
    *("ix_testimonial_status", "ix_testimonial_article_status", "ix_testimonial_hidden_until (hidden_until=?)"),
    "SEARCH testimonial USING INDEX ix_testimonial_answered (about_id=?)",
)


@pytest.fixture
def crowd(session: Session) -> Session:
    """A session on a database of many testimonials, each of several facets, and a row of every other kind."""
    multiply(session, published(session, themes=the_article(session).themes[:3]), MANY)
    one_of_each_kind(session)
    session.commit()
    analyze(session)
    return session


def analyze(session: Session) -> None:
    """Update PostgreSQL's statistics, as it does by itself in time; SQLite never does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
        session.commit()


def full_scans(lines: list[str]) -> list[str]:
    """Return the lines of a plan that read a whole growing table, all published testimonials, or sort."""
    scans = []
    for line, beneath in zip(lines, [*lines[1:], ""], strict=True):
        whole = any(f"SCAN {name}" in line or f"Seq Scan on {name}" in line for name in GROWING)
        # Nearly all testimonials may be published, and are no answers.
        whole = whole or any(index in line for index in OF_ALL)
        # In PostgreSQL's plan the next line tells a range of an index from all of it.
        is_range = "Index Cond" in beneath or "Recheck Cond" in beneath
        all_of_an_index = any(f" on {name}" in line for name in GROWING) and not is_range
        if whole or all_of_an_index or "TEMP B-TREE" in line or "Sort  (" in line:
            scans.append(line)
    return scans


@pytest.mark.slow("as many testimonials as PostgreSQL needs to plan as for a million")
def test_statements_read_ranges_of_indexes(crowd: Session) -> None:
    each_public_statement_reads_ranges_of_indexes(crowd)
    the_answers_beneath_a_testimonial_are_found_by_it(crowd)
    the_words_of_syntheses_are_found_by_their_sources(crowd)
    a_rare_word_is_read_from_the_index_of_words(crowd)


def each_public_statement_reads_ranges_of_indexes(crowd: Session) -> None:
    everything = text("SELECT * FROM testimonial ORDER BY waiting_since, email")
    assert len(full_scans(plan(crowd, everything))) >= 1, "a plan that scans everything is noticed"
    article = the_article(crowd)
    themes = [theme.slug for theme in article.themes]
    latest = crowd.scalars(latest_of_theme(article.id, "", 1)).one()
    usual: dict[str, object] = {"article": article.id, "theme": "", "situation": "", "region": "", "partner": ""}
    one: dict[str, object] = {"public_id": f"{2:020}"}
    cursor: dict[str, object] = {"published_at": latest.published_at, "testimonial_id": 1}
    statements: tuple[tuple[Any, dict[str, object]], ...] = (
        (article_list.ARTICLES, {}),
        (article_list.EXPIRED, {}),
        (article_list.LATEST, {}),
        (ARTICLE_TEXT, {"slug": "crpv"}),
        (counts_query(narrow=False), usual),
        (counts_query(narrow=True), usual | {"theme": themes[0]}),
        (collection.LATEST, {"page": 1, "most": 21}),
        (collection.OLDER, {"page": 1, "most": 21} | cursor),
        (collection.NEWER, {"page": 1, "most": 21} | cursor),
        (COUNT_BEFORE, {"page": 1} | cursor),
        (collection.PLACED, {"article": article.id}),
        *((listing.item_by_id(outlet, Article.slug), one) for outlet in Outlet),
        # A testimonial's own page.
        (testimonial_page.TESTIMONIAL_PAGE, one),
        (testimonial_page.FACET_IDS, {"article": article.id}),
        # Other pages.
        # Sorted at the end: only as many as are asked for.
        (latest_of_theme(article.id, ANY, FEW).order_by(None), {}),
        (latest_of_theme(article.id, themes[0], FEW).order_by(None), {}),
        (sitemap_rows("00000000000000000"), {}),
        (PAGE_STAMPS, {"scope": article.id, "since": now()}),
    )
    for each, values in statements:
        lines = plan(crowd, each, values)
        assert lines
        assert full_scans(lines) == [], "\n".join(lines)
    count_before = plan(crowd, COUNT_BEFORE, {"page": 1} | cursor)
    assert any("ix_rendering_shown_until" in line for line in count_before), "else it reads all that is before the page"
    members = search_results.facet_members(1).where(MANY > ENTRY_ID).order_by(ENTRY_ID.desc()).limit(200)
    assert not any("ix_facet_entry_testimonial_id" in line for line in plan(crowd, members))
    for most in (1, 20, 50):
        numbers = list(range(1, 1000, 1000 // most))
        items = listing.items_query(Outlet.OPEN, whole=False).where(Testimonial.id.in_(numbers))
        for selected in (items, visible_among(numbers).order_by(None)):
            lines = plan(crowd, selected)
            assert full_scans(lines) == [], "\n".join(lines)


def the_answers_beneath_a_testimonial_are_found_by_it(crowd: Session) -> None:
    """Each publication and each withdrawal asks for them: a list of all that is published would grow with it."""
    for outlet in (Outlet.PAGE, Outlet.OPEN):
        lines = plan(crowd, visible_answers(outlet=outlet).where(Testimonial.about_id == 1))
        allowed = ("TEMP B-TREE", "Sort  (", OF_ALL[-1])
        read_whole = [each for each in full_scans(lines) if not any(word in each for word in allowed)]
        assert read_whole == [], "\n".join(lines)
        assert not any("LIST SUBQUERY" in each for each in lines), "SQLite would list all that is published"


def the_words_of_syntheses_are_found_by_their_sources(crowd: Session) -> None:
    article_id = the_article(crowd).id
    readings: tuple[Callable[[], Any], ...] = (
        lambda: load_synthesis(crowd, article_id),
        lambda: read_syntheses(crowd),
        lambda: crowd.execute(unread_statements()).all(),
    )
    for reading in readings:
        lines = plans(crowd, reading)
        read_whole = [each for each in full_scans(lines) if "TEMP B-TREE" not in each and "Sort  (" not in each]
        assert read_whole == [], "\n".join(lines)


def plan(session: Session, selected: Any, values: dict[str, object] | None = None) -> list[str]:
    return plans(session, partial(session.execute, selected, values))


def plans(session: Session, reading: Callable[[], Any]) -> list[str]:
    """Return an engine's plans for what is read, with the parameters that a session gives them."""
    connection, seen = session.connection(), list[tuple[str, Any]]()

    def see(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        seen.append((statement, values))

    event.listen(connection, "before_cursor_execute", see)
    reading()
    event.remove(connection, "before_cursor_execute", see)
    assert seen
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.dialect.name]
    answers = [connection.exec_driver_sql(f"{explain} {statement}", values) for statement, values in seen]
    return [str(row[-1]) for answer in answers for row in answer]


def a_rare_word_is_read_from_the_index_of_words(session: Session) -> None:
    """PostgreSQL would otherwise walk back along the ids until it has met enough of them."""
    dialect = session.get_bind().dialect
    # Rows deleted one by one would stay in PostgreSQL's index, and add to its cost.
    session.execute(text({"sqlite": "DELETE FROM", "postgresql": "TRUNCATE"}[dialect.name] + " search_public"))
    value = {"sqlite": "' ' || :word", "postgresql": "array_to_tsvector(ARRAY[:word])"}[dialect.name]
    for operator, each in (("<>", "commun"), ("=", "rare")):
        rows = f"SELECT id, {value} FROM testimonial WHERE id % 1000 {operator} 0"  # noqa: S608  # words of ours
        session.execute(text(f"INSERT INTO search_public (rowid, words) {rows}"), {"word": each})
    analyze(session)
    by_the_index = {"sqlite": "VIRTUAL TABLE INDEX", "postgresql": "Bitmap Index Scan on ix_search_public_words"}
    for word in ("zinzolin", "rar"):
        selected = query.latest_candidates(session, word, query.PUBLIC)
        some = selected.order_by(selected.selected_columns[0].desc()).limit(200)
        lines = plan(session, some)
        assert any(by_the_index[dialect.name] in line for line in lines), "\n".join([word, *lines])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_is_not_asked_for_prefixes_of_one_sign(session: Session) -> None:
    """Its index has none: it would gather all words with the prefix before it returned the first row."""
    parameters = {
        words: list(query.candidate_ids(session, words, query.PUBLIC).compile().params.values())
        for words in ("z", "z zi", "z zinzolin")
    }
    assert parameters == {"z": [], "z zi": ['"zi"*'], "z zinzolin": ['"zinzol"*']}
