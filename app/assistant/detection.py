"""hints(): the passages of a text that an editor should check."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from app.assistant import ages, care, health, numbers, places, stays, suicide, tone
from app.assistant.kinds import Hint, HintKind
from app.assistant.names import names
from app.assistant.patterns import NAME_SIGN, ORGANISATION_SIGN, folded

RULES = (
    *numbers.NUMBER_RULES,
    *ages.AGE_RULES,
    *suicide.SUICIDE_RULES,
    *health.HEALTH_RULES,
    *care.CARE_RULES,
    *stays.STAY_RULES,
    *places.PLACE_RULES,
    *tone.TONE_RULES,
)
KIND_RANKS = {kind: rank for rank, kind in enumerate(HintKind)}


def hints(text: str, organisations: tuple[str, ...] = ()) -> list[Hint]:
    """Return the passages to check, in the order of the text; `organisations` are names of no person.

    None overlap: overlapping hints of one kind are merged, and of two kinds the one declared first in `HintKind` wins.
    """
    result: list[Hint] = []
    taken = bytearray(len(text))
    for _, same_kind in groupby(sorted(raw_hints(text, organisations), key=kind_rank), key=kind_rank):
        for hint in merge_overlaps(sorted(same_kind)):
            if not any(taken[hint.start : hint.end]):
                taken[hint.start : hint.end] = b"\1" * (hint.end - hint.start)
                result.append(hint)
    return sorted(result)


@lru_cache(maxsize=64)
def any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted({folded(name) for name in names}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def kind_rank(hint: Hint) -> int:
    return KIND_RANKS[hint.kind]


def merge_overlaps(hints: Iterable[Hint]) -> list[Hint]:
    """Merge overlapping hints of one kind, sorted by start."""
    result: list[Hint] = []
    for hint in hints:
        if result and hint.start < result[-1].end:
            result[-1] = replace(result[-1], end=max(hint.end, result[-1].end))
        else:
            result.append(hint)
    return result


def raw_hints(text: str, organisations: tuple[str, ...]) -> Iterator[Hint]:
    """Yield the matches of every rule; several may match the same words."""
    plain = folded(text)
    if organisations:
        plain = any_of(organisations).sub(lambda match: ORGANISATION_SIGN * len(match[0]), plain)
    persons = [hint for hint in names(text, plain) if ORGANISATION_SIGN not in plain[hint.start : hint.end]]
    yield from persons
    for hint in persons:
        plain = plain[: hint.start] + NAME_SIGN * (hint.end - hint.start) + plain[hint.end :]
    for rule in RULES:
        for match in rule.pattern.finditer(plain if rule.is_folded else text):
            if rule.accepts(match):
                yield Hint(*rule.span(match), rule.kind)
    for kind, pattern in tone.SIGN_PATTERNS:
        for match in pattern.finditer(text):
            yield Hint(match.start(), match.end(), kind)
    yield from tone.repeated_sentences(text)
