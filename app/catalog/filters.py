"""Filters of a collection, and the request of a page: filters and cursor. HTTP's side is `publication.query_string`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.catalog.facets import ANY, FACETS

# The names in a query string.
QUERY_NAMES: Mapping[str, str] = {
    "theme": "articulation",
    "situation": "situation",
    "region": "region",
    "partner": "partner",
    "words": "mots",
}

FacetKey = tuple[str, str, str, str]


class UnknownFilter(Exception):
    """A filter has a value that the article does not have; `facet` tells which filter."""

    def __init__(self, facet: str) -> None:
        super().__init__(facet)
        self.facet = facet


class Filters(NamedTuple):
    """A reader's filters; None lets everything through."""

    theme: str | None = None
    situation: str | None = None  # one of `SITUATION_VALUES`
    region: str | None = None
    partner: str | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != Filters()

    @property
    def key(self) -> FacetKey:
        """The key of the facet, within its article; the words are not part of it."""
        return (self.theme or ANY, self.situation or ANY, self.region or ANY, self.partner or ANY)

    @property
    def unquoted_words(self) -> str:
        """The words without quotation marks: the page has its own around them."""
        return self.words.strip('«»“”"\u00a0\u202f ') or self.words

    @property
    def parameters(self) -> dict[str, str]:
        return dict(zip(FACETS, self.key, strict=True))


@dataclass(frozen=True)
class CollectionRequest:
    """Filters and a cursor: `after` is the testimonial that ended the previous page."""

    filters: Filters
    after: str | None


WHOLE_COLLECTION = CollectionRequest(Filters(), None)
