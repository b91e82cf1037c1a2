"""Word diff between two versions, answer by answer."""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import count

from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]  # it ships no types

from app.testimonials.questions import answers_of
from app.testimonials.versions import Version

# A word, a run of white space, or one character: no mark cuts a word.
TOKEN = re.compile(r"\w+(?:[’'-]\w+)*|\s+|.", re.DOTALL)
# Each token is encoded as one character, so that the diff works on words; from U+10000 on, none is a surrogate.
FIRST_SIGN = 0x10000
TIMEOUT = 2  # seconds of search for the shortest diff; after that, a longer one will do


class RunKind(Enum):
    """Whether words were kept, removed or added."""

    KEPT = 0
    REMOVED = -1
    ADDED = 1


@dataclass(frozen=True)
class Run:
    """A run of words of one kind."""

    fate: RunKind
    words: str


@dataclass(frozen=True)
class Change:
    """An answer that differs, under the heading its readers see."""

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
    search = diff_match_patch()
    search.Diff_Timeout = TIMEOUT
    signs: dict[str, str] = {}
    free = map(chr, count(FIRST_SIGN))
    coded = ["".join(signs.setdefault(token, next(free)) for token in TOKEN.findall(text)) for text in (before, after)]
    tokens = {sign: token for token, sign in signs.items()}
    runs = search.diff_main(*coded, False)
    search.diff_cleanupSemantic(runs)
    return [Run(RunKind(kind), "".join(tokens[sign] for sign in run)) for kind, run in runs]
