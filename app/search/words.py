"""Words as they are compared: `plain()`, accents and case aside."""

import re
import unicodedata

MAX_WORD_LENGTH = 40  # signs; a longer word is cut, in texts as in searches

MAX_TERMS = 100  # of a search: as many as a reader's longest one can have, so that none is left out

MAX_INDEX_TERMS = 10  # of a search, the longest: the index is not read for the others

COMMON_SHARE = 0.02  # of the rows: PostgreSQL finds a more common word sooner along the ids than by its index

PREFIX_LENGTHS = (6, 4, 2)  # signs; SQLite's index has these prefixes (migration 0001)

# Accents, and invisible signs, which pasted words may have: soft hyphens and such.
IGNORED_CHARACTERS = re.compile("[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

WORD = re.compile(rf"[^\W_]{{1,{MAX_WORD_LENGTH}}}")

# Those that Unicode does not decompose.
LIGATURES = (("œ", "oe"), ("æ", "ae"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ı", "i"), ("ʼ", "'"))

# Searched like the others, but neither marked nor excerpted.
STOP_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        "a au aux avec c ce ces d dans de des du elle en est et il ils j je l la le les leur leurs m ma mes n ne nos "
        "notre nous on ou par pas pour qu que qui s sa se ses son sur t un une vos votre vous y",
    )
)


def plain(text: str) -> list[str]:
    """Return the words of a text: small letters, no accents; « L’Œuvre » is `l`, `oeuvre`."""
    folded = IGNORED_CHARACTERS.sub("", unicodedata.normalize("NFKD", text).casefold())
    for ligature, letters in LIGATURES:
        folded = folded.replace(ligature, letters)
    return WORD.findall(folded)


def terms(words: str) -> list[str]:
    """Return the word prefixes of a search, each once; none for a search without words."""
    return list(dict.fromkeys(plain(words)))[:MAX_TERMS]


def significant_terms(words: str) -> list[str]:
    """Return the terms that are no stop words: of « l’arrêt de bus », `arret` and `bus`; all, if all are stop words."""
    every = terms(words)
    return [term for term in every if term not in STOP_WORDS] or every
