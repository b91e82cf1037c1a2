"""hints(): every passage of a text that an editor should look at."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from app.assistant import numbers, persons, places, tone
from app.assistant.kinds import Hint, HintKind

RULES = (*numbers.RULES, *persons.RULES, *places.RULES, *tone.RULES)
RANK = {kind: rank for rank, kind in enumerate(HintKind)}


def hints(text: str) -> list[Hint]:
    """Return the passages to look at, in the order of the text.

    No two overlap: those of one kind become one, and of two kinds the one that `HintKind` names first is kept.
    """
    kept: list[Hint] = []
    taken = bytearray(len(text))
    for _, of_kind in groupby(sorted(rule_hits(text), key=rank), key=rank):
        for hint in merge_overlaps(sorted(of_kind)):
            if not any(taken[hint.start : hint.end]):
                taken[hint.start : hint.end] = b"\1" * (hint.end - hint.start)
                kept.append(hint)
    return sorted(kept)


def rank(hint: Hint) -> int:
    """Return where a hint's kind stands."""
    return RANK[hint.kind]


def merge_overlaps(of_kind: Iterable[Hint]) -> list[Hint]:
    """Return hints of one kind, by their start, with those that overlap made one."""
    result: list[Hint] = []
    for hint in of_kind:
        if result and hint.start < result[-1].end:
            result[-1] = replace(result[-1], end=max(hint.end, result[-1].end))
        else:
            result.append(hint)
    return result


def rule_hits(text: str) -> Iterator[Hint]:
    """Yield what each rule finds; the same words may be found by several."""
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            if rule.holds(match):
                yield Hint(match.start(), match.end(), rule.kind)
    for kind, pattern in tone.SIGNS:
        for match in pattern.finditer(text):
            yield Hint(match.start(), match.end(), kind)
    yield from tone.repeated(text)
