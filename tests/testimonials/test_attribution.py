"""Attribution: the signature shows no more than its author chose."""

from dataclasses import dataclass

import pytest

from app.testimonials.attribution import Attribution, byline


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


@pytest.mark.parametrize(
    ("role", "inside", "first"),
    [("IDE", "IDE", "IDE"), ("élue", "élue", "Élue"), ("A", "A", "A"), ("Élu", "élu", "Élu")],
)
def test_a_function_keeps_the_case_of_a_sigle(role: str, inside: str, first: str) -> None:
    assert f", {inside}," in byline(Signer(Attribution.FULL, author_role=role))
    assert byline(Signer(Attribution.ROLE, author_role=role)).startswith(first)
