"""Near words: whether a word is another, better spelt; never a number, a name, a date or a denial."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.french import DAYS, MONTHS
from app.spelling.words import Word

FOLDER = Path(__file__).parents[2] / "content" / "spelling"


class Lemma(NamedTuple):
    """A dictionary entry that a form belongs to, and whether the form is one of a verb's."""

    entry: str
    is_verb: bool


class Suffix(NamedTuple):
    """A rule of the list: an entry with `flag` that ends as `condition` says loses `strip` and takes the suffix."""

    flag: str
    strip: str
    condition: str


class Lexicon:
    """The entries as one sorted block of bytes, 1 MB, searched by halves; and the rules by suffix."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._block = (folder / "words.txt").read_bytes()
        self._suffixes: dict[str, list[Suffix]] = {}
        for line in (folder / "suffixes.txt").read_text("utf-8").splitlines():
            flag, strip, suffix, condition = line.split(" ")
            rule = Suffix(flag, "" if strip == "0" else strip, condition)
            self._suffixes.setdefault("" if suffix == "0" else suffix, []).append(rule)
        self._longest = max(map(len, self._suffixes))
        self._conditions: dict[str, re.Pattern[str]] = {}

    def lemmas(self, form: str) -> frozenset[Lemma]:
        """Return the entries that a form, written as the list writes it, belongs to; none: it is not in the list."""
        found = {Lemma(form, False)} if self._flags(form) is not None else set()
        for length in range(min(len(form), self._longest) + 1):
            start, suffix = form[: len(form) - length], form[len(form) - length :]
            for rule in self._suffixes.get(suffix, ()):
                entry = start + rule.strip
                if (flags := self._flags(entry)) and rule.flag in flags and self._meets(rule.condition, entry):
                    found.add(Lemma(entry, rule.flag[0].islower()))
        return frozenset(found)

    def _flags(self, entry: str) -> list[str] | None:
        key = f"{entry}/".encode()
        place = bisect_left(range(len(self._block)), key, key=self._line_at)
        if not self._block.startswith(key, place):
            return None
        flags = self._block[place + len(key) : self._block.index(b"\n", place)].decode()
        return [flags[at : at + 2] for at in range(0, len(flags), 2)]

    def _line_at(self, place: int) -> bytes:
        start = self._block.rfind(b"\n", 0, place) + 1
        return self._block[start : self._block.index(b"/", start) + 1]

    def _meets(self, condition: str, entry: str) -> bool:
        if condition not in self._conditions:
            self._conditions[condition] = re.compile(f"{condition}$")
        return self._conditions[condition].search(entry) is not None


@cache
def lexicon() -> Lexicon:
    return Lexicon(FOLDER)


SHORT = 4  # letters: a shorter word, or one as long, is near at one change only
NUMBERS = frozenset(
    (
        *("zéro", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize"),
        *("quatorze", "quinze", "seize", "vingt", "vingts", "trente", "quarante", "cinquante", "soixante", "septante"),
        *("octante", "nonante", "cent", "cents", "mille", "million", "millions", "milliard", "milliards", "demi"),
        *("demie", "tiers", "quart", "quarts", "double", "triple", "dizaine", "douzaine", "quinzaine", "vingtaine"),
        *("trentaine", "centaine", "millier", "premier", "première", "second", "seconde", "deuxième", "troisième"),
        *("quatrième",),
    )
)
DATES = frozenset((*DAYS, *MONTHS, "hier", "demain"))

# Words that agree and have no common entry in the list.
AGREEING = (
    *(("le", "la", "les", "l"), ("un", "une"), ("au", "aux"), ("ce", "cet", "cette"), ("mon", "ma", "mes")),
    *(("ton", "ta", "tes"), ("son", "sa"), ("notre", "nos"), ("votre", "vos"), ("leur", "leurs"), ("il", "ils")),
    *(
        ("elle", "elles"),
        ("celui", "ceux"),
        ("celle", "celles"),
        ("tout", "tous", "toute", "toutes"),
        ("quel", "quels"),
    ),
    *(("lequel", "lesquels"), ("laquelle", "lesquelles"), ("tel", "tels", "telle", "telles")),
)
# Forms of one word before a vowel and before a consonant.
ELISIONS = (
    *(("le", "l"), ("la", "l"), ("de", "d"), ("que", "qu"), ("se", "s"), ("si", "s"), ("je", "j"), ("me", "m")),
    *(("te", "t"), ("ce", "c"), ("ce", "cet")),
)
# The ends, after what two forms of one verb have in common, that gender, number and person alone change.
VERB_ENDS = (
    *(("", "s"), ("", "e"), ("", "es"), ("s", "e"), ("s", "es"), ("e", "es"), ("", "nt"), ("t", "ent"), ("a", "ont")),
    *(("s", "t"), ("x", "t"), ("ait", "ont")),
)


def is_near(before: Word, after: Word) -> bool:
    """Whether an editor who writes `after` for `before` corrects its spelling and leaves what it says."""
    old, new = before.compared, after.compared
    is_elision = (old, new) in ELISIONS or (new, old) in ELISIONS
    if not (before.is_letters and after.is_letters and (is_elision or is_close(old, new) or is_accent(old, new))):
        return False
    if is_name(before) or is_name(after):
        return is_initial_accented(before, after)
    if is_elision:
        return True
    denies = before.denies or after.denies
    if is_accent(old, new):
        return not denies and (is_known(after.written) or not is_known(before.written))
    is_kept = denies or bool({old, new} & (NUMBERS | DATES))
    is_permitted = not is_kept and is_known(after.written)
    if not is_permitted or is_known(before.written):
        return is_permitted and agree(before, after)
    return not before.is_capitalised or is_misspelt_start(old, new)


def is_accent(old: str, new: str) -> bool:
    return unaccented(old) == unaccented(new)


def is_close(old: str, new: str) -> bool:
    """Whether two words differ by two letters at most, or by one in a short word (a swap of neighbours is one)."""
    most = 1 if min(len(old), len(new)) <= SHORT else 2
    return OSA.distance(old, new, score_cutoff=most) <= most


def is_known(written: str) -> bool:
    """Whether a word is one of the language's, in lower case: a name is none."""
    return bool(lemmas(written.lower()))


def is_name(word: Word) -> bool:
    """Whether a word names someone or something, as far as can be told: a capital that no sentence's start explains."""
    if word.follows_title:
        return True
    if word.is_capitalised:
        is_only_capital = len(word.written) == 1 or not word.written[1:].isupper()
        return not (word.is_first and is_only_capital) or bool(only_capitalised(word.written))
    return bool(only_capitalised(word.written))


def only_capitalised(written: str) -> bool:
    return not is_known(written) and bool(lemmas(written.lower().capitalize()))


def is_initial_accented(before: Word, after: Word) -> bool:
    """Whether a capital alone was given its accent: « Eric », « Éric »."""
    return before.letters[1:] == after.letters[1:] and is_accent(before.letters, after.letters)


def is_misspelt_start(old: str, new: str) -> bool:
    """Whether an unknown word that opens a sentence is a misspelling; it may be a name, whose ends are what varies."""
    return min(len(old), len(new)) > SHORT and old[0] == new[0] and old[-2:] == new[-2:]


def agree(before: Word, after: Word) -> bool:
    """Whether two words are one, in another gender, number or person; never in another tense."""
    if any({before.compared, after.compared} <= {*group} for group in AGREEING):
        return True
    old, new = lemmas(before.written.lower()), lemmas(after.written.lower())
    if any(not lemma.is_verb for lemma in old & new):
        return True
    if not old & new:
        return False
    common, ends = unlike_ends(before.letters, after.letters)
    if common.endswith("ai") and "" in ends:
        return False  # « viendrai » and « viendrais », « ai » and « aie »: another tense or mood
    if common.endswith("r") and "ait" in ends:
        return False  # « ferait » and « feront »: another tense
    return ends in VERB_ENDS or ends[::-1] in VERB_ENDS


def unlike_ends(old: str, new: str) -> tuple[str, tuple[str, str]]:
    """Return what two words have in common at their start, and what each has after it."""
    length = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    length = min(len(old), len(new)) if length is None else length
    return old[:length], (old[length:], new[length:])


@lru_cache(maxsize=2048)
def unaccented(letters: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", letters) if not unicodedata.combining(sign))


@lru_cache(maxsize=2048)
def lemmas(form: str) -> frozenset[Lemma]:
    return lexicon().lemmas(form)


def is_joined(before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether a misspelling is joined or cut: « encemoment », « parcequ’il »; no denial is taken in, no number.

    Words that are all known stay: « surtout » and « sur tout » do not say the same.
    """
    if any(not word.is_letters or word.denies for word in (*before, *after)) or all(
        is_known(word.written) for word in before
    ):
        return False
    return is_accent(*("".join(word.letters for word in words) for words in (before, after)))
