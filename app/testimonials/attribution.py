"""Attribution: how an author is named beside the article, never more fully than they chose."""

from collections.abc import Mapping
from typing import Protocol

from app.french import unbroken
from app.labelled_enum import ExplainedEnum
from app.words import PEOPLE, unnamed


class Attribution(ExplainedEnum):
    """A way of signing, as the form offers it; the sentence tells what readers will know."""

    FULL = "full", f"Mon nom, ma fonction et mon {PEOPLE}", "On vous reconnaîtra."
    ROLE = "role", f"Ma fonction et mon {PEOPLE}", f"Qui connaît votre {PEOPLE} vous reconnaîtra peut-être."
    CLSM = "clsm", f"Mon {PEOPLE} seul", "En son nom."
    REGION = "region", "Ma région seule", "Relisez : le texte ne doit pas vous nommer."


# Those offered to who answers for an organisation, each with its label and its hint: an answer never stands unnamed.
OF_ANSWERS: Mapping[Attribution, tuple[str, str]] = {
    Attribution.FULL: ("Mon nom, ma fonction et mon organisation", Attribution.FULL.sentence),
    Attribution.ROLE: (
        "Ma fonction et mon organisation",
        "Qui connaît votre organisation vous reconnaîtra peut-être.",
    ),
    Attribution.CLSM: ("Mon organisation seule", Attribution.CLSM.sentence),
}


class Signed(Protocol):
    """The parts of a signature."""

    attribution: Attribution
    author_name: str
    author_role: str
    clsm: str

    @property
    def region_name(self) -> str:
        """The name of the région."""


def byline(signed: Signed) -> str:
    match signed.attribution:
        case Attribution.FULL:
            return f"{signed.author_name}, {lowered(signed.author_role)}, {signed.clsm}"
        case Attribution.ROLE:
            return f"{raised(signed.author_role)}, {signed.clsm}"
        case Attribution.CLSM:
            return signed.clsm
        case Attribution.REGION:
            return unnamed(signed.region_name)


def line_of(signature: str, region: str) -> str:
    """Return a signature as our pages set it: no line ends within a région that we name."""
    return unbroken(signature) if signature == unnamed(region) else signature


def facts_line(signature: str, region: str, situation: str, partner: str) -> list[str]:
    """Return the facts that follow a signature as our pages set them: no line ends within the région."""
    return [unbroken(each) if each == region else each for each in facts_after(signature, region, situation, partner)]


def facts_after(signature: str, region: str, situation: str, partner: str) -> list[str]:
    """Return the facts that follow a signature on its line; the région only where the signature does not name it."""
    facts = (region if region not in signature else "", situation[:1].lower() + situation[1:], partner)
    return [fact for fact in facts if fact]


def signature(signed: Signed) -> list[str]:
    match signed.attribution:
        case Attribution.FULL:
            return [signed.author_name, signed.author_role, signed.clsm]
        case Attribution.ROLE:
            return [signed.author_role, signed.clsm]
        case Attribution.CLSM:
            return [signed.clsm]
        case Attribution.REGION:
            return []


def signed_place(signed: Signed) -> str:
    return signed.region_name if signed.attribution is Attribution.REGION else signed.clsm


def lowered(role: str) -> str:
    """Lower the first letter of a function, except of sigles (« IDE »)."""
    return role[0].lower() + role[1:] if len(role) > 1 and role[1].islower() else role


def raised(role: str) -> str:
    return role[:1].upper() + role[1:]
