"""A maximum matching of places and texts, by augmenting paths: a place has one text, a text stands in one place."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Text = TypeVar("Text", bound=Hashable)


def match_places(candidates: Mapping[str, Sequence[Text]]) -> dict[str, Text]:
    """Give a text to as many places as can have one; each place has its candidates, best first.

    A place takes its best candidate that no other has, and makes others move only where nothing else is left. A place
    that has a text keeps one: an earlier place never loses to a later one.
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
