"""A testimonial's own page in one call: the testimonial in full, and its neighbours within the reader's choice."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, Self

from flask import current_app
from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.collection import latest_ids, rows_by_id, with_rendering
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import FacetCounts, chosen_labels, count_article_facets
from app.catalog.facets import Facet, is_facet
from app.catalog.filters import ANY, Filters, UnknownFilter
from app.catalog.listing import Item, item_by_id
from app.catalog.rendering import HAS_JSON, Rendering, facts_of, testimonial_path
from app.catalog.search_results import search_beside
from app.catalog.visibility import Outlet, visible
from app.db import is_read_only
from app.testimonials.attribution import Attribution, line_of
from app.testimonials.queries import agrees_to
from app.testimonials.questions import MORE, Question
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

# Others on the same themes: how many are quoted for each, by the number of themes, which are the first of its own.
QUOTED_OF_EACH = {0: 0, 1: 3, 2: 2}
CANDIDATES = 5  # of each theme: enough without itself and those quoted for the theme before


class Neighbour(NamedTuple):
    """A link to another testimonial, and its quote."""

    url: str
    heading: str
    byline: str
    quote: str

    @classmethod
    def of(cls, public_id: str, slug: str, document: str) -> Self:
        facts = json.loads(document)
        return cls(testimonial_path(public_id, slug), facts["title"], signed(facts), facts["quote"])


@dataclass(frozen=True)
class Nearby:
    """The testimonials published just after and just before, in the choice; the latest of each theme."""

    newer: Neighbour | None
    older: Neighbour | None
    same_themes: Mapping[str, Sequence[Neighbour]]


@dataclass(frozen=True)
class Choice:
    """The filters of the list that the reader came from, their labels, and its total; a search counts nothing: None."""

    filters: Filters
    labels: Sequence[str]
    total: int | None


@dataclass(frozen=True)
class Author:
    """The author as the attribution shows them; empty where it does not."""

    name: str = ""
    role: str = ""
    clsm: str = ""

    @classmethod
    def of(cls, attribution: Attribution, name: str, role: str, clsm: str) -> Self:
        match attribution:
            case Attribution.FULL:
                return cls(name, role, clsm)
            case Attribution.ROLE:
                return cls(role=role, clsm=clsm)
            case Attribution.CLSM:
                return cls(clsm=clsm)
            case Attribution.REGION:
                return cls()


@dataclass(frozen=True)
class TestimonialPage:
    """A testimonial in full: `document` is its JSON, `open_document` that of open outlets, `themes` their labels.

    `choice` is None for a reader who came without one, or with one that the article does not have.
    """

    article: ArticleText
    path: str
    public_id: str
    published_at: datetime
    document: Mapping[str, Any]
    open_document: Mapping[str, Any]
    themes: Mapping[str, str]
    answers: Markup
    author: Author
    takes_questions: bool
    nearby: Nearby
    choice: Choice | None

    @property
    def url(self) -> str:
        return f"{current_app.config['PUBLIC_URL']}{self.path}"

    @property
    def byline(self) -> str:
        return signed(self.document)

    @property
    def situation_line(self) -> str:
        return facts_of(self.document)[1]

    @property
    def more(self) -> list[tuple[Question, str]]:
        """The answers for which the page has no place of its own."""
        answers = ((question, self.document[question.name]) for question in MORE)
        return [(question, given["label"] if question.choices else given) for question, given in answers if given]


def signed(document: Mapping[str, Any]) -> str:
    return line_of(document["signature"], document["region"]["label"])


def load_testimonial_page(session: Session, public_id: str, filters: Filters | None = None) -> TestimonialPage | None:
    """Load a visible testimonial's page, in short statements; None where there is none.

    A choice takes one more, and its words a few for each neighbour.
    """
    row = session.execute(TESTIMONIAL_PAGE, {"public_id": public_id}).one_or_none()
    article = load_article_text(session, row.article) if row else None
    if row is None or article is None:
        return None
    testimonial_id, published_at, _, takes, open_document, attribution, name, role, clsm, *columns = row
    item = Item.of(columns)
    themes = item.themes_with_labels(article.labels)
    here = Cursor(published_at, testimonial_id, article.id)
    counts = count_choice(session, article, filters or Filters())
    return TestimonialPage(
        article=article,
        path=testimonial_path(item.public_id, item.slug),
        public_id=item.public_id,
        published_at=published_at,
        document=json.loads(item.document),
        open_document=json.loads(open_document),
        themes=themes,
        answers=item.answers,
        author=Author.of(attribution, name, role, clsm),
        takes_questions=takes,
        nearby=load_nearby(session, here, list(themes)[: max(QUOTED_OF_EACH)], counts),
        choice=choice_of(article, counts) if counts else None,
    )


def count_choice(session: Session, article: ArticleText, filters: Filters) -> FacetCounts | None:
    """Count a choice; None for none, and for one that the article does not have, or has no more."""
    if not filters.is_narrowed:
        return None
    try:
        return count_article_facets(session, article, filters)
    except UnknownFilter:
        return None


def choice_of(article: ArticleText, counts: FacetCounts) -> Choice:
    total = None if counts.filters.words else counts.matching
    return Choice(counts.filters, chosen_labels(article, counts), total)


TESTIMONIAL_PAGE = item_by_id(
    Outlet.PAGE,
    Testimonial.id,
    Testimonial.published_at,
    Article.slug.label("article"),
    agrees_to(Purpose.QUESTIONS),
    Outlet.OPEN.words(Rendering.document, Rendering.composed),
    Version.attribution,
    Version.author_name,
    Version.author_role,
    Version.clsm,
)


def load_nearby(session: Session, here: Cursor, themes: Sequence[str], counts: FacetCounts | None) -> Nearby:
    """Load the neighbours within a choice, and the latest of some themes, nobody twice."""
    facet_ids: dict[str, int] = dict(session.execute(FACET_IDS, {"article": here.article_id}).all())
    chosen = counts.facet_id(counts.filters) if counts else facet_ids.get(ANY, 0)
    newer = latest_ids(session, chosen, 2, here, is_back=True)
    older = latest_ids(session, chosen, 1, here)
    latest = [latest_ids(session, facet_ids.get(theme, 0), CANDIDATES) for theme in themes]
    rows = rows_by_id(session, NEIGHBOURS, [*{*newer, *older, *chain(*latest)} - {here.testimonial_id}])
    found = [[Neighbour.of(*rows[number]) for number in each if number in rows] for each in (newer, older, *latest)]
    if counts and counts.filters.words:
        for slot, is_newer in enumerate((True, False)):
            match = search_beside(session, counts, here.testimonial_id, newer=is_newer)
            found[slot] = [Neighbour.of(match.public_id, match.slug, match.document)] if match else []
    return Nearby(
        newer=next(iter(found[0]), None),
        older=next(iter(found[1]), None),
        same_themes=dict(quoted_once(themes, found[2:])),
    )


def quoted_once(
    themes: Sequence[str], found: Sequence[Sequence[Neighbour]]
) -> Iterator[tuple[str, Sequence[Neighbour]]]:
    quoted: set[Neighbour] = set()
    for theme, latest in zip(themes, found, strict=True):
        others = [each for each in latest if each not in quoted][: QUOTED_OF_EACH[len(themes)]]
        quoted |= set(others)
        if others:
            yield theme, others


NEIGHBOURS = with_rendering(Testimonial.public_id, Rendering.slug, Rendering.document).where(HAS_JSON)
# The facets that a theme alone narrows, and the one that nothing does.
FACET_IDS = select(Facet.theme, Facet.id).where(
    Facet.article_id == bindparam("article"), *is_facet(Filters(), but="theme")
)


def askable_testimonial(session: Session, *, public_id: str = "", number: int = 0) -> Testimonial | None:
    """Return a testimonial that readers have and whose author receives questions, locked in a POST; else None.

    Locked before it is asked: a consent is no column of the row, whose lock alone would not read it again.
    """
    named = Testimonial.public_id == public_id if public_id else Testimonial.id == number
    selected = visible().where(named, agrees_to(Purpose.QUESTIONS), Testimonial.article.has(Article.is_public))
    if not is_read_only():
        session.execute(select(Testimonial.id).where(named).with_for_update(of=Testimonial))
    return session.scalar(selected)
