"""A version: its digest is of what is displayed, and of nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.french import opening
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.versions import CrpvKnown, Situation
from tests.factories import a_version, the_article

DISPLAYED: list[dict[str, Any]] = [
    {"title": "Un autre titre"},
    {"account": "Un autre récit."},
    {"outcome": "Des liens."},
    {"obstacles": "Le temps."},
    {"advice": "Osez."},
    {"years": "2024"},
    {"partners": "Le centre social"},
    {"link": "https://exemple.fr"},
    {"situation": Situation.PAST},
    {"attribution": Attribution.FULL},
    {"clsm": "CLSM d’Ailleurs"},
    {"author_role": "Chargée de mission"},
    {"crpv": None, "crpv_known": CrpvKnown.UNKNOWN},
    {"crpv": None, "crpv_known": CrpvKnown.OTHER, "crpv_other": "Un autre centre"},
]


@pytest.mark.one_engine
def test_each_displayed_field_is_in_the_digest(session: Session, subtests: pytest.Subtests) -> None:
    for change in DISPLAYED:
        with subtests.test(change=change):
            assert a_version(session, **change).compute_digest() != a_version(session).compute_digest()


def test_the_themes_and_the_region_are_in_the_digest(session: Session) -> None:
    usual = a_version(session).compute_digest()
    assert a_version(session, themes=the_article(session).themes[1:3]).compute_digest() != usual
    elsewhere = session.scalars(select(Department).where(Department.region_code == "11")).first()
    assert a_version(session, department=elsewhere).compute_digest() != usual


def test_what_the_signature_hides_is_not_in_the_digest(session: Session) -> None:
    hidden = a_version(session, attribution=Attribution.REGION)
    assert (
        a_version(
            session,
            attribution=Attribution.REGION,
            author_name="Quelqu’un d’autre",
            author_role="Chargé de mission",
            clsm="CLSM d’Ailleurs",
        ).compute_digest()
        == hidden.compute_digest()
    )
    assert "Camille" not in str(hidden.displayed())
    assert "Ville-Exemple" not in str(hidden.displayed())


def test_a_long_account_is_quoted_by_its_first_sentences(session: Session) -> None:
    version = a_version(session, advice="", account="Une phrase assez longue pour compter seule dans la marge. " * 9)
    assert version.pull_quote.endswith("la marge.")
    assert len(version.pull_quote) <= 180


@pytest.mark.parametrize(
    ("signs", "quoted"), [(180, "mot " * 44 + "mots"), (181, "mot " * 43 + "mot …")], ids=["whole", "cut"]
)
def test_a_quote_has_180_signs_at_most(session: Session, signs: int, quoted: str) -> None:
    advice = "mot " * 44 + "mots."[: signs - 176]
    assert len(advice) == signs
    assert a_version(session, advice=advice).pull_quote == quoted


@pytest.mark.parametrize(
    ("signs", "shown"), [(130, "mot " * 32 + "mo"), (131, "mot " * 31 + "mot …")], ids=["whole", "cut"]
)
def test_the_first_lines_of_a_card_have_130_signs_at_most(session: Session, signs: int, shown: str) -> None:
    account = "mot " * 32 + "mot"[: signs - 128]
    assert len(account) == signs
    assert a_version(session, account=account).first_lines == shown


QUOTED = [
    ("« Invitez les gardiens ! »", "Invitez les gardiens !"),
    ("« Invitez les gardiens ! ».", "Invitez les gardiens !"),
    ("«\u00a0Invitez les gardiens\u00a0».", "Invitez les gardiens."),
    ("“Invitez les gardiens.”", "Invitez les gardiens."),
    ('"Invitez les gardiens"', "Invitez les gardiens"),
    ("« Invitez » les « gardiens »", "« Invitez » les « gardiens »"),
    ("Dites « bonjour ».", "Dites « bonjour »."),
    ("«", "«"),
    ("Invitez les gardiens…", "Invitez les gardiens…"),
]


@pytest.mark.one_engine
def test_a_pull_quote_loses_its_own_guillemets(session: Session, subtests: pytest.Subtests) -> None:
    for advice, quoted in QUOTED:
        with subtests.test(advice=advice):
            assert a_version(session, advice=advice).pull_quote == quoted


def test_the_first_lines_of_a_card_end_on_a_word(session: Session) -> None:
    version = a_version(session, account="Les bailleurs, la mairie, " * 9)
    assert version.first_lines.endswith("bailleurs, la mairie …")


@given(st.text(), st.integers(min_value=20, max_value=200))
def test_an_opening_fits_and_invents_nothing(text: str, length: int) -> None:
    quote = opening(text, length)
    assert len(quote) <= length + 2
    assert " ".join(text.split()).startswith(quote.removesuffix(" …"))


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"situation": Situation.PLANNED}, "En projet : RésO Villes"),
        ({"situation": Situation.PAST}, "A déjà collaboré : RésO Villes"),
        ({"crpv": None, "crpv_known": CrpvKnown.OTHER, "crpv_other": "Le centre du Sud"}, "{} : Le centre du Sud"),
        ({"crpv": None, "crpv_known": CrpvKnown.OTHER}, "{}"),
        ({"crpv": None, "crpv_known": CrpvKnown.UNKNOWN}, "{}"),
    ],
)
def test_a_title_is_composed_that_is_right_for_any_name(session: Session, facts: dict[str, Any], heading: str) -> None:
    version = a_version(session, title="", **facts)
    assert version.heading == heading.format("Collaboration régulière")
