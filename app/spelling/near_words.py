"""Near words: whether a word is another, better spelt; never a number, a name, a date or a denial."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, Self

from rapidfuzz.distance import OSA

from app.french import DAYS, MONTHS
from app.spelling.words import Word

MASK_LENGTH = 12  # words that one mask hides at most
JOINED = 3  # words that may be written as one, or one as them
EFFORT = 50_000  # steps of a search: no correction of a text that people wrote needs as many
# « Nous nous réunissons »: taking one out changes what is said.
REFLEXIVE = frozenset(("nous", "vous"))


class Cost(NamedTuple):
    """What a correction changed, in words; the least is the best."""

    changed: int = 0
    masked: int = 0
    near: int = 0
    repeated: int = 0

    def and_also(self, other: Self) -> Self:
        return type(self)(*map(sum, zip(self, other, strict=True)))


class Step(NamedTuple):
    """How an edit goes on: words of the base, the words written for them, what that costs."""

    taken: int
    written: int
    cost: Cost


@dataclass(frozen=True)
class Alignment:
    """An edit and its base, less what is the same at both ends; `most_changed` and `most_masked` words are allowed."""

    base: Sequence[Word]
    edited: Sequence[Word]
    most_changed: int
    most_masked: int

    def least_cost(self) -> Cost | None:
        """Return what the edit changed as a correction; None where it is no correction.

        The search follows the edit word by word and keeps, at each, the places of the base that it may have come to.
        They are few: a correction goes on where it stands.
        """
        start, end = same_ends(self.base, self.edited)
        until, last = len(self.base) - end, len(self.edited) - end
        found: list[dict[int, Cost]] = [{} for _ in range(len(self.edited) + 1)]
        found[start][start] = Cost()
        effort = 0
        for at in range(start, last + 1):
            self._skip_repeated(found[at], until)
            for place, cost in found[at].items():
                for step in self._steps(place, until, at, last):
                    self._keep(found[at + step.written], place + step.taken, cost.and_also(step.cost))
                    effort += 1
            if effort > EFFORT:
                return None
        return found[last].get(until)

    def _keep(self, found: dict[int, Cost], place: int, cost: Cost) -> None:
        is_within = cost.changed <= self.most_changed and cost.masked <= self.most_masked
        if is_within and (place not in found or cost < found[place]):
            found[place] = cost

    def _skip_repeated(self, found: dict[int, Cost], until: int) -> None:
        for start in sorted(found):
            place = start
            while place in found and 0 < place < until and is_repeated(self.base[place - 1], self.base[place]):
                self._keep(found, place + 1, found[place].and_also(Cost(changed=1, repeated=1)))
                place += 1

    def _steps(self, place: int, until: int, at: int, last: int) -> Iterator[Step]:
        if place == until or at == last:
            return
        old, new = self.base[place], self.edited[at]
        if is_same(old, new):
            yield Step(1, 1, Cost())
        elif new.is_mask:
            for length in range(1, maskable(self.base, place, until) + 1):
                yield Step(length, 1, Cost(masked=length))
        else:
            if is_near(old, new):
                yield Step(1, 1, Cost(changed=1, near=1))
            for length in range(2, JOINED + 1):
                parts = self.base[place : min(place + length, until)]
                if len(parts) == length and is_joined(parts, [new]):
                    yield Step(length, 1, joining_cost(parts, [new]))
                parts = self.edited[at : min(at + length, last)]
                if len(parts) == length and is_joined([old], parts):
                    yield Step(1, length, joining_cost([old], parts))


def same_ends(base: Sequence[Word], edited: Sequence[Word]) -> tuple[int, int]:
    """Return how many words are the same at the start, and at the end after these."""
    most = min(len(base), len(edited))
    start = next((at for at in range(most) if not is_same(base[at], edited[at])), most)
    most -= start
    return start, next((at for at in range(most) if not is_same(base[-1 - at], edited[-1 - at])), most)


def is_same(old: Word, new: Word) -> bool:
    return old.letters == new.letters or old.compared == new.compared


def is_repeated(first: Word, second: Word) -> bool:
    return second.is_letters and first.letters == second.letters and second.letters not in REFLEXIVE


def maskable(base: Sequence[Word], place: int, until: int) -> int:
    """Return how many words, from a place on, one mask may hide: of one sentence, none of which denies."""
    length = 0
    for word in base[place : min(place + MASK_LENGTH, until)]:
        if word.denies or word.sentence != base[place].sentence:
            break
        length += 1
    return length


def joining_cost(before: Sequence[Word], after: Sequence[Word]) -> Cost:
    """Return what joining or cutting costs: nothing, or a word where accents changed too."""
    changed = int("".join(word.letters for word in before) != "".join(word.letters for word in after))
    return Cost(changed=changed, near=changed)


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
