"""Small parts that patterns are made of, and the word lists of words.toml as alternations.

No pattern can take more than a time proportional to the text: every repetition is bounded or possessive, which a test
reads in the patterns themselves.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.assistant.kinds import HintKind

# In French spaces may be narrow, unbreaking, or both. Patterns are written with plain ones, which `whole` replaces.
SPACE = r"[\x20\xa0\u202f]"
CAPITAL = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
SMALL = "a-zàâäçéèêëîïôöùûüÿœæ"

# Patterns read either case; these look at it.
CAPITALISED = rf"(?-i:[{CAPITAL}][{SMALL}{CAPITAL}’'\-]{{1,40}}+)"
INITIAL = rf"(?-i:[{CAPITAL}]\.?(?:-?[{CAPITAL}]\.)?)"
# What binds the words of a name: « du Pont », « de la Ville », « d’Or ».
BINDING = "(?:(?:(?:de la|de|du|des|la|les|le|aux|au|et|en|sur|sous|lès) |(?:de )?[dl][’'])){0,2}"

WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Rule:
    """A pattern of a kind; `holds` looks at what a pattern cannot say, such as a checksum or what stands before."""

    kind: HintKind
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = lambda _match: True


def rule(kind: HintKind, pattern: str, holds: Callable[[re.Match[str]], bool] | None = None) -> Rule:
    """Return a rule whose pattern is `whole`."""
    return Rule(kind, whole(pattern), holds) if holds else Rule(kind, whole(pattern))


def whole(pattern: str) -> re.Pattern[str]:
    """Return a pattern that begins and ends between words, reads either case, and any space for a space."""
    return re.compile(rf"(?<!\w)(?:{pattern.replace(' ', SPACE)})(?!\w)", re.IGNORECASE)


def any_of(*names: str) -> str:
    """Return word lists as an alternation."""
    return alternation([word for name in names for word in WORDS[name]])


def alternation(words: Iterable[str]) -> str:
    """Return words as an alternation, the longest first, so that « trouble » does not hide « troubles anxieux »."""
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})".replace("’", "[’']")


def sentence_before(match: re.Match[str], length: int = 70) -> str:
    """Return what stands before a match in its own sentence, in small letters, at most `length` signs."""
    before = match.string[max(0, match.start() - length) : match.start()]
    return re.split(r"(?<!\b[Mm])(?<!\b[Dd]r)[.!?]\s|\n", before)[-1].lower()


def last_of(names: Sequence[str], text: str) -> str:
    """Return which of some word lists has the last word in a text; the empty string if none has any."""
    last, found = -1, ""
    for name in names:
        for match in WITHIN[name].finditer(text):
            if match.start() > last:
                last, found = match.start(), name
    return found


WITHIN = {name: whole(any_of(name)) for name in ("person", "collective", "pronoun")}
