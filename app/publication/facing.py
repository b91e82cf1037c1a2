"""What stands en regard: which testimonials face which passage of an article."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.articles.source import Passage
from app.testimonials.models import Testimonial

BESIDE_A_PASSAGE = 2


@dataclass(frozen=True)
class Facing:
    """A passage with what faces it: a few testimonials of its theme, and how many there are in all."""

    passage: Passage
    beside: Sequence[Testimonial]
    total: int


def face(passages: Sequence[Passage], testimonials: Sequence[Testimonial]) -> list[Facing]:
    """Set the latest testimonials of each theme beside its passage.

    One that already stands beside a passage is not repeated below, as long as the next passage has others. The latest
    that stands beside none faces the opening lines, so that the first screen shows what the page is about.
    """
    placed: set[int] = set()
    rows = []
    for passage in passages:
        themed = [each for each in testimonials if passage.theme in theme_slugs(each)] if passage.theme else []
        fresh_first = sorted(themed, key=lambda each: each.id in placed)
        beside = fresh_first[:BESIDE_A_PASSAGE]
        placed.update(each.id for each in beside)
        rows.append(Facing(passage, beside, len(themed)))
    unplaced = [each for each in testimonials if each.id not in placed]
    if unplaced and rows and not rows[0].passage.theme:
        rows[0] = replace(rows[0], beside=unplaced[:1])
    return rows


def theme_slugs(testimonial: Testimonial) -> set[str]:
    """Return the themes a shown testimonial speaks of."""
    return {theme.slug for theme in testimonial.shown.themes} if testimonial.shown else set()
