"""The places of an article on the placements page: what editors placed, what stands there, what is offered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.articles.passages import OPENING, Passage
from app.catalog import placements
from app.catalog.article_page import load_margins
from app.catalog.collection import MarginNote, latest_of_theme, visible_among
from app.catalog.facets import ANY
from app.catalog.margins import Facing, Other
from app.catalog.placements import Placement
from app.sanitize import trusted_html
from app.testimonials.models import Testimonial

OPENING_PASSAGE = Passage(trusted_html(""), None, OPENING, "En ouverture de l’article")
MAX_OFFERED = 30  # the latest; an older one is placed from its review page


@dataclass(frozen=True, kw_only=True)
class PlaceOptions:
    """A place, what editors placed there, the notes that stand there, and the testimonials that can be added.

    Of a placement whose testimonial is not published, the testimonial is None. `total` counts those of the theme; it
    is None in a place without one.
    """

    passage: Passage
    total: int | None
    first: MarginNote | None
    others: Sequence[Other]
    placed: Sequence[tuple[Placement, Testimonial | None]]
    offered: Sequence[Testimonial]

    @property
    def is_opening(self) -> bool:
        return self.passage.anchor == OPENING

    @property
    def id(self) -> str:
        return place_id(self.passage.anchor)

    @property
    def is_full(self) -> bool:
        return not self.is_opening and len(self.placed) >= placements.MOST_PLACED

    @property
    def shown(self) -> list[Testimonial]:
        return [testimonial for _, testimonial in self.placed if testimonial is not None]

    @property
    def added(self) -> list[MarginNote]:
        """Return the notes that stand after the first without an editor's choice."""
        placed = {each.public_id for each in self.shown}
        return [other.note for other in self.others if other.note.public_id not in placed]


def place_id(anchor: str) -> str:
    """Return the id of a place in the page; no passage has that of the opening."""
    return anchor or "ouverture_"


def places_of(session: Session, article: Article, selected: Testimonial | None) -> Iterator[PlaceOptions]:
    """Yield the places of an article in its order, the opening first; `selected` comes first among those offered."""
    margins = load_margins(session, article)
    opening = Facing(OPENING_PASSAGE, margins.opening, (), 0)
    rows = (opening, *(row for row in margins.rows if row.passage.anchor != OPENING))
    by_passage = placements.placements_by_passage(session, article)
    all_ids = {each.testimonial_id for placed in by_passage.values() for each in placed}
    visible = {each.id: each for each in session.scalars(visible_among(all_ids))}
    themes = {row.passage.theme or ANY for row in rows}
    latest = {theme: session.scalars(latest_of_theme(article.id, theme, MAX_OFFERED)).all() for theme in themes}
    first_offered = [selected] if selected is not None and selected.shown is not None else []
    for row in rows:
        passage = row.passage
        placed = by_passage.get(passage.anchor, [])
        placed_ids = [placement.testimonial_id for placement in placed]
        candidates = [*first_offered, *latest[passage.theme or ANY]]
        yield PlaceOptions(
            passage=passage,
            total=row.total if passage.theme else None,
            first=row.first,
            others=row.others,
            placed=[(each, visible.get(each.testimonial_id)) for each in placed],
            offered=[*{each.id: each for each in candidates if each.id not in placed_ids}.values()],
        )
