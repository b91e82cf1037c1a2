"""Small parts that patterns are made of, and the word lists of words.toml as alternations.

No pattern can take more than a time proportional to the text: every repetition is bounded or possessive, which a test
reads in the patterns themselves.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.testimonials.hints.kinds import HintKind

# In French spaces may be narrow, unbreaking, or both. Patterns are written with plain ones, which `rule` replaces.
SPACE = r"[\x20\xa0\u202f]"
APOSTROPHE = "[’']"
UPPER = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
LOWER = "a-zàâäçéèêëîïôöùûüÿœæ"

# « du Pont », « de la Ville », « des Landes », « d’Or »: what binds the words of a name.
BINDING = "(?:(?:de la|de l’|de|du|des|d’|la|les|le|l’|aux|au|et|en|sur|sous|lès) ?)".replace("’", APOSTROPHE)
CAPITALISED = rf"[{UPPER}][{LOWER}{UPPER}’'\-]{{1,40}}+"

WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Rule:
    """A pattern of a kind; `holds` looks at what a pattern cannot say, such as a checksum or what stands before."""

    kind: HintKind
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = lambda _match: True


def rule(kind: HintKind, pattern: str, holds: Callable[[re.Match[str]], bool] | None = None, flags: int = 0) -> Rule:
    """Return a rule whose pattern begins and ends between words; a space in it stands for any space."""
    compiled = whole(pattern, flags)
    return Rule(kind, compiled, holds) if holds else Rule(kind, compiled)


def whole(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that begins and ends between words; a space in it stands for any space."""
    return re.compile(rf"(?<!\w)(?:{pattern.replace(' ', SPACE)})(?!\w)", flags)


def any_of(name: str, *, either_case: bool = True) -> str:
    """Return a word list as an alternation, the longest first; a first letter may be a capital."""
    return alternation(WORDS[name], either_case=either_case)


def alternation(words: Sequence[str], *, either_case: bool = True) -> str:
    """Return words as an alternation, the longest first, so that « trouble » does not hide « troubles anxieux »."""
    parts = []
    for word in sorted(words, key=len, reverse=True):
        first = f"[{word[0]}{word[0].upper()}]" if either_case and word[0].isalpha() else word[0]
        parts.append((first + word[1:]).replace("’", APOSTROPHE))
    return f"(?:{'|'.join(parts)})"


def sentence_before(match: re.Match[str], length: int = 70) -> str:
    """Return what stands before a match in its own sentence, in small letters, at most `length` signs."""
    before = match.string[max(0, match.start() - length) : match.start()]
    return re.split(r"[.!?\n]\s", before)[-1].lower()


def last_of(names: Sequence[str], text: str) -> str:
    """Return which of some word lists has the last word in a text; the empty string if none has any."""
    last, found = -1, ""
    for name in names:
        for match in WITHIN[name].finditer(text):
            if match.start() > last:
                last, found = match.start(), name
    return found


WITHIN = {name: whole(any_of(name, either_case=False)) for name in ("person", "collective", "pronoun")}
