"""The article's page in one call: text, margins, facet counts, what these tell together, the collection or a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.passages import passages
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.collection import CollectionPage, MarginNote, collection_page
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import FacetCounts, count_article_facets, count_facets
from app.catalog.facing import Facing, Margins, face
from app.catalog.filters import ANY, CollectionRequest, Filters
from app.catalog.search_results import SearchHit, search_collection, search_hit
from app.territories.tile_map import SHAPES, Square


class SituationFigure(NamedTuple):
    """A situation with its published testimonials, and their share in percent."""

    value: str
    label: str
    total: int
    share: int


class RegionFigure(NamedTuple):
    """A région on the map: its outline, where its figure stands, and whether it is among the most heard."""

    code: str
    name: str
    path: str
    place: Square
    total: int
    is_dark: bool


class Insight(NamedTuple):
    """The figures of a whole collection, before the reader's filters; `rest` is the outline of the other régions.

    Régions are in the order in which the map is read, by line from the north, so that their names follow its figures.
    """

    total: int
    situations: Sequence[SituationFigure]
    regions: Sequence[RegionFigure]
    rest: str


def insight_of(counts: FacetCounts, situations: Mapping[str, str]) -> Insight | None:
    """Return what a collection tells together; None where it has no testimonial."""
    total, names = counts.total_published, counts.names["region"]
    if not total:
        return None
    by_situation = counts.choices("situation", situations, Filters())
    by_region = counts.choices("region", names, Filters())
    most = max(by_region.values(), default=0)
    return Insight(
        total,
        situations=[
            SituationFigure(value, situations[value], told, share=round(100 * told / total))
            for value, told in by_situation.items()
        ],
        regions=[
            RegionFigure(code, names[code], *SHAPES[code], told, is_dark=1 < most < 2 * told)
            for code, told in sorted(by_region.items(), key=lambda figure: SHAPES[figure[0]].middle[::-1])
        ],
        rest="".join(shape.path for code, shape in SHAPES.items() if code not in by_region),
    )


@dataclass(frozen=True)
class ArticlePage:
    """An article's page for readers, and for admins before they save; `hits` is None without a search."""

    article: ArticleText
    request: CollectionRequest
    opening: MarginNote | None
    facing: Sequence[Facing]
    counts: FacetCounts
    collection: CollectionPage
    hits: Sequence[SearchHit] | None
    next: str | None

    @property
    def shown_count(self) -> int:
        return self.collection.count if self.hits is None else len(self.hits)

    @property
    def ranks(self) -> tuple[int, int] | None:
        """The ranks of the first and the last testimonial shown; None where they are not counted, as in a search."""
        before, count = self.collection.before, self.collection.count
        return None if before is None or not count else (before + 1, before + count)

    @property
    def insight(self) -> Insight | None:
        names = self.article.names["situation"]
        return insight_of(self.counts, {value: names[value] for value in self.article.call.situations})

    @property
    def region_count(self) -> int:
        return len(self.counts.choices("region", self.counts.names["region"], Filters()))


def load_margins(session: Session, article: Article) -> Margins:
    """Load what stands in the margins of an article, public or not, as its page shows it."""
    article_passages = passages(article)
    themes = [each.theme for each in article_passages if each.theme]
    counts = count_facets(session, article.id, Filters())
    page = collection_page(session, article.id, counts, [ANY, *themes], None)
    return face(article_passages, page.placed, page.latest, counts.choices("theme", themes, Filters()))


def load(session: Session, slug: str, request: CollectionRequest) -> ArticlePage | None:
    """Load the page of a public article, in short statements; None where there is no article.

    Raises `UnknownFilter` and `UnknownCursor`.
    """
    article = load_article_text(session, slug)
    if article is None:
        return None
    words = request.filters.words
    # A search may stop at a testimonial of another article.
    after = Cursor.after(session, request.after, None if words else article.id)
    counts = count_article_facets(session, article, request.filters)
    page = collection_page(session, article.id, counts, [ANY, *article.passage_themes], after)
    results = search_collection(session, counts, after) if words else None
    margins = face(article.passages, page.placed, page.latest, counts.choices("theme", article.labels, Filters()))
    return ArticlePage(
        article=article,
        request=request,
        opening=margins.opening,
        facing=margins.rows,
        counts=counts,
        collection=page,
        hits=[search_hit(each, words) for each in results.matches] if results else None,
        next=results.next if results else page.next,
    )
