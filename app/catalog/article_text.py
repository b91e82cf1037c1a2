"""The article as it is read, without its testimonials: passages, themes, call; in one statement.

The HTML depends on these rows alone: it is cached by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import Date, and_, bindparam, false, literal, null, select, type_coerce, union_all

from app import sanitize
from app.articles.models import Article, Theme
from app.articles.passages import Passage, cut_passages
from app.db import AnySession
from app.db.prepared import PreparedQuery
from app.french import day
from app.testimonials.situation import Situation

ArticleRow = tuple[str, int, str, str, str, Any, str, str, str, bool]


@dataclass(frozen=True, eq=False)
class ArticleText:
    """An article as it is read; `names` are the labels of its themes and of the situations, by facet, in order."""

    id: int
    slug: str
    title: str
    summary: str
    published_on: date
    published_on_text: str
    passages: tuple[Passage, ...]
    call_title: str
    call: Markup
    is_open: bool
    names: Mapping[str, Mapping[str, str]]

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the themes, by slug, in the order of the article."""
        return self.names["theme"]

    @property
    def has_tables(self) -> bool:
        """Whether its page needs `tables.css`."""
        return any("<table" in passage.html for passage in self.passages)

    @property
    def passage_themes(self) -> list[str]:
        return [passage.theme for passage in self.passages if passage.theme]


def load_article_text(session: AnySession, slug: str) -> ArticleText | None:
    rows = tuple(ARTICLE_TEXT.rows(session, slug=slug))
    return build_article_text(rows) if rows else None


def article_rows() -> Any:
    """Select a row for the article, then one for each theme."""
    requested = and_(Article.slug == bindparam("slug"), Article.is_public)
    texts = [Article.slug, Article.title, Article.summary, Article.published_on, Article.body]
    call = [Article.call_title, Article.call, Article.is_open]
    theme = [Theme.position, Theme.slug, Theme.label, literal(""), type_coerce(null(), Date)]
    empty = [*[literal("")] * 3, false()]
    return union_all(
        select(literal("article"), Article.id, *texts, *call).where(requested),
        select(literal("theme"), *theme, *empty).join(Article).where(requested),
    )


ARTICLE_TEXT = PreparedQuery(article_rows())


@lru_cache(maxsize=32)
def build_article_text(rows: tuple[ArticleRow, ...]) -> ArticleText:
    (_, article_id, slug, title, summary, published_on, body, call_title, call, is_open), *_ = rows
    published_on = date.fromisoformat(str(published_on))  # SQLite stores a text
    themes = {row[2]: row[3] for row in sorted(rows, key=lambda row: row[1]) if row[0] == "theme"}
    return ArticleText(
        id=article_id,
        slug=slug,
        title=title,
        summary=summary,
        published_on=published_on,
        published_on_text=day(published_on),
        passages=cut_passages(body, tuple((label, slug) for slug, label in themes.items())),
        call_title=call_title,
        call=sanitize.prose_html(call),
        is_open=bool(is_open),  # SQLite stores a number
        names={
            "theme": {slug: sanitize.spaced(label) for slug, label in themes.items()},
            "situation": {situation.value: situation.label for situation in Situation},
        },
    )
