"""Words: a text as the words that are compared, each with its place in its sentence; punctuation is left out."""

import re
import unicodedata
from typing import NamedTuple

# What stands in place of words that editors hide from readers.
MASK = "[passage masqué]"

TOKEN = re.compile(
    rf"""(?P<mask>{re.escape(MASK)})
    |(?P<exact>https?://\S+|www\.\S+|[\w.+-]+@[\w.-]+\w)
    |(?P<number>(?:(?<!\S)[-−+])?(?:\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)|\d+(?:[.,/:-]\d+)*))
    |(?P<letters>[^\W\d_]+)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
SPACES = re.compile(r"\s")
APOSTROPHES = "'’ʼ‘´`"
# Written as in full: « n’ » denies as « ne » does.
ELIDED = {
    elided: f"{elided}e" for elided in ("c", "d", "j", "m", "n", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu")
}
NEGATIONS = frozenset(
    (
        *("ne", "pas", "plus", "jamais", "rien", "aucun", "aucune", "aucuns", "aucunes", "nul", "nulle", "nuls"),
        *("nulles", "personne", "guère", "ni", "non", "sans", "sauf", "nullement", "aucunement"),
    )
)
# « Personne » after these is somebody.
BEFORE_SOMEBODY = frozenset(("une", "la", "cette", "chaque", "toute", "autre", "même", "seule", "première", "jeune"))
# The ends of ordinals: « 2ème », « 2è » and « 2e » are one.
ORDINALS = {"eme": "e", "ieme": "e", "è": "e", "ème": "e", "ième": "e", "ère": "re", "ere": "re"}
TITLES = frozenset(
    (
        *("m", "mr", "mm", "mme", "mmes", "mlle", "dr", "dre", "pr", "me", "madame", "monsieur", "mademoiselle"),
        *("docteur", "docteure", "maître", "professeur", "professeure"),
    )
)
ENDS = ".!?…\n\r\u2028\u2029"
BEFORE_FIRST = ':«“"(–—•'
# Signs that say something, among those that Unicode has for punctuation.
TELLING = "%‰@#&§"
TELLING_CATEGORIES = ("Sm", "Sc", "So", "M", "N", "Co", "Cn", "Cs")


class Word(NamedTuple):
    """A word as it was written and as it is compared; a number, an address or a sign counts as one."""

    written: str
    letters: str  # as written, less case and ligatures
    compared: str  # as in full, for what is elided
    sentence: int
    is_first: bool  # of its sentence
    is_letters: bool
    follows_title: bool
    denies: bool

    @property
    def is_mask(self) -> bool:
        return self.written == MASK

    @property
    def is_capitalised(self) -> bool:
        return self.written[:1].isupper()


def words_of(text: str) -> list[Word]:
    text = unicodedata.normalize("NFC", text)
    words: list[Word] = []
    sentence, is_first, has_ended = 0, True, False
    for match in TOKEN.finditer(text):
        sign = match.group() if match.lastgroup == "sign" else ""
        if sign and not is_telling(sign):
            has_ended = has_ended or (sign in ENDS and not (sign == "." and is_abbreviated(words)))
            is_first = is_first or has_ended or sign in BEFORE_FIRST
            continue
        sentence, has_ended = sentence + has_ended, False
        words.append(as_word(match, words[-12:], sentence, is_first=is_first))
        is_first = False
    return words


def as_word(match: re.Match[str], before: list[Word], sentence: int, *, is_first: bool) -> Word:
    written, kind, following = match.group(), match.lastgroup, match.string[match.end() : match.end() + 1]
    last = before[-1] if before else None
    letters = compared = written if kind == "exact" else fold(written)
    if kind == "number":
        letters = compared = SPACES.sub("", written).replace("−", "-")
    elif following and following in APOSTROPHES:
        compared = ELIDED.get(letters, letters)
    elif last and last.written[-1].isdigit():
        letters = compared = ORDINALS.get(letters, letters)
    return Word(
        written=written,
        letters=letters,
        compared=compared,
        sentence=sentence,
        is_first=is_first,
        is_letters=kind == "letters" and written.isalpha(),
        follows_title=last is not None and last.letters in TITLES,
        denies=compared in NEGATIONS and is_denial(compared, [each.compared for each in before]),
    )


def is_denial(word: str, before: list[str]) -> bool:
    """Whether a word that may deny does so after these: « une personne », « plus de vingt » deny nothing."""
    if word == "personne":
        return not before or before[-1] not in BEFORE_SOMEBODY
    return word != "plus" or "ne" in before


def fold(written: str) -> str:
    return written.casefold().replace("œ", "oe").replace("æ", "ae")


def is_telling(sign: str) -> bool:
    """Whether a sign is compared as a word is: a currency, a percentage, an arrow, what no text should hide."""
    return sign in TELLING or unicodedata.category(sign).startswith(TELLING_CATEGORIES)


def is_abbreviated(words: list[Word]) -> bool:
    """Whether a full stop after these words ends an abbreviation, « M. » or « J. », rather than a sentence."""
    return bool(words) and (words[-1].letters in TITLES or (len(words[-1].written) == 1 and words[-1].is_capitalised))
