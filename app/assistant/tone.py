"""Rules for tone: shouting, spam, forms not filled in and repeated sentences."""

import re
from collections.abc import Iterator

from app.assistant.kinds import Hint, HintKind
from app.assistant.patterns import UPPER, folded_rule, rule, word_list

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
