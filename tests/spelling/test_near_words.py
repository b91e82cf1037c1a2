"""Near words: a misspelling is near its word, an accent or an agreement too; no real word is near another."""

import pytest

from app.spelling.near_words import Lemma, is_near, lexicon
from app.spelling.words import words_of


def are_near(before: str, after: str) -> bool:
    (*_, old), (*_, new) = words_of(f"On dit {before}"), words_of(f"On dit {after}")
    return is_near(old, new)


def test_a_better_spelling_is_near(subtests: pytest.Subtests) -> None:
    for before, after in [
        *(("acceuil", "accueil"), ("dévelopement", "développement"), ("parmis", "parmi"), ("language", "langage")),
        *(("a", "à"), ("ou", "où"), ("eleves", "élèves"), ("reunion", "réunion"), ("fevrier", "février")),
        *(("équipe", "équipes"), ("national", "nationaux"), ("bonne", "bonnes"), ("animé", "animée")),
        *(("travaille", "travaillent"), ("croit", "croient"), ("peux", "peut"), ("le", "les")),
    ]:
        with subtests.test(before=before, after=after):
            assert are_near(before, after)


def test_another_word_is_not_near(subtests: pytest.Subtests) -> None:
    for before, after in [
        *(("utile", "futile"), ("ses", "ces"), ("et", "est"), ("port", "porte"), ("possible", "impossible")),
        *(("travaille", "travailla"), ("viendrai", "viendrais"), ("travaillons", "travaillions"), ("ai", "aie")),
        *(("travaillé", "travailler"), ("pa", "pas"), ("deu", "deux"), ("mai", "mais"), ("jeud", "jeudi")),
        *(("Dupond", "Dupont"), ("lyon", "lion"), ("martine", "marine"), ("seroplex", "seropram"), ("12", "13")),
        *(("gens", "agents"), ("décision", "précision"), ("bon", "bonne")),
        *(("ne", "né"), ("né", "ne"), ("ferait", "feront"), ("feront", "ferait")),
    ]:
        with subtests.test(before=before, after=after):
            assert not are_near(before, after)


def test_a_capital_at_a_sentence_s_start_may_be_a_name(subtests: pytest.Subtests) -> None:
    for before, after, near in [
        ("Acceuil du public", "Accueil du public", True),
        ("Les équipe", "Le équipe", True),
        ("Martine est là", "Marine est là", False),
        ("Bergé est là", "Berger est là", False),
        ("Eric est là", "Éric est là", True),
        ("Herve est là", "Hervé est là", False),
    ]:
        with subtests.test(before=before, after=after, near=near):
            assert is_near(words_of(before)[0], words_of(after)[0]) is near


def test_the_lexicon_gives_the_entries_of_a_form() -> None:
    assert lexicon().lemmas("travaillent") == {Lemma("travailler", is_verb=True)}
    assert lexicon().lemmas("portes") == {Lemma("porte", is_verb=False), Lemma("porter", is_verb=True)}
    assert lexicon().lemmas("ont") == {Lemma("avoir", is_verb=True)}
    assert lexicon().lemmas("acceuil") == lexicon().lemmas("") == lexicon().lemmas("martine") == frozenset()
    assert lexicon().lemmas("Martine") == {Lemma("Martine", is_verb=False)}


def test_the_files_hold_as_many_lines_as_their_readme_says() -> None:
    lines = (76_802, 4_675)
    files = [lexicon().folder / name for name in ("words.txt", "suffixes.txt")]
    assert tuple(file.read_bytes().count(b"\n") for file in files) == lines
    words = files[0].read_bytes().splitlines()
    assert words == sorted(words), "they are searched by halves"
