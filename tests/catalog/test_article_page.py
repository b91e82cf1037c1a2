"""The article's page in one call: its parts, and its errors."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.passages import passages
from app.catalog import article_page, collection, placements
from app.catalog.article_page import ArticlePage
from app.catalog.filters import WHOLE_COLLECTION, CollectionRequest, Filters
from app.catalog.placements import Place
from app.db import db
from app.testimonials.lifecycle import Status
from tests.acts import committed, published
from tests.factories import by_editor, the_article
from tests.page_cache.workers import recorded_statements


def loaded(app: Flask, filters: Filters | None = None) -> ArticlePage:
    request = WHOLE_COLLECTION if filters is None else CollectionRequest(filters, None)
    with app.app_context():
        page = article_page.load(db.session(), "crpv", request)
    assert page is not None
    return page


def test_one_call_loads_the_text_the_facing_quotes_the_counts_and_the_collection(app: Flask, session: Session) -> None:
    theme = the_article(session).themes[0]
    published = committed(session, status=Status.PUBLISHED, themes=[theme])
    with recorded_statements(app) as statements:
        page = loaded(app)
    assert len(statements) == 6, statements
    assert page.article.labels[theme.slug]
    assert page.opening is not None
    assert page.opening.public_id == published.public_id
    (row,) = (row for row in page.facing if row.total)
    assert (row.first, [(other.note.public_id, other.is_quoted_elsewhere) for other in row.others]) == (
        None,
        [(published.public_id, True)],
    )
    assert (page.counts.total_published, page.shown_count, page.region_count, page.next, page.hits) == (
        1,
        1,
        1,
        None,
        None,
    )
    assert published.public_id in page.collection.cards


def test_a_text_that_leaves_between_two_statements_leaves_the_page(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(session, status=Status.PUBLISHED)
    rows = {collection.CARDS: {1: ["une carte"]}, collection.NOTES: {}}
    monkeypatch.setattr(collection, "rows_by_id", lambda _session, selected, _ids: rows[selected])
    page = loaded(app).collection
    assert (page.cards, page.count, page.next) == ("", 0, None)


def test_a_theme_has_its_own_voice_however_many_of_its_latest_stand_elsewhere(app: Flask, session: Session) -> None:
    """All texts speak of each theme; editors placed the latest beside headings without one."""
    article = the_article(session)
    themes = [theme for theme in article.themes if theme.slug != "autre"]
    texts = [published(session, number, themes=themes) for number in range(40)]
    by = by_editor(session)
    headings = [each.anchor for each in passages(article) if each.anchor.startswith("passage_")][:3]
    for number, text in enumerate(texts[-12:]):
        placements.place_testimonial(session, Place(article, headings[number % 3]), text, by=by)
        session.flush()
    session.commit()
    page = loaded(app)
    assert page.opening is not None
    firsts = {row.passage.anchor: row.first.public_id for row in page.facing if row.first}
    latest = [each.public_id for each in reversed(texts[:-12])]
    assert [firsts[theme.slug] for theme in themes] == latest[: len(themes)]
    assert page.opening.public_id == latest[len(themes)]
    assert [firsts[anchor] for anchor in headings] == [each.public_id for each in texts[-12:-9]]
    quoted = [page.opening.public_id, *firsts.values()]
    quoted += [other.note.public_id for row in page.facing for other in row.others if not other.is_quoted_elsewhere]
    assert len(quoted) == len(set(quoted))


@pytest.mark.parametrize("filters", [Filters(), Filters(theme="qualification"), Filters(words="gardiens")])
def test_the_margins_are_the_same_whatever_the_filters(app: Flask, session: Session, filters: Filters) -> None:
    """They are read from the whole page of the collection where it has all, else by theme: the same either way."""
    article = the_article(session)
    texts = [published(session, number, themes=[article.themes[number % 3]]) for number in range(9)]
    by = by_editor(session)
    for number, anchor in enumerate(("passage_produire-a-plusieurs", article.themes[1].slug)):
        placements.place_testimonial(session, Place(article, anchor), texts[number], by=by)
    session.commit()
    whole, filtered = loaded(app), loaded(app, filters)
    with app.app_context():
        margins = article_page.load_margins(db.session(), the_article(db.session()))
    assert (filtered.opening, filtered.facing) == (whole.opening, whole.facing)
    assert (margins.opening, margins.rows) == (whole.opening, whole.facing), "as the placements page says it"


def test_a_search_replaces_the_cards_with_hits(app: Flask, session: Session) -> None:
    committed(session, status=Status.PUBLISHED)
    matching, nothing = (loaded(app, Filters(words=words)) for words in ("gardiens", "zinzolin"))
    assert (matching.shown_count, matching.collection.cards) == (1, "")
    assert (nothing.shown_count, nothing.hits) == (0, [])
