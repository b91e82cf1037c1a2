"""« Nos promesses »: the product rules in words for everybody, and what a simulation lived of them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from config import ROOT


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A release in the simulation: `years` are those of all stories together, `found` is what was mended."""

    release: str
    seeds: int
    years: int
    found: Sequence[str]


@cache
def load_promises() -> tuple[Sequence[Mapping[str, str]], Lived]:
    """Return the product rules, each with its title and its sentence, and what was lived of them."""
    stored = tomllib.loads((ROOT / "content" / "promises.toml").read_text(encoding="utf-8"))
    return stored["promises"], Lived(**stored["lived"])
