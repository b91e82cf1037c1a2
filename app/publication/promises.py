"""« Nos promesses »: the product rules in words for everybody, and what a simulation lived of them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from config import ROOT


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A product rule; the checks of the simulation name it by its key."""

    number: int
    key: str
    title: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A release in the simulation: `years` are those of all stories together, `found` is what was mended."""

    release: str
    seeds: int
    years: int
    found: Sequence[str]


@cache
def load_promises() -> tuple[Sequence[Promise], Lived]:
    stored = tomllib.loads((ROOT / "content" / "promises.toml").read_text(encoding="utf-8"))
    return [Promise(**each) for each in stored["promises"]], Lived(**stored["lived"])
