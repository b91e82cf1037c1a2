"""What stands en regard: which testimonials face which passage of an article."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.articles.source import Passage
from app.catalog.collection import MarginNote

BESIDE_A_PASSAGE = 2

# Among the latest, those of the whole article.
OF_ANY_THEME = ""


class Facing(NamedTuple):
    """A passage with what faces it: a few testimonials, and how many speak of its theme in all."""

    passage: Passage
    beside: tuple[MarginNote, ...]
    total: int


def face(
    passages: Sequence[Passage],
    chosen: Mapping[str, Sequence[MarginNote]],
    latest: Mapping[str, Sequence[MarginNote]],
    totals: Mapping[str, int],
) -> tuple[Facing, ...]:
    """Set beside each passage what an editor chose for its theme, then the latest of it, up to `BESIDE_A_PASSAGE`.

    One that already stands beside a passage is not repeated by itself beside another, as long as there are others. The
    latest that stands beside none faces the opening lines, so that the first screen shows what the page is about.
    """
    placed = {each.public_id for several in chosen.values() for each in several}
    rows: list[Facing] = []
    for passage in passages:
        beside = list(chosen.get(passage.theme, ())) if passage.theme else []
        here = {each.public_id for each in beside}
        others = [each for each in latest.get(passage.theme, ()) if each.public_id not in here] if passage.theme else []
        fresh_first = sorted(others, key=lambda each: each.public_id in placed)
        beside += fresh_first[: max(BESIDE_A_PASSAGE - len(beside), 0)]
        placed.update(each.public_id for each in beside)
        rows.append(Facing(passage, tuple(beside), totals.get(passage.theme, 0) if passage.theme else 0))
    unplaced = [each for each in latest.get(OF_ANY_THEME, ()) if each.public_id not in placed]
    if unplaced and rows and not rows[0].passage.theme:
        rows[0] = rows[0]._replace(beside=tuple(unplaced[:1]))
    return tuple(rows)
