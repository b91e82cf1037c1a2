"""The article as it is read, without its testimonials: passages, themes, call; in one statement.

The HTML depends on these rows alone: it is cached by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import Date, Text, and_, bindparam, false, literal, null, select, type_coerce, union_all

from app import sanitize
from app.articles.call import Call, call_of
from app.articles.models import Article, Theme
from app.articles.opening import Opening
from app.articles.passages import Passage, cut_passages
from app.catalog.synthesis.claims import STANDS, sources
from app.catalog.synthesis.models import SHOWN, Synthesis
from app.db import AnySession, UTCDateTime, now
from app.db.prepared import PreparedQuery
from app.french import day
from app.testimonials.situation import situation_choices, unlisted_partners

ArticleRow = tuple[str, int, str, str, str, Any, str, str, bool, Any, Any, Any, bool]


@dataclass(frozen=True, eq=False)
class ArticleText:
    """An article as it is read; `names` are the labels of what it lists itself, by facet, in order.

    Those of the partners are the answers that name none of a list: « un autre », « je ne sais pas ».
    `is_open`: its call takes testimonials now; `opening_sentence`: until when, or since when it does not.
    """

    id: int
    slug: str
    title: str
    summary: str
    published_on: date
    published_on_text: str
    passages: tuple[Passage, ...]
    call: Call
    invitation: Markup
    is_open: bool
    opening: Opening
    opening_sentence: str
    names: Mapping[str, Mapping[str, str]]
    has_tables: bool  # its page needs `tables.css`
    has_synthesis: bool  # a claim of it stands now

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the themes, by slug, in the order of the article."""
        return self.names["theme"]

    @property
    def is_early(self) -> bool:
        """Whether its call is to open on a day to come, if it is not open."""
        return self.opening.is_open and not self.is_open and not self.opening.is_over(now())

    @property
    def passage_themes(self) -> list[str]:
        return [passage.theme for passage in self.passages if passage.theme]


def load_article_text(session: AnySession, slug: str) -> ArticleText | None:
    rows = tuple(ARTICLE_TEXT.rows(session, slug=slug))
    if not rows:
        return None
    opening, at = Opening.stored(*rows[0][8:12]), now()
    return build_article_text(rows, opening, opening.takes_testimonials(at), opening.sentence(at))


def article_rows() -> Any:
    """Select a row for the article, then one for each theme."""
    requested = and_(Article.slug == bindparam("slug"), Article.is_public)
    texts = [Article.slug, Article.title, Article.summary, Article.published_on, Article.body]
    call = [type_coerce(Article.call, Text), Article.is_open, Article.closed_at, Article.opens_at, Article.closes_at]
    stands = sources().where(Synthesis.article_id == Article.id, *SHOWN, STANDS).correlate(Article).exists()
    theme = [Theme.position, Theme.slug, Theme.label, literal(""), type_coerce(null(), Date)]
    no_moment = type_coerce(null(), UTCDateTime)
    empty = [*[literal("")] * 2, false(), no_moment, no_moment, no_moment, false()]
    return union_all(
        select(literal("article"), Article.id, *texts, *call, stands).where(requested),
        select(literal("theme"), *theme, *empty).join(Article).where(requested),
    )


ARTICLE_TEXT = PreparedQuery(article_rows())


@lru_cache(maxsize=32)
def build_article_text(
    rows: tuple[ArticleRow, ...], opening: Opening, is_open: bool, opening_sentence: str
) -> ArticleText:
    (_, article_id, slug, title, summary, published_on, body, call_text, *_, has_synthesis), *_ = rows
    call = call_of(call_text)
    published_on = date.fromisoformat(str(published_on))  # SQLite stores a text
    themes = {row[2]: row[3] for row in sorted(rows, key=lambda row: row[1]) if row[0] == "theme"}
    cut = cut_passages(body, tuple((label, slug) for slug, label in themes.items()))
    return ArticleText(
        id=article_id,
        slug=slug,
        title=title,
        summary=summary,
        published_on=published_on,
        published_on_text=day(published_on),
        passages=cut,
        call=call,
        invitation=sanitize.prose_html(call.invitation),
        is_open=is_open,
        opening=opening,
        opening_sentence=opening_sentence,
        names={
            "theme": {slug: sanitize.spaced(label) for slug, label in themes.items()},
            "situation": {value: sanitize.spaced(label) for value, label in situation_choices(call).items()},
            "partner": unlisted_partners(call),
        },
        has_tables=any("<table" in passage.html for passage in cut),
        has_synthesis=bool(has_synthesis),
    )
