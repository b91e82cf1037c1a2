"""How an author is named beside the article: by their own choice, and never more fully than they chose."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Attribution(StrEnum):
    """The four ways of signing."""

    FULL = "full"
    ROLE = "role"
    CLSM = "clsm"
    REGION = "region"

    @property
    def label(self) -> str:
        """Return what the choice says in the form."""
        return LABELS[self]

    @property
    def hint(self) -> str:
        """Return what readers will know, in one sentence."""
        return HINTS[self]


LABELS: Mapping[Attribution, str] = {
    Attribution.FULL: "Mon nom, ma fonction et mon CLSM",
    Attribution.ROLE: "Ma fonction et mon CLSM",
    Attribution.CLSM: "Mon CLSM seul",
    Attribution.REGION: "Ma région seule",
}

HINTS: Mapping[Attribution, str] = {
    Attribution.FULL: "Vos collègues et partenaires vous reconnaîtront.",
    Attribution.ROLE: "Sans votre nom ; qui connaît votre CLSM vous reconnaîtra peut-être.",
    Attribution.CLSM: "Le texte parle au nom du CLSM.",
    Attribution.REGION: "Ni nom, ni fonction, ni CLSM : relisez votre texte, il ne doit pas les dire à votre place.",
}


class Signed(Protocol):
    """What a signature is made of."""

    attribution: Attribution
    author_name: str
    author_role: str
    clsm: str

    @property
    def region_name(self) -> str:
        """The name of the région."""


def byline(signed: Signed) -> str:
    """Return the line a text is signed with."""
    match signed.attribution:
        case Attribution.FULL:
            return f"{signed.author_name}, {lowered(signed.author_role)}, {signed.clsm}"
        case Attribution.ROLE:
            return f"{raised(signed.author_role)}, {signed.clsm}"
        case Attribution.CLSM:
            return signed.clsm
        case Attribution.REGION:
            return f"Un CLSM, en région {signed.region_name}"


def signature(signed: Signed) -> list[str]:
    """Return what the author gave that the signature shows."""
    match signed.attribution:
        case Attribution.FULL:
            return [signed.author_name, signed.author_role, signed.clsm]
        case Attribution.ROLE:
            return [signed.author_role, signed.clsm]
        case Attribution.CLSM:
            return [signed.clsm]
        case Attribution.REGION:
            return []


def lowered(role: str) -> str:
    """Return a function as it reads in the middle of a line, leaving sigles (« IDE ») as they are."""
    return role[0].lower() + role[1:] if len(role) > 1 and role[1].islower() else role


def raised(role: str) -> str:
    """Return a function as it reads at the start of a line."""
    return role[:1].upper() + role[1:]
