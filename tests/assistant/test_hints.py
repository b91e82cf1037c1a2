"""The assistant: precision and recall on a labelled set, stored hints, and linear time."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from app.assistant.detection import RULES, SENTENCE, SIGN_PATTERNS, hints
from app.assistant.kinds import HintKind
from app.assistant.names import CAPITAL_WORD, GAP
from app.assistant.patterns import PERSONAL
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Status
from bench.assistant import KEPT_APART, LABELLED, STRUCTURED, TUNED_ON, WORST, loaded_bytes, measure, parse
from tests.acts import amend_with, committed
from tests.depth import DEPTH
from tests.factories import a_testimonial, a_version

REST = frozenset(HintKind) - STRUCTURED
PATTERNS = (
    [rule.pattern.pattern for rule in RULES]
    + [pattern.pattern for _, pattern in SIGN_PATTERNS]
    + [SENTENCE.pattern, CAPITAL_WORD.pattern, GAP.pattern, PERSONAL.pattern]
)


def labelled(name: str, part: str) -> list[str]:
    passages: list[str] = tomllib.loads((LABELLED / f"{name}.toml").read_text(encoding="utf-8"))[part]
    return passages


def kinds(text: str) -> list[HintKind]:
    return [hint.kind for hint in hints(text)]


def test_precision_and_recall_on_what_the_rules_were_tuned_on(subtests: pytest.Subtests) -> None:
    for name in TUNED_ON:
        with subtests.test(name=name):
            score = measure(name)
            assert score.recall(STRUCTURED) >= 0.98, score.missed
            for kind in REST:
                assert score.recall(frozenset({kind})) >= 0.8, (kind, score.missed)
            assert score.alarms_per_500 <= 1, score.false_alarms
            assert score.precision(frozenset(HintKind)) >= 0.9, score.beside


def test_precision_and_recall_on_passages_that_no_rule_was_written_from() -> None:
    score = measure(KEPT_APART)
    assert score.recall(STRUCTURED) >= 0.98, score.missed
    assert score.recall(frozenset({HintKind.AGE})) >= 0.9, score.missed
    for kind in (HintKind.NAME, HintKind.PATIENT, HintKind.DIAGNOSIS, HintKind.SUICIDE):
        assert score.recall(frozenset({kind})) >= 0.85, (kind, score.missed)
    assert score.recall(frozenset(HintKind)) >= 0.85, score.missed
    assert score.precision(frozenset(HintKind)) >= 0.85, score.beside
    assert score.alarms_per_500 <= 2, score.false_alarms


def test_what_the_rules_load_is_light() -> None:
    assert loaded_bytes() < 10_000_000


def test_persons_and_what_only_bears_their_names(subtests: pytest.Subtests) -> None:
    for text, names in [
        ("Merci à Sandrine Ourliaguet, du centre social.", ["Sandrine Ourliaguet"]),
        ("Autour de la table : Odile Ferré (UNAFAM), R. Vasselin (CCAS).", ["Odile Ferré", "R. Vasselin"]),
        ("Bien cordialement, Oriane Fauvel", ["Oriane Fauvel"]),
        ("La situation de J. D. et celle de Ludivine P. se ressemblent.", ["J. D.", "Ludivine P."]),
        ("Paul et Nadia Benzerrouk ont appelé.", ["Paul", "Nadia Benzerrouk"]),
        ("L’abbé Fontvieille et M Hautecloque sont venus.", ["abbé Fontvieille", "M Hautecloque"]),
        (
            "Bruno da Conceição, Karim El Haddaoui et Hery Rakoto.",
            ["Bruno da Conceição", "Karim El Haddaoui", "Hery Rakoto"],
        ),
        ("GUILLEMOT Sandrine a tenu la permanence.", ["GUILLEMOT Sandrine"]),
        ("Au foyer, Rose disait non ; merci encore à Claire, sans qui rien.", ["Rose", "Claire"]),
        ("Une carte en rose, la pierre angulaire, le mois d’avril, Rose sur fond gris.", []),
        ("Nous étions à l’école Jules-Ferry, place Jean-Jaurès, puis à l’hôpital Édouard-Toulouse.", []),
        ("La loi Lamy, le prix Jacques-Roustand, la salle Jean-Moulin et le Louise-Michel.", []),
        ("Personne n’a dit non. Chacun a dit ce qui l’inquiète. Aucun n’a râlé.", []),
        ("Nantes, Lille et la Lorraine ; Action Logement et Profession Banlieue.", []),
    ]:
        with subtests.test(text=text, names=names):
            assert [text[hint.start : hint.end] for hint in hints(text) if hint.kind is HintKind.NAME] == names


def test_health_is_marked_of_somebody_not_as_a_subject(subtests: pytest.Subtests) -> None:
    for text, expected in [
        ("Hospitalisée en mars, elle va mieux.", [HintKind.PATIENT]),
        ("Elle est en HDT depuis lundi.", [HintKind.PATIENT]),
        ("Mon voisin prend du Risperdal.", [HintKind.PATIENT]),
        ("Mon voisin prend du risperdal, sans acent.", [HintKind.PATIENT]),
        ("Son fils a un TDAH.", [HintKind.DIAGNOSIS]),
        ("Le père s’est immolé.", [HintKind.SUICIDE]),
        ("Une journée sur la schizophrénie, une autre sur l’hospitalisation sous contrainte.", []),
        ("La prévention du suicide et l’accès aux soins des 16-25 ans.", []),
        ("L’infirmière du CMP a rencontré le psychiatre du secteur.", []),
        ("Depuis dix ans, une convention de trois ans, un poste de 3 ans.", []),
    ]:
        with subtests.test(text=text, expected=expected):
            assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cet ASV de 24 ans tient bon.", []),
        ("L’ASV, 24 ans, tient bon.", []),
        ("L’atelier santé ville de Mme Exemple, 24 ans déjà.", [HintKind.NAME, HintKind.AGE]),
    ],
)
def test_the_partner_of_the_call_is_no_person(text: str, expected: list[HintKind]) -> None:
    """Its names are the call's: no rule knows them."""
    organisations = ("ASV", "ASV", "atelier santé ville", "ateliers santé ville")
    assert [hint.kind for hint in hints(text, organisations)] == expected


def test_a_name_is_found_whole_where_an_age_follows_it() -> None:
    text = "Avec Monsieur Jean Dupont, 45 ans, puis Karim, 19 ans, et Léa Martin, 30 ans, tous trois habitant Nantes."
    result = [(text[hint.start : hint.end], hint.kind) for hint in hints(text)]
    assert result == [
        ("Monsieur Jean Dupont", HintKind.NAME),
        ("45 ans", HintKind.AGE),
        ("Karim", HintKind.NAME),
        ("19 ans", HintKind.AGE),
        ("Léa Martin", HintKind.NAME),
        ("30 ans", HintKind.AGE),
    ]


def test_the_labelled_sets_have_every_kind() -> None:
    sets = (*TUNED_ON, KEPT_APART)
    assert sum(len(labelled(name, part)) for name in sets for part in ("marked", "clean")) >= 1000
    assert sum(len(labelled(KEPT_APART, part)) for part in ("marked", "clean")) >= 130
    for name in ("development", "held_out", KEPT_APART):
        assert set(measure(name).labels) == set(HintKind)
    for name in sets:
        assert len(labelled(name, "clean")) >= 40
    texts = [text for name in sets for part in ("marked", "clean") for text in labelled(name, part)]
    assert len(texts) == len(set(texts)), "no passage is in two sets"


def test_any_french_space_is_a_space(subtests: pytest.Subtests) -> None:
    for passage in DEPTH.drawn([passage for name in TUNED_ON for passage in labelled(name, "marked")]):
        with subtests.test(passage=passage):
            text, _ = parse(passage)
            expected = [(hint.start, hint.end, hint.kind) for hint in hints(text)]
            for space in "\u00a0\u202f":
                found = hints(text.replace(" ", space))
                assert [(hint.start, hint.end, hint.kind) for hint in found] == expected


def test_a_checksum_or_the_context_decides(subtests: pytest.Subtests) -> None:
    for text, expected in [
        ("184073599101282", [HintKind.NIR]),  # a valid key
        ("184073599101283", []),  # an invalid key, without any context
        ("1 84 07 35 991 012 83", [HintKind.NIR]),  # grouped as a NIR: one with a typo still counts
        ("Sécurité sociale 184073599101283", [HintKind.NIR]),
        ("188042B99305401", [HintKind.NIR]),  # Corsica
        ("1 84 13 35 991 012", []),  # no thirteenth month
        ("DE89370400440532013000", [HintKind.IBAN]),
        ("DE89370400440532013001", []),
        ("FR7630006000011234567890188", [HintKind.IBAN]),  # a French IBAN with a typo
        ("01 99 00 35 17", [HintKind.PHONE]),
        ("00 99 00 35 17", []),
        ("01 99 00 35", []),
        ("01.02.2024 10", []),
        ("Le 3114, le 15 et le 112", []),
        ("un patient travail, soyez patients", []),
        ("M. le maire et Mme la préfète", []),
        ("dix ans plus tard, en 2016", []),
        ("Ils sont venus ! Tous !", []),
        ("", []),
    ]:
        with subtests.test(text=text, expected=expected):
            assert kinds(text) == expected


def test_overlapping_hints_are_merged() -> None:
    assert kinds("Elle a été hospitalisée sous contrainte.") == [HintKind.PATIENT]
    assert kinds("Voir https://exemple.fr/qui?mail=a@exemple.fr") == [HintKind.EMAIL], "the kind declared first"


def test_the_suicide_hint_mentions_papageno_and_3114() -> None:
    assert "Papageno" in HintKind.SUICIDE.sentence
    assert "3114" in HintKind.SUICIDE.sentence


ALPHABET = st.sampled_from(
    [*"aàA1 0.-@,'’()[]!?\n\u00a0", "Mme ", "né le ", "rue ", "FR76 ", "fr.", "://", "ans ", "À "]
)


@settings(deadline=None)
@given(st.lists(ALPHABET, max_size=200).map("".join))
def test_hints_are_ordered_and_do_not_overlap(text: str) -> None:
    end = 0
    for hint in hints(text):
        assert end <= hint.start < hint.end <= len(text)
        end = hint.end


def unbounded(pattern: str) -> Iterator[str]:
    """Yield unbounded repetitions that can backtrack."""
    bare = re.sub(
        r"\[(?:\\.|[^\]\\])*\]", "C", re.sub(r"\\.", "E", re.sub(r"\[\\?\]?(?:\\.|[^\]\\])*\]", "C", pattern))
    )
    yield from re.findall(r"[CE)\w.](?:\*|\+|\{\d+,\})(?!\+)", re.sub(r"\{\d*,\d+\}\+?", "", bare))


def test_every_repetition_is_bounded_or_possessive() -> None:
    """The time is then proportional to the text."""
    assert list(unbounded(r"(?:a+)+b")) == ["a+", ")+"]
    assert list(unbounded(r"[a-z]*x")) == ["C*"]
    assert not list(unbounded(r"a{1,3}+[^\]+]{2,40}+(?:b){0,2}\+"))
    assert [(result, pattern) for pattern in PATTERNS for result in unbounded(pattern)] == []


def test_pathological_texts_are_examined(subtests: pytest.Subtests) -> None:
    for text in WORST:
        with subtests.test(text=text):
            assert sum(hint.end - hint.start for hint in hints(text)) <= len(text)


def test_hints_are_computed_with_the_version_and_counted_for_the_queue(session: Session) -> None:
    testimonial = committed(session, account="Appelez Mme Exemple au 01 99 00 35 17.", outcome="Rien de tel.")
    session.expire_all()
    assert [(each.number, each.answer, each.kind, each.words) for each in testimonial.latest.passages] == [
        (1, "account", HintKind.NAME, "Mme Exemple"),
        (2, "account", HintKind.PHONE, "01 99 00 35 17"),
    ]
    assert testimonial.hint_count == 2
    amend_with(testimonial, a_version(session))
    session.commit()
    assert (testimonial.hint_count, testimonial.latest.is_examined) == (0, True)
    assert len(testimonial.versions[0].passages) == 2, "each version has its own hints"


def test_hints_are_not_part_of_the_approved_digest(session: Session) -> None:
    version = a_version(session)
    before = version.compute_digest()
    version.examine()
    assert version.compute_digest() == before


def test_erasing_deletes_hints(session: Session) -> None:
    testimonial = a_testimonial(session, account="Appelez Mme Exemple au 01 99 00 35 17.")
    erase_testimonial(testimonial)
    session.commit()
    assert testimonial.hint_count == 0
    assert session.scalar(sql("SELECT count(hints) FROM version")) == 0


def test_rebuild_with_hints_examines_stored_versions(app: Flask, session: Session) -> None:
    texts = ["Appelez Mme Exemple au 01 99 00 35 17.", "Rien de tel."]
    marked, clean = (a_testimonial(session, email=f"a{n}@exemple.fr", account=text) for n, text in enumerate(texts))
    erased = a_testimonial(session, status=Status.ERASED)
    session.execute(sql("UPDATE version SET hints = NULL"))
    session.execute(sql("UPDATE testimonial SET hint_count = 7"))
    session.commit()
    assert not marked.latest.is_examined
    app.test_cli_runner().invoke(args=["catalog", "rebuild", "--hints"], catch_exceptions=False)
    session.rollback()
    assert [each.hint_count for each in (marked, clean, erased)] == [2, 0, 0]
    assert [each.latest.is_examined for each in (marked, clean)] == [True, True]


def test_hints_of_a_removed_kind_are_not_shown(session: Session) -> None:
    testimonial = a_testimonial(session, account="Appelez Mme Exemple.")
    testimonial.latest.hints = [("account", "tarot", 0, 7), ("gone", "name", 0, 7), ("account", "name", 8, 19)]
    assert [each.words for each in testimonial.latest.passages] == ["Mme Exemple"]
