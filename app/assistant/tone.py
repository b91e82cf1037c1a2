"""How it is said: words about suicide that can harm, shouting, and what nobody wrote for us."""

import re
from collections.abc import Iterator

from app.assistant.kinds import Hint, HintKind
from app.assistant.patterns import CAPITAL, any_of, rule

SMALL_WORD, ACRONYM = re.compile(any_of("small")), re.compile(any_of("acronym"))
LONG = 7  # letters; sigla are shorter
SENTENCE = re.compile(r"[^.!?\n]{40,600}+[.!?\n]?")
SHOUT = rf"(?-i:[{CAPITAL}’'\-]{{1,30}}+)"
# « d’un proche » is said in general; of a neighbour, a pupil or somebody with a name, it is somebody's.
SOMEBODY = rf"(?:(?:une?|son|sa|cet?|cette|notre|deux|trois) (?!proche)\w{{3,20}}|(?-i:[{CAPITAL}])\w{{2,20}}|m\.|mme)"


def is_shouted(match: re.Match[str]) -> bool:
    """Say whether words in capitals are words: two of the small ones that sigla lack, or two long ones."""
    words = [word for word in re.split(r"[^\w’']+", match[0].lower()) if word]
    ordinary = [
        word for word in words if SMALL_WORD.fullmatch(word) or (len(word) >= LONG and not ACRONYM.fullmatch(word))
    ]
    return len(ordinary) > 1


RULES = (
    rule(HintKind.SUICIDE, any_of("suicide")),
    rule(
        HintKind.SUICIDE,
        rf"(?:s[’'](?:est|était|étant|être) |se (?:sont )?){any_of('self_harm')}"
        r"(?: en \w{3,15}ant(?: (?:des|de|du|la|le|sa|son|ses) \w{3,15})?)?",
    ),
    rule(HintKind.SUICIDE, rf"(?:le )?suicide (?:de |d[’']){SOMEBODY}"),
    rule(HintKind.SHOUTING, rf"{SHOUT}(?:(?: |[,:;]){{1,3}}{SHOUT}){{2,40}}+", is_shouted),
    rule(HintKind.SPAM, any_of("spam")),
)

# These stand on signs, not on words.
SIGNS = (
    (HintKind.SHOUTING, re.compile(r"(?:[!?][\x20\xa0\u202f]?){2,60}[!?]")),
    (HintKind.SPAM, re.compile(r"([^\W\d_])\1{5,60}")),
)


def repeated(text: str) -> Iterator[Hint]:
    """Yield each sentence that has been read before in the same text: pasted twice, or by a machine."""
    seen: set[str] = set()
    for match in SENTENCE.finditer(text):
        sentence = match[0].strip()
        words = " ".join(re.findall(r"\w+", sentence.lower()))
        if words in seen:
            start = match.start() + match[0].index(sentence)
            yield Hint(start, start + len(sentence), HintKind.SPAM)
        seen.add(words)
