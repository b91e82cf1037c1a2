"""The words that stand in the margins of an article: the opening quote, and the testimonials facing each passage.

Nobody is quoted twice, unless editors placed them twice: who is quoted elsewhere stands by title and signature only.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from app.articles.passages import OPENING, Passage
from app.catalog.collection import MarginNote
from app.catalog.filters import ANY

MOST_OTHERS = 3  # of a passage, after the note in full

Notes = Mapping[str, Sequence[MarginNote]]
Text = TypeVar("Text", bound=Hashable)


class Other(NamedTuple):
    """A note after the first of a passage; one that is quoted elsewhere on the page is not quoted again."""

    note: MarginNote
    is_quoted_elsewhere: bool


class Facing(NamedTuple):
    """A passage, the note beside it in full, `MOST_OTHERS` more, and the number of testimonials of its theme."""

    passage: Passage
    first: MarginNote | None
    others: tuple[Other, ...]
    total: int


class Margins(NamedTuple):
    """The quote that opens the article, if it has a testimonial at all, and what faces each passage."""

    opening: MarginNote | None
    rows: tuple[Facing, ...]


def face(passages: Sequence[Passage], placed: Notes, latest: Notes, totals: Mapping[str, int]) -> Margins:
    """Arrange the notes that editors `placed`, by passage, and the `latest` of each theme where they placed none.

    A testimonial that editors placed stands there: elsewhere it is one of the others at most.
    """
    placed = {each.anchor: placed.get(each.anchor, ()) for each in passages} | {OPENING: placed.get(OPENING, ())[:1]}
    firsts = first_notes(passages, placed, latest)
    by_editors = {note.public_id for notes in placed.values() for note in notes}
    quoted = {note.public_id for note in firsts.values()}
    rows = []
    for passage in passages:
        at_heading = placed[passage.anchor] if passage.anchor != OPENING else ()
        first = firsts.get(passage.anchor) if passage.anchor != OPENING else None
        others = [Other(note, note.public_id in quoted) for note in at_heading[1:]]
        here = {note.public_id for note in at_heading} | ({first.public_id} if first else set())
        quoted |= here
        if passage.theme:
            more = [
                Other(note, note.public_id in quoted or note.public_id in by_editors)
                for note in latest.get(passage.theme, ())
                if note.public_id not in here
            ]
            others += islice(sorted(more, key=is_quoted_elsewhere), max(MOST_OTHERS - len(others), 0))
            quoted.update(other.note.public_id for other in others if not other.is_quoted_elsewhere)
        rows.append(Facing(passage, first, tuple(others), totals.get(passage.theme, 0) if passage.theme else 0))
    return Margins(firsts.get(OPENING), tuple(rows))


def first_notes(passages: Sequence[Passage], placed: Notes, latest: Notes) -> dict[str, MarginNote]:
    """Return the note in full of each place: the first that editors placed, else one that is quoted nowhere else.

    As many places as possible have one. The opening takes the latest advice that faces no passage; while all face
    one, the opening is served before the passages.
    """
    chosen = {place: notes[0] for place, notes in placed.items() if notes}
    by_editors = {note.public_id for notes in placed.values() for note in notes}
    free = {theme: [note for note in notes if note.public_id not in by_editors] for theme, notes in latest.items()}
    candidates = {
        each.anchor: free.get(each.theme, []) for each in passages if each.theme and each.anchor not in chosen
    }
    matched = match_places(candidates)
    if OPENING not in chosen:
        advice_first = sorted(free.get(ANY, []), key=lambda note: not note.is_advice)
        elsewhere = [note for note in advice_first if note not in matched.values()]
        if elsewhere:
            matched[OPENING] = elsewhere[0]
        else:
            matched = match_places({OPENING: advice_first} | candidates)
    return chosen | matched


def match_places(candidates: Mapping[str, Sequence[Text]]) -> dict[str, Text]:
    """Give a text to as many places as can have one, by augmenting paths; each place has its candidates, best first.

    A place takes its best free candidate; only a place without a free candidate moves the texts of others. A place
    with a text always keeps a text: an earlier place never loses to a later place.
    """
    holders: dict[Text, str] = {}

    def seat(place: str, tried: set[Text]) -> bool:
        """Find a text for a place, along an augmenting path."""
        for text in candidates[place]:
            if text not in holders:
                holders[text] = place
                return True
        for text in candidates[place]:
            if text not in tried:
                tried.add(text)
                if seat(holders[text], tried):
                    holders[text] = place
                    return True
        return False

    for place in candidates:
        seat(place, set())
    return {place: text for text, place in holders.items()}


def is_quoted_elsewhere(other: Other) -> bool:
    return other.is_quoted_elsewhere
