"""Alignment: the words of an edit beside those it changes, read as a correction where that can be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from app.spelling.near_words import is_joined, is_near
from app.spelling.words import Word

MASK_LENGTH = 12  # words that one mask hides at most
JOINED = 3  # words that may be written as one, or one as them
EFFORT = 50_000  # steps of a search: no correction of a text that people wrote needs as many
# « Nous nous réunissons »: taking one out changes what is said.
REFLEXIVE = frozenset(("nous", "vous"))


class Cost(NamedTuple):
    """What a correction changed, in words; the least is the best."""

    changed: int = 0
    masked: int = 0
    near: int = 0
    repeated: int = 0

    def and_also(self, other: Self) -> Self:
        return type(self)(*map(sum, zip(self, other, strict=True)))


class Step(NamedTuple):
    """How an edit goes on: words of the base, the words written for them, what that costs."""

    taken: int
    written: int
    cost: Cost


@dataclass(frozen=True)
class Alignment:
    """An edit and its base, less what is the same at both ends; `most_changed` and `most_masked` words are allowed."""

    base: Sequence[Word]
    edited: Sequence[Word]
    most_changed: int
    most_masked: int

    def least_cost(self) -> Cost | None:
        """Return what the edit changed as a correction; None where it is no correction.

        The search follows the edit word by word and keeps, at each, the places of the base that it may have come to.
        They are few: a correction goes on where it stands.
        """
        start, end = same_ends(self.base, self.edited)
        until, last = len(self.base) - end, len(self.edited) - end
        found: list[dict[int, Cost]] = [{} for _ in range(len(self.edited) + 1)]
        found[start][start] = Cost()
        effort = 0
        for at in range(start, last + 1):
            self._skip_repeated(found[at], until)
            for place, cost in found[at].items():
                for step in self._steps(place, until, at, last):
                    self._keep(found[at + step.written], place + step.taken, cost.and_also(step.cost))
                    effort += 1
            if effort > EFFORT:
                return None
        return found[last].get(until)

    def _keep(self, found: dict[int, Cost], place: int, cost: Cost) -> None:
        is_within = cost.changed <= self.most_changed and cost.masked <= self.most_masked
        if is_within and (place not in found or cost < found[place]):
            found[place] = cost

    def _skip_repeated(self, found: dict[int, Cost], until: int) -> None:
        for start in sorted(found):
            place = start
            while place in found and 0 < place < until and is_repeated(self.base[place - 1], self.base[place]):
                self._keep(found, place + 1, found[place].and_also(Cost(changed=1, repeated=1)))
                place += 1

    def _steps(self, place: int, until: int, at: int, last: int) -> Iterator[Step]:
        if place == until or at == last:
            return
        old, new = self.base[place], self.edited[at]
        if is_same(old, new):
            yield Step(1, 1, Cost())
        elif new.is_mask:
            for length in range(1, maskable(self.base, place, until) + 1):
                yield Step(length, 1, Cost(masked=length))
        else:
            if is_near(old, new):
                yield Step(1, 1, Cost(changed=1, near=1))
            for length in range(2, JOINED + 1):
                parts = self.base[place : min(place + length, until)]
                if len(parts) == length and is_joined(parts, [new]):
                    yield Step(length, 1, joining_cost(parts, [new]))
                parts = self.edited[at : min(at + length, last)]
                if len(parts) == length and is_joined([old], parts):
                    yield Step(1, length, joining_cost([old], parts))


def same_ends(base: Sequence[Word], edited: Sequence[Word]) -> tuple[int, int]:
    """Return how many words are the same at the start, and at the end after these."""
    most = min(len(base), len(edited))
    start = next((at for at in range(most) if not is_same(base[at], edited[at])), most)
    most -= start
    return start, next((at for at in range(most) if not is_same(base[-1 - at], edited[-1 - at])), most)


def is_same(old: Word, new: Word) -> bool:
    return old.letters == new.letters or old.compared == new.compared


def is_repeated(first: Word, second: Word) -> bool:
    return second.is_letters and first.letters == second.letters and second.letters not in REFLEXIVE


def maskable(base: Sequence[Word], place: int, until: int) -> int:
    """Return how many words, from a place on, one mask may hide: of one sentence, none of which denies."""
    length = 0
    for word in base[place : min(place + MASK_LENGTH, until)]:
        if word.denies or word.sentence != base[place].sentence:
            break
        length += 1
    return length


def joining_cost(before: Sequence[Word], after: Sequence[Word]) -> Cost:
    """Return what joining or cutting costs: nothing, or a word where accents changed too."""
    changed = int("".join(word.letters for word in before) != "".join(word.letters for word in after))
    return Cost(changed=changed, near=changed)
