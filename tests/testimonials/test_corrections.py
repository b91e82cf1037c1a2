"""Corrections: what an edit changed is measured; more than spelling and masks is a rewriting."""

import tomllib
from pathlib import Path

import pytest

from app.spelling.words import MASK
from app.testimonials.corrections import Measure, measure_answers
from app.testimonials.diff import RunKind, compare_words

# Forty words or so around each pair, so that a word is less than one in ten.
AROUND = (
    " Ces rencontres se tiennent chaque mois dans la salle du quartier, avec les habitantes et les habitants qui le "
    "souhaitent. Chacun y prend la parole à son tour, et nous gardons une trace écrite de ce qui a été dit ensemble."
)


def measured(before: str, after: str, around: str = AROUND) -> Measure:
    return measure_answers({"account": before + around}, {"account": after + around})


def test_a_measure_counts_words_masked_near_repeated_and_new() -> None:
    assert measured("On a on a dit", "On a on a dit").is_correction
    measure = measured("Le Dr Petit nous a bien bien acceuillis.", f"Le {MASK} nous a bien accueillis.")
    assert (measure.masked, measure.near, measure.repeated, measure.new) == (2, 1, 1, 0)
    assert measured("Une réunion", "Une réunion publique et gratuite").new == 3
    assert measured("Une réunion publique et gratuite", "Une réunion").removed == 3


def test_a_mask_hides_twelve_words_of_one_sentence_at_most_and_no_denial() -> None:
    twelve = "un deux trois quatre cinq six sept huit neuf dix onze douze"
    assert measured(f"Il dit {twelve} ici.", f"Il dit {MASK} ici.").is_mask_only
    assert measured(f"Il dit {twelve} treize ici.", f"Il dit {MASK} ici.").overmasked
    assert not measured("Il part. Elle reste.", f"{MASK}.").is_correction
    assert not measured("Il ne veut pas venir.", f"Il {MASK} venir.").is_correction
    assert not measured("Il dit.", f"Il dit {MASK}.").is_correction, "a mask takes the place of words"


def test_masks_hide_a_quarter_of_the_words_at_most() -> None:
    assert measured("un deux trois quatre", f"{MASK} deux trois quatre", "").is_correction
    assert not measured("un deux trois", f"{MASK} deux trois", "").is_correction


def test_a_correction_changes_a_word_in_ten_at_most() -> None:
    nine = " un deux trois quatre cinq six sept huit neuf"
    assert measured("reunion", "réunion", nine).is_correction
    assert not measured("reunion", "réunion", nine.removesuffix(" neuf")).is_correction


def test_only_masks_is_to_the_letter() -> None:
    assert measured("Chez Mme Petit, ici.", f"Chez {MASK}, ici.").is_mask_only
    assert not measured("Chez Mme Petit, ici.", f"Chez {MASK} ; ici.").is_mask_only
    assert not measured("Chez Mme Petit, ici.", "Chez Mme Petit ici.").is_mask_only
    assert not Measure(total=100).is_mask_only


@pytest.mark.parametrize(("before", "after"), [("", "…"), ("!!!", "")])
def test_an_answer_of_signs_is_neither_given_nor_taken_out(before: str, after: str) -> None:
    assert not measured(before, after, around="").is_correction
    assert measured("…", "...", around="").is_correction


def test_equal_words_by_the_thousand_are_measured() -> None:
    assert measured("a " * 1250, "a " * 625, "").removed == 625
    assert not measured("a b " * 625, "a b " * 312, "").is_correction
    assert not measured("a b " * 625, f"{MASK} " * 200 + "a", "").is_correction


def test_signs_of_private_use_and_masks_that_an_author_typed_are_words_like_others() -> None:
    assert measured(f"Un {MASK} ici", f"Un {MASK} ici.").is_correction
    assert not measured(f"Un {MASK} ici", "Un préfet ici.").is_correction
    assert not measured("Un \ue000 ici", "Un \ue001 ici").is_correction
    assert measured("Un \ue000 ici", f"Un {MASK} ici").masked == 1


PAIRS = tomllib.loads((Path(__file__).parents[1] / "data" / "corrections.toml").read_text("utf-8"))


@pytest.mark.parametrize("pairs", [PAIRS, PAIRS["held_out"]], ids=["known", "held out"])
def test_no_labelled_rewriting_passes(pairs: dict[str, list[list[str]]]) -> None:
    assert [pair for pair in pairs["rewritings"] if is_correction(*pair)] == []


def test_95_labelled_corrections_of_100_pass() -> None:
    corrections = PAIRS["corrections"] + PAIRS["held_out"]["corrections"]
    rewritings = PAIRS["rewritings"] + PAIRS["held_out"]["rewritings"]
    assert min(len(corrections), len(rewritings)) >= 70
    refused = [pair for pair in corrections if not is_correction(*pair)]
    assert len(refused) <= len(corrections) * 0.05, refused


def is_correction(before: str, after: str) -> bool:
    return measured(*(f"{text}\n".replace("[…]", MASK) for text in (before, after))).is_correction


@pytest.mark.parametrize("text", ["a " * 1250, "a b " * 625, "le \ue000 \U00010000 [[[passage masqué]]] ]] \u200b"])
def test_the_difference_of_any_text_can_be_shown(text: str) -> None:
    half = text[: len(text) // 2]
    runs = compare_words(text, half)
    assert "".join(run.words for run in runs if run.fate is not RunKind.ADDED) == text
    assert "".join(run.words for run in runs if run.fate is not RunKind.REMOVED) == half
