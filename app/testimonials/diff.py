"""Word diff between two texts, part by part."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count
from operator import itemgetter

from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]  # it ships no types
from rapidfuzz.distance import OSA

from app.spelling.words import MASK

# A word, a run of white space, or one character: no mark cuts a word.
TOKEN = re.compile(r"\w+(?:[’'-]\w+)*|\s+|.", re.DOTALL)
# What aligning two texts costs, next to the distance of a near spelling: one letter in a word of four, else two.
REMOVED = ADDED = 4
REPLACED = 6
SHORT = 4  # letters
# Each token is encoded as one character, so that the diff works on words; from U+10000 on, none is a surrogate.
FIRST_SIGN = 0x10000
# A mask, a word or a sign, with the white space before it.
PIECE = re.compile(rf"\s*(?:{re.escape(MASK)}|\w+(?:[’'-]\w+)*|[^\w\s])|\s+")
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
    """A part that differs, under the heading that readers see."""

    heading: str
    runs: list[Run]


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return the parts that differ between two texts, given by heading, in the order of the later text."""
    return [
        Change(heading, compare_words(before.get(heading, ""), after.get(heading, "")))
        for heading in dict.fromkeys((*after, *before))
        if before.get(heading) != after.get(heading)
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


def with_masks(own: str, corrected: str) -> str:
    """Return the words of `own`, but for those that `corrected` masks: its masks are kept, and nothing else of it.

    The least alignment of the two, where a mask hides as many words as it likes: where it is in doubt, it hides more.
    """
    if MASK not in corrected:
        return own
    words, pieces = PIECE.findall(own), PIECE.findall(corrected)
    start = same_start(words, pieces)
    end = same_start(words[start:][::-1], pieces[start:][::-1])
    before, after = words[:start], words[len(words) - end :]
    words, pieces = words[start : len(words) - end], pieces[start : len(pieces) - end]
    steps = alignment(words, pieces)
    kept: list[str] = []
    row, column = len(words), len(pieces)
    while row or column:
        _, row_step, column_step = steps[row][column]
        row, column = row - row_step, column - column_step
        if column_step and row_step:
            kept.append(pieces[column] if MASK in pieces[column] else words[row])
        elif row_step and not (column and MASK in pieces[column - 1]):
            kept.append(words[row])
    return "".join([*before, *reversed(kept), *after])


def same_start(words: list[str], pieces: list[str]) -> int:
    """Return how many of the first pieces are the same."""
    pairs = enumerate(zip(words, pieces, strict=False))
    return next((at for at, (word, piece) in pairs if word != piece), min(len(words), len(pieces)))


def alignment(words: list[str], pieces: list[str]) -> list[list[tuple[int, int, int]]]:
    """Return the cost of aligning the first words with the first pieces, and the last step on each way (one or none).

    A mask hides words for nothing. A near spelling costs its distance; any other word replaced costs more than
    one that is added beside words hidden.
    """
    table = [[(ADDED * column, 0, 1) for column in range(len(pieces) + 1)]]
    cores = [piece.strip() for piece in pieces]
    for core in (word.strip() for word in words):
        above = table[-1]
        line = [(above[0][0] + REMOVED, 1, 0)]
        for column, piece in enumerate(cores):
            paired = above[column][0] + (0 if piece in {MASK, core} else replacing_cost(core, piece))
            hidden = above[column + 1][0] + (0 if piece == MASK else REMOVED)
            added = line[column][0] + ADDED
            line.append(min((paired, 1, 1), (hidden, 1, 0), (added, 0, 1), key=itemgetter(0)))
        table.append(line)
    return table


def replacing_cost(word: str, other: str) -> int:
    most = 1 if len(word) <= SHORT else 2
    distance = OSA.distance(word.casefold(), other.casefold(), score_cutoff=most)
    return distance if distance <= most else REPLACED
