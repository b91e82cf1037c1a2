"""What changed between two versions, word by word, answer by answer."""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import count

from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]  # it ships no types

from app.testimonials.questions import answers_of
from app.testimonials.versions import Version

# A word, a stretch of white space, or one sign: what is marked is never half a word.
TOKEN = re.compile(r"\w+(?:[’'-]\w+)*|\s+|.", re.DOTALL)
# Each token travels as one character, so that the search goes word by word; from here on, none is a surrogate.
FIRST_SIGN = 0x10000
LONGEST = 2  # seconds of search for the shortest comparison; after that, a longer one is right too


class RunKind(Enum):
    """What became of some words."""

    KEPT = 0
    REMOVED = -1
    ADDED = 1


@dataclass(frozen=True)
class Run:
    """Some words in a row that met the same fate."""

    fate: RunKind
    words: str


@dataclass(frozen=True)
class Change:
    """An answer that is not the same in two versions, under the heading its readers see."""

    heading: str
    runs: list[Run]


def changed_answers(before: Version, after: Version) -> list[Change]:
    """Return the answers that differ between two versions, in the order readers meet them."""
    old, new = answers_of(before), answers_of(after)
    headings = list(dict.fromkeys((*new, *old)))
    return [
        Change(heading, compare_words(old.get(heading, ""), new.get(heading, "")))
        for heading in headings
        if old.get(heading) != new.get(heading)
    ]


def compare_words(before: str, after: str) -> list[Run]:
    """Return two texts as one: what is kept, removed and added, in reading order."""
    search = diff_match_patch()
    search.Diff_Timeout = LONGEST
    signs: dict[str, str] = {}
    free = map(chr, count(FIRST_SIGN))
    coded = ["".join(signs.setdefault(token, next(free)) for token in TOKEN.findall(text)) for text in (before, after)]
    tokens = {sign: token for token, sign in signs.items()}
    found = search.diff_main(*coded, False)
    search.diff_cleanupSemantic(found)
    return [Run(RunKind(fate), "".join(tokens[sign] for sign in run)) for fate, run in found]
