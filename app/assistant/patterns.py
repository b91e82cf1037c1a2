"""Building blocks of the rules' patterns, and the word lists of words.toml as alternations.

No pattern takes more than a time proportional to the text: every repetition is bounded or possessive. A test reads
the patterns to check it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.assistant.kinds import HintKind

# French spaces may be narrow, non-breaking, or both: patterns use plain ones, which `whole_words` replaces.
SPACE = r"[\x20\xa0\u202f]"
UPPER = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
LOWER = "a-zàâäçéèêëîïôöùûüÿœæ"

# Patterns ignore case, except these.
CAPITALISED = rf"(?-i:[{UPPER}][{LOWER}{UPPER}’'\-]{{1,40}}+)"
INITIAL = rf"(?-i:[{UPPER}]\.?(?:-?[{UPPER}]\.)?)"
# The particles between the words of a name: « du Pont », « de la Ville », « d’Or ».
PARTICLES = "(?:(?:(?:de la|de|du|des|la|les|le|aux|au|et|en|sur|sous|lès) |(?:de )?[dl][’'])){0,2}"

WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Rule:
    """A pattern of a kind; `accepts` checks what a pattern cannot, such as a checksum or the words before."""

    kind: HintKind
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool]


def rule(kind: HintKind, pattern: str, accepts: Callable[[re.Match[str]], bool] = lambda _match: True) -> Rule:
    return Rule(kind, whole_words(pattern), accepts)


def whole_words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that starts and ends at word boundaries, in any case, with any French space for a space."""
    return re.compile(rf"(?<!\w)(?:{pattern.replace(' ', SPACE)})(?!\w)", re.IGNORECASE)


def word_list(*names: str) -> str:
    return alternation([word for name in names for word in WORDS[name]])


def alternation(words: Iterable[str]) -> str:
    """Return words as an alternation, the longest first, so that « trouble » does not hide « troubles anxieux »."""
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})".replace("’", "[’']")


def sentence_before(match: re.Match[str], length: int = 70) -> str:
    """Return the text before a match in its sentence, in lower case, at most `length` signs."""
    before = match.string[max(0, match.start() - length) : match.start()]
    return re.split(r"(?<!\b[Mm])(?<!\b[Dd]r)[.!?]\s|\n", before)[-1].lower()


def last_list_in(text: str) -> str:
    """Return which list of `LIST_PATTERNS` has the last word in a text; the empty string if none has any."""
    last_start, last_name = -1, ""
    for name, pattern in LIST_PATTERNS.items():
        for match in pattern.finditer(text):
            if match.start() > last_start:
                last_start, last_name = match.start(), name
    return last_name


LIST_PATTERNS = {name: whole_words(word_list(name)) for name in ("person", "pronoun", "collective")}
