"""The word diff between two versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.testimonials.answered import changed_answers
from app.testimonials.diff import Run, RunKind, compare_words
from tests.factories import a_version

TEXTS = st.text(st.sampled_from("abé’- .\n"), max_size=60)


def test_a_word_is_never_cut() -> None:
    assert compare_words("Trois après-midi ouverts", "Trois après-midi ouvertes") == [
        Run(RunKind.KEPT, "Trois après-midi "),
        Run(RunKind.REMOVED, "ouverts"),
        Run(RunKind.ADDED, "ouvertes"),
    ]


@given(TEXTS, TEXTS)
def test_each_side_can_be_read_from_the_comparison(before: str, after: str) -> None:
    runs = compare_words(before, after)
    assert "".join(run.words for run in runs if run.fate is not RunKind.ADDED) == before
    assert "".join(run.words for run in runs if run.fate is not RunKind.REMOVED) == after


@pytest.mark.slow("the longest comparison")
def test_a_text_of_many_different_words_is_compared_too() -> None:
    words = [f"mot{number}" for number in range(3000)]
    found = compare_words(" ".join(words), " ".join(words[::-1]))
    assert "".join(run.words for run in found if run.fate is not RunKind.ADDED) == " ".join(words)


def test_only_the_answers_that_differ_are_listed(session: Session) -> None:
    before = a_version(session, outcome="Deux équipes se parlent.")
    after = before.edited(title="Trois après-midi, trois métiers", outcome="")
    assert [change.heading for change in changed_answers(before, after)] == ["Titre", "Ce que cela apporte"]
    assert [run.fate for run in changed_answers(before, after)[1].runs] == [RunKind.REMOVED]
    assert changed_answers(before, before.edited()) == []
