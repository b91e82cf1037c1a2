"""What an article's page says besides its testimonials: the text, and its articulations; in one statement.

What is made of it, safe HTML above all, depends on these rows alone, and is made once for the same rows.
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
from app.articles.source import Passage, cut_passages
from app.db import AnySession
from app.db.prepared import PreparedQuery
from app.french import day
from app.testimonials.situation import Situation

ArticleRow = tuple[str, int, str, str, str, Any, str, str, str, bool]


@dataclass(frozen=True, eq=False)
class ArticleText:
    """An article as it is read; `names` are those of its articulations and of the situations, in order."""

    id: int
    slug: str
    title: str
    summary: str
    published_on: date
    published_on_said: str
    passages: tuple[Passage, ...]
    call_title: str
    call: Markup
    is_open: bool
    names: Mapping[str, Mapping[str, str]]

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the articulations, by slug, in the order of the article."""
        return self.names["theme"]

    @property
    def faced(self) -> list[str]:
        """Return the articulations that a passage describes, in the order of the article."""
        return [passage.theme for passage in self.passages if passage.theme]


def load_article_text(session: AnySession, slug: str) -> ArticleText | None:
    rows = tuple(ARTICLE_TEXT.rows(session, slug=slug))
    return build_article_text(rows) if rows else None


def article_rows() -> Any:
    """Return the statement: a row for the article, then one for each articulation."""
    asked = and_(Article.slug == bindparam("slug"), Article.is_public)
    no_date = type_coerce(null(), Date)
    nothing = [*[literal("")] * 3, false()]
    return union_all(
        select(
            literal("article"),
            Article.id,
            Article.slug,
            Article.title,
            Article.summary,
            Article.published_on,
            Article.body,
            Article.call_title,
            Article.call,
            Article.is_open,
        ).where(asked),
        select(literal("theme"), Theme.position, Theme.slug, Theme.label, literal(""), no_date, *nothing)
        .join(Article)
        .where(asked),
    )


ARTICLE_TEXT = PreparedQuery(article_rows())


@lru_cache(maxsize=32)
def build_article_text(rows: tuple[ArticleRow, ...]) -> ArticleText:
    """Return what rows make: the same, whenever and however often."""
    (_, number, slug, title, summary, published_on, body, call_title, call, is_open), *_ = rows
    published_on = date.fromisoformat(str(published_on))  # which SQLite keeps as a text
    themes = {row[2]: row[3] for row in sorted(rows, key=lambda row: row[1]) if row[0] == "theme"}
    return ArticleText(
        id=number,
        slug=slug,
        title=title,
        summary=summary,
        published_on=published_on,
        published_on_said=day(published_on),
        passages=cut_passages(body, tuple((label, slug) for slug, label in themes.items())),
        call_title=call_title,
        call=sanitize.prose_html(call),
        is_open=bool(is_open),  # which SQLite keeps as a number
        names={
            "theme": {slug: sanitize.spaced(label) for slug, label in themes.items()},
            "situation": {situation.value: situation.label for situation in Situation},
        },
    )
