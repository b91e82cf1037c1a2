"""The article's page in one call: text, margins, facet counts, and a page of the collection or of a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.passages import passages
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.collection import CollectionPage, MarginNote, collection_page
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import FacetCounts, count_article_facets, count_facets
from app.catalog.facets import ANY
from app.catalog.filters import CollectionRequest, Filters
from app.catalog.insight import Insight, insight_of
from app.catalog.margins import Facing, Margins, face
from app.catalog.search_results import SearchHit, search_collection, search_hit


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
