"""Marks of the assistant; masks: a passage hidden in one press, as a correction, or brought back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.accounts.models import User
from app.assistant.kinds import HintKind
from app.assistant.passages import Passage, by_kind
from app.moderation.decisions import Stale
from app.moderation.review.editing import EditKind, allowed_kinds, base_version, save_edit
from app.spelling.words import MASK, words_of
from app.testimonials.corrections import MASKED_SHARE, measure_words
from app.testimonials.decision import DecisionNote
from app.testimonials.objections import own_version
from app.testimonials.questions import SPELT
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

# A matter of form or of junk: there is nobody to protect, and masking would mend nothing.
UNMASKABLE = frozenset({HintKind.SPAM, HintKind.SHOUTING})


@dataclass(frozen=True)
class Replacement:
    """Words of an answer that other words would replace, from `start` to before `end`, in signs."""

    answer: str
    start: int
    end: int
    words: str

    @property
    def key(self) -> str:
        """Return what the button sends: bound to the words' place, which a number among the marks is not."""
        return f"{self.answer}-{self.start}-{self.end}"

    def apply(self, version: Version) -> Version:
        text = getattr(version, self.answer)
        return version.edited(**{self.answer: text[: self.start] + self.words + text[self.end :]})


@dataclass(frozen=True)
class Mark:
    """A passage to look at, with how to mask it; `refusal` says in a sentence why it cannot be."""

    passage: Passage
    mask: Replacement | None
    refusal: str


@dataclass(frozen=True)
class Masked:
    """Words that a mask hides, with how to bring them back; None where an editor has to edit the text."""

    words: str
    original: Replacement | None


def marks_by_kind(testimonial: Testimonial) -> list[tuple[HintKind, list[Mark]]]:
    """Return the passages of the version at hand by kind, each with its mask where one may be set."""
    version = testimonial.at_hand
    grouped = by_kind(version.passages) if version else []
    room = room_for_masks(testimonial) if grouped and EditKind.CORRECTION in allowed_kinds(testimonial) else None
    return [(kind, [mark(passage, room) for passage in same_kind]) for kind, same_kind in grouped]


def room_for_masks(testimonial: Testimonial) -> int:
    """Return how many more words masks may hide in the version at hand: a quarter of the author's, in all."""
    own = own_version(testimonial, base_version(testimonial).number)
    total = sum(len(words_of(getattr(own, name))) for name in SPELT)
    return total // MASKED_SHARE - sum(len(words_of(each.words)) for each in masked_words(testimonial))


def mark(passage: Passage, room: int | None) -> Mark:
    if passage.kind in UNMASKABLE or room is None:
        return Mark(passage, None, "")
    words = words_of(passage.words)
    if measure_words(words, words_of(MASK), 0, len(words)).overmasked:
        return Mark(
            passage, None, "Trop long pour un masque, ou avec une négation : passez par « Relire et corriger »."
        )
    if len(words) > room:
        return Mark(passage, None, "Plus d’un quart du texte serait masqué : envoyez plutôt un bon à tirer.")
    return Mark(passage, Replacement(passage.answer, passage.start, passage.end, MASK), "")


def masked_words(testimonial: Testimonial) -> list[Masked]:
    """Return the masks of the version at hand that its author's last own words have not."""
    version = testimonial.at_hand
    if not any(each.approval for each in testimonial.versions):  # told by voice: its words are nobody's yet
        return []
    if version is None or (own := own_version(testimonial, version.number)).number == version.number:
        return []
    may_restore = EditKind.CORRECTION in allowed_kinds(testimonial)
    found = [each for name in SPELT for each in masks_of_answer(name, own, version)]
    return [each if may_restore else Masked(each.words, None) for each in found]


def masks_of_answer(name: str, own: Version, version: Version) -> Iterator[Masked]:
    """Yield an answer's masks with the words they hide; without, where more than masks differs."""
    before, after = getattr(own, name), getattr(version, name)
    if MASK not in after or MASK in before:
        return
    hidden = words_between(before, after.split(MASK))
    if hidden is None:
        yield from [Masked("", None)] * after.count(MASK)
        return
    for words, place in zip(hidden, re.finditer(re.escape(MASK), after), strict=True):
        yield Masked(words, Replacement(name, place.start(), place.end(), words))


def words_between(text: str, kept: list[str]) -> list[str] | None:
    """Return the words of a text between the pieces kept of it, in order; None where it is not made of these."""
    if not (text.startswith(kept[0]) and text.endswith(kept[-1])):
        return None
    result, start, last = [], len(kept[0]), len(text) - len(kept[-1])
    for piece in kept[1:-1]:
        place = text.find(piece, start, last)
        if place < 0:
            return None
        result.append(text[start:place])
        start = place + len(piece)
    return [*result, text[start:last]] if start <= last else None


def mask_or_restore(user: User, testimonial: Testimonial, key: str, *, revision: int) -> None:
    """Mask the passage of a key, or bring back the words of a masked one: a correction, saved as `save_edit` does.

    Raises `Stale` where the text changed or has no such passage any more, and what `save_edit` raises.
    """
    masks = [each.mask for _, marks in marks_by_kind(testimonial) for each in marks]
    offered = [*masks, *(each.original for each in masked_words(testimonial))]
    chosen = next((each for each in offered if each is not None and each.key == key), None)
    if chosen is None or testimonial.revision != revision:
        raise Stale(testimonial)
    version = chosen.apply(base_version(testimonial))
    save_edit(user, testimonial, version, EditKind.CORRECTION, revision=revision, note=DecisionNote())
