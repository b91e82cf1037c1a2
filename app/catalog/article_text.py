"""The article as it is read, without its testimonials: passages, themes, call; in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app import sanitize
from app.articles.call import Call
from app.articles.models import Article, Theme
from app.articles.opening import Opening
from app.articles.passages import Passage, cut_passages
from app.catalog.synthesis.models import SHOWN, Synthesis
from app.catalog.synthesis.statements import STANDS, sources
from app.db import now
from app.french import day
from app.testimonials.situation import situation_choices, unlisted_partners


@dataclass(frozen=True)
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
    has_synthesis: bool  # a statement of it stands now

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


def load_article_text(session: Session, slug: str) -> ArticleText | None:
    """Return a public article; None where there is none."""
    rows = session.execute(ARTICLE_TEXT, {"slug": slug}).all()
    if not rows:
        return None
    article, *_, has_synthesis = rows[0]
    themes = {row.theme: row.label for row in sorted(rows, key=lambda row: row.position) if row.theme}
    passages = cut_passages(article.body, tuple((label, theme) for theme, label in themes.items()))
    return ArticleText(
        id=article.id,
        slug=article.slug,
        title=article.title,
        summary=article.summary,
        published_on=article.published_on,
        published_on_text=day(article.published_on),
        passages=passages,
        call=article.call,
        invitation=sanitize.prose_html(article.call.invitation),
        is_open=article.takes_testimonials,
        opening=article.opening,
        opening_sentence=article.opening_sentence,
        names={
            "theme": {theme: sanitize.spaced(label) for theme, label in themes.items()},
            "situation": {value: sanitize.spaced(label) for value, label in situation_choices(article.call).items()},
            "partner": unlisted_partners(article.call),
        },
        has_tables=any("<table" in passage.html for passage in passages),
        has_synthesis=has_synthesis,
    )


# A row for each theme; one without where there is none.
ARTICLE_TEXT = (
    select(
        *(Article, Theme.position, Theme.slug.label("theme"), Theme.label),
        sources().where(Synthesis.article_id == Article.id, *SHOWN, STANDS).correlate(Article).exists(),
    )
    .outerjoin(Article.themes)
    .where(Article.slug == bindparam("slug"), Article.is_public)
)
