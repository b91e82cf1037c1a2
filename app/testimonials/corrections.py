"""Measure: what an edit changed in the words an author approved, and whether it is a correction (product rule 3)."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from rapidfuzz.distance import Levenshtein

from app import french
from app.spelling.near_words import Alignment, is_near
from app.spelling.words import MASK, Word, words_of

CHANGED_SHARE = 10  # a correction changes one word in ten at most
MASKED_SHARE = 4  # masks hide one word in four at most


class Measure(NamedTuple):
    """What an edit changed, counted in words of every answer; `total` is that of the words approved.

    `masked`: hidden by masks. `near`: replaced by a near spelling. `repeated`: taken out where they stood twice. The
    others make it a rewriting: `new` words, words `removed`, words `overmasked` (by a mask that hides too much, or what
    denies), answers `chosen` otherwise. `typography`: answers where, but for masks, case, punctuation or spacing alone
    changed.
    """

    total: int = 0
    masked: int = 0
    near: int = 0
    repeated: int = 0
    new: int = 0
    removed: int = 0
    overmasked: int = 0
    chosen: int = 0
    typography: int = 0

    @property
    def is_correction(self) -> bool:
        return not self.is_foreign and self.changed <= self.most_changed and self.masked <= self.most_masked

    @property
    def is_mask_only(self) -> bool:
        """Whether masks are all that changed, to the letter."""
        return self.is_correction and self.masked > 0 and not (self.changed or self.typography)

    @property
    def is_foreign(self) -> bool:
        """Whether it says something that its author did not, or no longer what they did."""
        return bool(self.new or self.removed or self.overmasked or self.chosen)

    @property
    def changed(self) -> int:
        return self.near + self.repeated

    @property
    def most_changed(self) -> int:
        return self.total // CHANGED_SHARE

    @property
    def most_masked(self) -> int:
        return self.total // MASKED_SHARE

    @property
    def sentence(self) -> str:
        """Return what changed, in words: « 2 mots corrigés, 1 mot masqué ; ponctuation, majuscules ou espaces »."""
        counts = (
            (self.masked, "mot masqué", "mots masqués"),
            (self.near, "mot corrigé", "mots corrigés"),
            (self.repeated, "mot répété, retiré", "mots répétés, retirés"),
            (self.new, "mot nouveau", "mots nouveaux"),
            (self.removed, "mot retiré", "mots retirés"),
            (self.overmasked, "mot masqué de trop", "mots masqués de trop"),
            (self.chosen, "choix changé", "choix changés"),
        )
        counted = ", ".join(french.count(number, one, many) for number, one, many in counts if number)
        typography = "ponctuation, majuscules ou espaces" if self.typography and not self.is_foreign else ""
        return "\u00a0; ".join(part for part in (counted, typography) if part) or "rien n’a changé"

    @property
    def refusal(self) -> str:
        """Return why it is a rewriting, in a sentence that begins with the count; empty for a correction."""
        if self.new or self.chosen or self.removed:
            return f"{self.sentence} : c’est une réécriture."
        if self.overmasked:
            return (
                f"{self.sentence} : un masque couvre douze mots d’une même phrase au plus, et jamais une négation. "
                "Masquez moins, en plusieurs fois, ou envoyez une réécriture."
            )
        if self.masked > self.most_masked:
            return f"{self.sentence}, sur {self.total} : au-delà d’un quart du texte, c’est une réécriture."
        if self.changed > self.most_changed:
            return f"{self.sentence}, sur {self.total} : au-delà d’un mot sur dix, c’est une réécriture."
        return ""

    def and_also(self, other: Self) -> Self:
        return type(self)(*map(sum, zip(self, other, strict=True)))


class EditRefused(Exception):
    """The edit cannot be saved under its kind: nothing changed, or too much did."""


class Rewriting(EditRefused):
    """An edit saved as a correction is none: it says something that its author has not approved (product rule 3)."""

    def __init__(self, measure: Measure) -> None:
        super().__init__("this correction is a rewriting")
        self.measure = measure


def measure_answers(before: Mapping[str, str], after: Mapping[str, str]) -> Measure:
    words = {name: words_of(text) for name, text in before.items()}
    measure = Measure(total=sum(map(len, words.values())))
    for name, text in before.items():
        if text != after[name]:
            changes = measure_words(words[name], words_of(after[name]), measure.most_changed, measure.most_masked)
            if not (text and after[name]) and not changes.is_foreign:
                changes = changes._replace(new=1)  # signs alone, where nothing was said, or in place of nothing
            is_touched = not changes.changed and not is_masked_text(text, after[name])
            measure = measure.and_also(changes._replace(typography=int(is_touched)))
    return measure


def measure_words(base: list[Word], edited: list[Word], most_changed: int, most_masked: int) -> Measure:
    cost = Alignment(base, edited, most_changed, most_masked).least_cost()
    if cost is not None:
        return Measure(masked=cost.masked, near=cost.near, repeated=cost.repeated)
    measure = as_rewriting(base, edited)
    return measure if measure.is_foreign or measure.changed > most_changed else measure._replace(new=1)


def as_rewriting(base: list[Word], edited: list[Word]) -> Measure:
    """Count the words that an edit which is no correction adds, takes out, or hides under a mask that may not."""
    measure = Measure()
    kept = Levenshtein.opcodes(*([word.compared for word in words] for words in (base, edited)))
    old_place = new_place = 0
    for tag, old_start, old_end, new_start, new_end in (
        *kept,
        ("equal", len(base), len(base), len(edited), len(edited)),
    ):
        if tag == "equal":
            measure = measure.and_also(replaced(base[old_place:old_start], edited[new_place:new_start]))
            old_place, new_place = old_end, new_end
    return measure


def replaced(old: list[Word], new: list[Word]) -> Measure:
    """Count what a passage written in place of another changes."""
    written = [word for word in new if not word.is_mask]
    near = sum(map(is_near, old, written))
    left = max(len(old) - len(written), 0)
    is_under_mask = len(written) < len(new)
    changes = Measure(near=near, new=len(written) - near)
    return changes._replace(overmasked=left) if is_under_mask else changes._replace(removed=left)


def is_masked_text(before: str, after: str) -> bool:
    """Whether a text is another with passages masked, to the letter."""
    first, *others = after.split(MASK)
    if not others:
        return before == after
    last = others.pop()
    if not (before.startswith(first) and before.endswith(last) and len(before) >= len(first) + len(last)):
        return False
    place, end = len(first), len(before) - len(last)
    for piece in others:
        found = before.find(piece, place + 1, end)
        if found < 0:
            return False
        place = found + len(piece)
    return place < end
