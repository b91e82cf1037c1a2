"""Masks: a passage hidden in one press, as a correction under consent; or brought back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.accounts.models import User
from app.assistant.kinds import HintKind
from app.assistant.passages import Passage, by_kind
from app.moderation.decisions import Stale
from app.moderation.review.editing import EditKind, allowed_kinds, base_version, edit_refusal, save_edit
from app.spelling.words import MASK
from app.testimonials.corrections import TYPED
from app.testimonials.decision import DecisionNote
from app.testimonials.models import Testimonial
from app.testimonials.versions import OWN, Version

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
        """Return an editors' draft: the version with the words replaced."""
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
    return [(kind, [mark(testimonial, passage) for passage in same_kind]) for kind, same_kind in grouped]


def mark(testimonial: Testimonial, passage: Passage) -> Mark:
    if passage.kind in UNMASKABLE or EditKind.CORRECTION not in allowed_kinds(testimonial):
        return Mark(passage, None, "")
    mask = Replacement(passage.answer, passage.start, passage.end, MASK)
    refusal = edit_refusal(testimonial, mask.apply(base_version(testimonial)), EditKind.CORRECTION)
    return Mark(passage, None if refusal else mask, refusal)


def masked_words(testimonial: Testimonial) -> list[Masked]:
    """Return the masks of the version at hand that its author's last own words have not."""
    version = testimonial.at_hand
    own = next((each for each in reversed(testimonial.versions) if each.approval in OWN), None)
    if version is None or own is None or own.number >= version.number:
        return []
    may_restore = EditKind.CORRECTION in allowed_kinds(testimonial)
    found = [each for name in TYPED for each in masks_of_answer(name, own, version)]
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

    Raises `Stale` where the text changed or has no such passage any more, and whatever `save_edit` raises.
    """
    masks = [each.mask for _, marks in marks_by_kind(testimonial) for each in marks]
    offered = [*masks, *(each.original for each in masked_words(testimonial))]
    chosen = next((each for each in offered if each is not None and each.key == key), None)
    if chosen is None or testimonial.revision != revision:
        raise Stale(testimonial)
    version = chosen.apply(base_version(testimonial))
    save_edit(user, testimonial, version, EditKind.CORRECTION, revision=revision, note=DecisionNote())
