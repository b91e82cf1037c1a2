"""Quotation: whole sentences of one answer of a version, ticked and never typed (product rule 13)."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import NamedTuple

from app.french import sentence_spans, single_spaced
from app.testimonials.answered import names_on_page
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.questions import PROSE
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

LONGEST_QUOTE = 280  # signs: a margin is no column of its own
GAP = " […] "  # between two sentences that do not follow


class QuoteMissing(Exception):
    """The words are not whole sentences of one answer of the version shown, or are too long."""


class Quotation(NamedTuple):
    """Runs of sentences of an answer, in order: each from a sign to before another."""

    field: str
    spans: list[list[int]]

    def words(self, answer: str) -> str:
        return GAP.join(single_spaced(answer[start:stop]) for start, stop in self.spans)


def sentences_of(answer: str) -> list[str]:
    return [single_spaced(answer[start:stop]) for start, stop in sentence_spans(answer)]


def compose(version: Version, ticked: Collection[str]) -> str:
    """Return the words of some sentences, in the order of the answer that has them all; "" where none has."""
    for name in PROSE:
        sentences = sentences_of(getattr(version, name))
        if set(ticked) <= set(sentences):
            runs = groupby(sentences, set(ticked).__contains__)
            return GAP.join(" ".join(run) for is_ticked, run in runs if is_ticked)
    return ""


def find_quotation(version: Version, words: str, first: str = "") -> Quotation | None:
    """Return where a version has words that `compose` can write; the answer named `first` is read before the others."""
    for name in sorted(PROSE, key=lambda each: each != first):
        answer = getattr(version, name)
        spans, bounds = [], sentence_spans(answer)
        for run in words.split(GAP):
            if (found := find_run(answer, bounds, run)) is None:
                break
            spans.append(found)
            bounds = [each for each in bounds if each[0] > found[1]][1:]  # the next sentence would be of the same run
        else:
            return Quotation(name, spans) if len(words) <= LONGEST_QUOTE else None
    return None


def find_run(answer: str, bounds: Sequence[tuple[int, int]], run: str) -> list[int] | None:
    """Return the bounds of the first sentences that follow each other and make a run."""
    for index, (start, _) in enumerate(bounds):
        for _, stop in bounds[index:]:
            made = single_spaced(answer[start:stop])
            if made == run:
                return [start, stop]
            if not run.startswith(made):
                break
    return None


def require_quotation(testimonial: Testimonial, words: str) -> Quotation:
    """Return where the version shown has these words; raise `QuoteMissing`, or `ObjectionUnanswered` meanwhile."""
    if testimonial.contested_at is not None:
        raise ObjectionUnanswered
    quotation = find_quotation(testimonial.shown, words) if testimonial.shown else None
    if quotation is None:
        raise QuoteMissing
    return quotation


def offered_sentences(version: Version) -> dict[str, list[str]]:
    """Return the sentences that can be ticked, by question: one that is too long to be quoted is not offered."""
    questions = names_on_page(version)
    return {questions[name]: list(filter(is_offered, sentences_of(getattr(version, name)))) for name in PROSE}


def is_offered(sentence: str) -> bool:
    return len(sentence) <= LONGEST_QUOTE and GAP.strip() not in sentence
