"""Word diff between two versions, answer by answer."""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import count
from operator import itemgetter

from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]  # it ships no types

from app.spelling.words import MASK
from app.testimonials.questions import answers_of
from app.testimonials.versions import Version

# A word, a run of white space, or one character: no mark cuts a word.
TOKEN = re.compile(r"\w+(?:[’'-]\w+)*|\s+|.", re.DOTALL)
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


def with_masks(own: str, corrected: str) -> str:
    """Return the words of `own`, but for those that `corrected` masks: its masks are kept, and nothing else of it.

    The least alignment of the two, where a mask hides as many words as it likes: where it is in doubt, it hides more.
    """
    if MASK not in corrected:
        return own
    words, pieces = PIECE.findall(own), PIECE.findall(corrected)
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
    return "".join(reversed(kept))


def alignment(words: list[str], pieces: list[str]) -> list[list[tuple[int, int, int]]]:
    """Return the cost of aligning the first words with the first pieces, and the last step on each way (one or none).

    A mask hides words for nothing; a replaced word costs one, a removed or an added one two.
    """
    table = [[(2 * column, 0, 1) for column in range(len(pieces) + 1)]]
    cores = [piece.strip() for piece in pieces]
    for core in (word.strip() for word in words):
        above = table[-1]
        line = [(above[0][0] + 2, 1, 0)]
        for column, piece in enumerate(cores):
            masks = piece == MASK
            paired = above[column][0] + (not (masks or piece == core))
            hidden = above[column + 1][0] + (0 if masks else 2)
            added = line[column][0] + 2
            line.append(min((paired, 1, 1), (hidden, 1, 0), (added, 0, 1), key=itemgetter(0)))
        table.append(line)
    return table
