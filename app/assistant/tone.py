"""Rules for tone: harmful wording about suicide, shouting, spam and repeated sentences."""

import re
from collections.abc import Iterator

from app.assistant.kinds import Hint, HintKind
from app.assistant.patterns import UPPER, rule, word_list

COMMON_WORD, ACRONYM = re.compile(word_list("small")), re.compile(word_list("acronym"))
LONG_WORD = 7  # letters; acronyms are shorter
SENTENCE = re.compile(r"[^.!?\n]{40,600}+[.!?\n]?")
SHOUT = rf"(?-i:[{UPPER}’'\-]{{1,30}}+)"
# « le suicide d’un proche » is general; a neighbour's, a pupil's or a named person's is one person's.
SOMEBODY = rf"(?:(?:une?|son|sa|cet?|cette|notre|deux|trois) (?!proche)\w{{3,20}}|(?-i:[{UPPER}])\w{{2,20}}|m\.|mme)"


def is_shouted(match: re.Match[str]) -> bool:
    """Whether words in capitals are ordinary words, not acronyms: at least two common or long ones."""
    words = [word for word in re.split(r"[^\w’']+", match[0].lower()) if word]
    return sum(map(is_ordinary, words)) > 1


def is_ordinary(word: str) -> bool:
    return bool(COMMON_WORD.fullmatch(word)) or (len(word) >= LONG_WORD and not ACRONYM.fullmatch(word))


TONE_RULES = (
    rule(HintKind.SUICIDE, word_list("suicide")),
    rule(
        HintKind.SUICIDE,
        rf"(?:s[’'](?:est|était|étant|être) |se (?:sont )?){word_list('self_harm')}"
        r"(?: en \w{3,15}ant(?: (?:des|de|du|la|le|sa|son|ses) \w{3,15})?)?",
    ),
    rule(HintKind.SUICIDE, rf"(?:le )?suicide (?:de |d[’']){SOMEBODY}"),
    rule(HintKind.SHOUTING, rf"{SHOUT}(?:(?: |[,:;]){{1,3}}{SHOUT}){{2,40}}+", is_shouted),
    rule(HintKind.SPAM, word_list("spam")),
)

# Patterns of signs rather than words.
SIGN_PATTERNS = (
    (HintKind.SHOUTING, re.compile(r"(?:[!?][\x20\xa0\u202f]?){2,60}[!?]")),
    (HintKind.SPAM, re.compile(r"([^\W\d_])\1{5,60}")),
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
