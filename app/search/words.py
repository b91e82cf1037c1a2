"""Words as they are compared: accents and case aside."""

import re
import unicodedata

LONGEST_WORD = 40  # signs; a longer one is cut, in a text as in what is looked for


MOST_WORDS = 100  # of those sought: as many as the longest search of readers can hold, so that none is left out


MOST_ASKED = 10  # of those sought, the longest; an index is asked for no more


COMMON_SHARE = 0.02  # of the rows: from there on, PostgreSQL meets a word sooner along the numbers than by its index


PREFIX_LENGTHS = (6, 4, 2)  # signs; the beginnings that migration 0001 has SQLite keep by themselves


# Accents, and what cannot be seen: soft hyphens and such, which texts have lost and which pasted words bring along.
SILENT = re.compile("[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


WORD = re.compile(rf"[^\W_]{{1,{LONGEST_WORD}}}")


# What Unicode does not take apart by itself.
LIGATURES = (("œ", "oe"), ("æ", "ae"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ı", "i"), ("ʼ", "'"))


# What says nothing of a text that has it: found with the rest, but not worth showing where it stands.
SMALL = frozenset(
    re.findall(
        "[a-z]+",
        "a au aux avec c ce ces d dans de des du elle en est et il ils j je l la le les leur leurs m ma mes n ne nos "
        "notre nous on ou par pas pour qu que qui s sa se ses son sur t un une vos votre vous y",
    )
)


def plain(text: str) -> list[str]:
    """Return the words of a text: small letters, no accents; « L’Œuvre » is `l`, `oeuvre`."""
    folded = SILENT.sub("", unicodedata.normalize("NFKD", text).casefold())
    for ligature, letters in LIGATURES:
        folded = folded.replace(ligature, letters)
    return WORD.findall(folded)


def terms(words: str) -> list[str]:
    """Return the beginnings of words that someone looks for, each once; none where there is nothing to look for."""
    return list(dict.fromkeys(plain(words)))[:MOST_WORDS]


def significant_terms(words: str) -> list[str]:
    """Return those worth showing where they stand: of « l’arrêt de bus », `arret` and `bus`; all, if all are small."""
    sought = terms(words)
    return [each for each in sought if each not in SMALL] or sought
