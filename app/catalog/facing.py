"""The testimonials that face each passage of an article."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.articles.source import Passage
from app.catalog.collection import MarginNote
from app.catalog.facets import ANY

NOTES_BESIDE_A_PASSAGE = 2


class Facing(NamedTuple):
    """A passage, the notes beside it, and the number of testimonials of its theme."""

    passage: Passage
    beside: tuple[MarginNote, ...]
    total: int


def face(
    passages: Sequence[Passage],
    placed: Mapping[str, Sequence[MarginNote]],
    latest: Mapping[str, Sequence[MarginNote]],
    totals: Mapping[str, int],
) -> tuple[Facing, ...]:
    """Return each passage with the notes that editors placed for its theme, then the latest, `NOTES_BESIDE_A_PASSAGE`.

    One that is beside a passage already comes after those that are not. The latest that is beside none faces the
    opening lines, so that the first screen shows what the page is about.
    """
    used = {note.public_id for notes in placed.values() for note in notes}
    rows: list[Facing] = []
    for passage in passages:
        beside = list(placed.get(passage.theme, ())) if passage.theme else []
        here = {note.public_id for note in beside}
        others = [note for note in latest.get(passage.theme, ()) if note.public_id not in here] if passage.theme else []
        unused_first = sorted(others, key=lambda note: note.public_id in used)
        beside += unused_first[: max(NOTES_BESIDE_A_PASSAGE - len(beside), 0)]
        used.update(note.public_id for note in beside)
        rows.append(Facing(passage, tuple(beside), totals.get(passage.theme, 0) if passage.theme else 0))
    unused = [note for note in latest.get(ANY, ()) if note.public_id not in used]
    if unused and rows and not rows[0].passage.theme:
        rows[0] = rows[0]._replace(beside=tuple(unused[:1]))
    return tuple(rows)
