"""Attribution: the signature shows no more than its author chose."""

from dataclasses import dataclass

import pytest

from app.testimonials.attribution import Attribution, byline, facts_line, line_of


@dataclass
class Signer:
    """Someone who signs."""

    attribution: Attribution
    author_name: str = "Camille Exemple"
    author_role: str = "Coordinatrice du CLSM"
    clsm: str = "CLSM de Ville-Exemple"
    region_name: str = "Bretagne"


@pytest.mark.parametrize(
    ("attribution", "line"),
    [
        (Attribution.FULL, "Camille Exemple, coordinatrice du CLSM, CLSM de Ville-Exemple"),
        (Attribution.ROLE, "Coordinatrice du CLSM, CLSM de Ville-Exemple"),
        (Attribution.CLSM, "CLSM de Ville-Exemple"),
        (Attribution.REGION, "Un CLSM, en région Bretagne"),
    ],
)
def test_the_four_signatures(attribution: Attribution, line: str) -> None:
    assert byline(Signer(attribution)) == line


def test_a_line_of_ours_breaks_no_region_and_changes_no_word_of_an_author() -> None:
    region = "Provence-Alpes-Côte d’Azur"
    ours = "Un CLSM, en région Provence\u2011Alpes\u2011Côte d’Azur"
    assert line_of(byline(Signer(Attribution.REGION, region_name=region)), region) == ours
    theirs = byline(Signer(Attribution.CLSM, clsm="CLSM de Provence-Alpes-Côte d’Azur"))
    assert line_of(theirs, region) == theirs == "CLSM de Provence-Alpes-Côte d’Azur"
    assert facts_line("CLSM de Ville-Exemple", region, "En projet", "Cité-Ressource") == [
        "Provence\u2011Alpes\u2011Côte d’Azur",
        "en projet",
        "Cité-Ressource",
    ]


@pytest.mark.parametrize(
    ("role", "inside", "first"),
    [("IDE", "IDE", "IDE"), ("élue", "élue", "Élue"), ("A", "A", "A"), ("Élu", "élu", "Élu")],
)
def test_a_function_keeps_the_case_of_a_sigle(role: str, inside: str, first: str) -> None:
    assert f", {inside}," in byline(Signer(Attribution.FULL, author_role=role))
    assert byline(Signer(Attribution.ROLE, author_role=role)).startswith(first)
