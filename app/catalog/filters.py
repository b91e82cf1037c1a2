"""Filters and cursor: how a reader narrows the collection, and where a page starts."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.catalog.facets import ANY, FACETS
from app.testimonials.situation import Situation

# How each is called in an address.
QUERY_NAMES: Mapping[str, str] = {
    "theme": "articulation",
    "situation": "situation",
    "region": "region",
    "crpv": "crpv",
    "words": "mots",
}


FacetKey = tuple[str, str, str, str]


class UnknownFilter(Exception):
    """A filter has a value that the article does not have; `facet` tells which filter."""

    def __init__(self, facet: str) -> None:
        super().__init__(facet)
        self.facet = facet


@dataclass(frozen=True)
class Filters:
    """What a reader narrows the collection to; None is everything."""

    theme: str | None = None
    situation: Situation | None = None
    region: str | None = None
    crpv: str | None = None
    words: str = ""

    @property
    def narrow(self) -> bool:
        return self != Filters()

    @property
    def key(self) -> FacetKey:
        """Return the shelf asked for, within its article; it does not depend on the words."""
        return (self.theme or ANY, self.situation or ANY, self.region or ANY, self.crpv or ANY)

    @property
    def quoted(self) -> str:
        """Return the words, without quotation marks that would be around those of the page."""
        return self.words.strip('«»“”"\u00a0\u202f ') or self.words

    @property
    def named(self) -> dict[str, str]:
        return dict(zip(FACETS, self.key, strict=True))


@dataclass(frozen=True)
class CollectionRequest:
    """The reader's choice; `after` is the testimonial that the page before ended with."""

    filters: Filters
    after: str | None


WHOLE_COLLECTION = CollectionRequest(Filters(), None)
