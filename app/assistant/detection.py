"""hints(): the passages of a text that an editor should check."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from app.assistant import ages, care, health, numbers, places, stays, suicide
from app.assistant.kinds import Hint, HintKind
from app.assistant.names import names
from app.assistant.patterns import NAME_SIGN, ORGANISATION_SIGN, UPPER, folded, folded_rule, rule, word_list

COMMON_WORD, ACRONYM = re.compile(word_list("small")), re.compile(word_list("acronym"))
LONG_WORD = 7  # letters; acronyms are shorter
SENTENCE = re.compile(r"[^.!?\n]{40,600}+[.!?\n]?")
SHOUT = rf"(?-i:[{UPPER}’'\-]{{1,30}}+)"


def is_shouted(match: re.Match[str]) -> bool:
    """Whether words in capitals are ordinary words, not acronyms: at least two common or long ones."""
    words = [word for word in re.split(r"[^\w’']+", match[0].lower()) if word]
    return sum(map(is_ordinary, words)) > 1


def is_ordinary(word: str) -> bool:
    return bool(COMMON_WORD.fullmatch(word)) or (len(word) >= LONG_WORD and not ACRONYM.fullmatch(word))


TONE_RULES = (
    rule(HintKind.SHOUTING, rf"{SHOUT}(?:(?: |[,:;]){{1,3}}{SHOUT}){{2,40}}+", is_shouted),
    folded_rule(HintKind.SPAM, word_list("spam")),
    folded_rule(HintKind.SPAM, word_list("model")),
    folded_rule(HintKind.SPAM, rf"{word_list('placeholder')}|x{{3,60}}+|jj ?/ ?mm ?/ ?aaaa"),
)

# « [nom de la structure] », but not « [passage masqué] ».
BLANK = (
    "compl[ée]ter|remplir|pr[ée]ciser|ins[ée]rer|ajouter|votre|nom |nom\\b|pr[ée]nom|d[ée]finir|todo|indiquer|"
    "ville|date|ann[ée]e|lieu|exemple|structure|partenaire|texte"
)

# Patterns of signs rather than words.
SIGN_PATTERNS = (
    (HintKind.SHOUTING, re.compile(r"(?:[!?][\x20\xa0\u202f]?){2,60}[!?]")),
    (HintKind.SPAM, re.compile(r"([^\W\d_])\1{5,60}|_{4,60}+|…{3,60}+|[bcdfghjklmnpqrstvwxz]{6,60}+|\.{6,60}+")),
    (HintKind.SPAM, re.compile(rf"[\[<{{][^\]>}}\n]{{0,30}}(?:{BLANK})[^\]>}}\n]{{0,30}}[\]>}}]", re.IGNORECASE)),
)


def repeated_sentences(text: str) -> Iterator[Hint]:
    """Yield each sentence already seen in the same text: pasted twice, or generated."""
    seen: set[str] = set()
    for match in SENTENCE.finditer(text):
        sentence = match[0].strip()
        words = " ".join(re.findall(r"\w+", sentence.lower()))
        if words in seen:
            start = match.start() + match[0].index(sentence)
            yield Hint(start, start + len(sentence), HintKind.SPAM)
        seen.add(words)


RULES = (
    *numbers.NUMBER_RULES,
    *ages.AGE_RULES,
    *suicide.SUICIDE_RULES,
    *health.HEALTH_RULES,
    *care.CARE_RULES,
    *stays.STAY_RULES,
    *places.PLACE_RULES,
    *TONE_RULES,
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
    for each in RULES:
        for match in each.pattern.finditer(plain if each.is_folded else text):
            if each.accepts(match):
                yield Hint(*each.span(match), each.kind)
    for kind, pattern in SIGN_PATTERNS:
        for match in pattern.finditer(text):
            yield Hint(match.start(), match.end(), kind)
    yield from repeated_sentences(text)
