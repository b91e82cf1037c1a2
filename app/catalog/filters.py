"""Filters of a collection, in one table, and the request of a page: filters and cursor."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import String, func, type_coerce

from app.territories.models import Department, Partner, Region
from app.testimonials.situation import SITUATION_VALUES
from app.testimonials.versions import Version

ANY = ""  # in a facet: no choice

FacetKey = tuple[str, ...]  # a value for each of `FACETS`

SITUATION = type_coerce(Version.situation, String)


@dataclass(frozen=True)
class Filter:
    """What a field of `Filters` is to query strings, facets, counts, the form of the collection and the API.

    `facts` are what a testimonial has in the facets' column of that name; a second one makes facets more. `named` are
    the columns of a value and of its name, where a table has them; else the article says the names.
    """

    query: str  # in a query string
    label: str = ""
    everything: str = "Toutes"  # the option of no choice
    facts: tuple[Any, ...] = ()
    named: tuple[Any, Any] | None = None
    values: Collection[str] = ()  # the only ones, of any article


def chosen(query: str, *facts: Any, default: str | None = None, **others: Any) -> Any:
    return field(default=default, metadata={"filter": Filter(query, *facts, **others)})


class UnknownFilter(Exception):
    """A filter has a value that the article does not have; `facet` tells which filter."""

    def __init__(self, facet: str) -> None:
        super().__init__(facet)
        self.facet = facet


@dataclass(frozen=True)
class Filters:
    """A reader's filters; None lets everything through."""

    theme: str | None = chosen("articulation", "Articulation")
    situation: str | None = chosen(
        "situation",
        "Situation",
        facts=(SITUATION, SITUATION.concat("-").concat(type_coerce(Version.became, String))),
        values=SITUATION_VALUES,
    )
    region: str | None = chosen("region", "Région", facts=(Department.region_code,), named=(Region.code, Region.name))
    partner: str | None = chosen(
        "partner", facts=(func.coalesce(Partner.slug, Version.partner_known),), named=(Partner.slug, Partner.name)
    )
    words: str = chosen("mots", default="")

    @property
    def is_narrowed(self) -> bool:
        return self != Filters()

    @property
    def key(self) -> FacetKey:
        """The key of the facet, within its article; the words are not part of it."""
        return tuple(getattr(self, name) or ANY for name in FACETS)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a query string."""
        return {each.query: value for name, each in FILTERS.items() if (value := getattr(self, name))}

    @property
    def unquoted_words(self) -> str:
        """The words without quotation marks: the page has its own around them."""
        return self.words.strip('«»“”"\u00a0\u202f ') or self.words

    @property
    def parameters(self) -> dict[str, str]:
        return dict(zip(FACETS, self.key, strict=True))


FILTERS: Mapping[str, Filter] = {each.name: each.metadata["filter"] for each in fields(Filters)}
FACETS = tuple(name for name in FILTERS if name != "words")


@dataclass(frozen=True)
class CollectionRequest:
    """Filters and a cursor: `after` is the testimonial that ended the previous page."""

    filters: Filters
    after: str | None


WHOLE_COLLECTION = CollectionRequest(Filters(), None)
