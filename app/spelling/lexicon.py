"""Lexicon: the French word list, and the lemmas of a written form (content/spelling/README.md)."""

import re
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "content" / "spelling"


class Lemma(NamedTuple):
    """A dictionary entry that a form belongs to, and whether the form is one of a verb's."""

    entry: str
    is_verb: bool


class Suffix(NamedTuple):
    """A rule of the list: an entry with `flag` that ends as `condition` says loses `strip` and takes the suffix."""

    flag: str
    strip: str
    condition: str


class Lexicon:
    """The entries as one sorted block of bytes, 1 MB, searched by halves; and the rules by suffix."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._block = (folder / "words.txt").read_bytes()
        self._suffixes: dict[str, list[Suffix]] = {}
        for line in (folder / "suffixes.txt").read_text("utf-8").splitlines():
            flag, strip, suffix, condition = line.split(" ")
            rule = Suffix(flag, "" if strip == "0" else strip, condition)
            self._suffixes.setdefault("" if suffix == "0" else suffix, []).append(rule)
        self._longest = max(map(len, self._suffixes))
        self._conditions: dict[str, re.Pattern[str]] = {}

    def lemmas(self, form: str) -> frozenset[Lemma]:
        """Return the entries that a form, written as the list writes it, belongs to; none: it is not in the list."""
        found = {Lemma(form, False)} if self._flags(form) is not None else set()
        for length in range(min(len(form), self._longest) + 1):
            start, suffix = form[: len(form) - length], form[len(form) - length :]
            for rule in self._suffixes.get(suffix, ()):
                entry = start + rule.strip
                if (flags := self._flags(entry)) and rule.flag in flags and self._meets(rule.condition, entry):
                    found.add(Lemma(entry, rule.flag[0].islower()))
        return frozenset(found)

    def _flags(self, entry: str) -> list[str] | None:
        key = f"{entry}/".encode()
        place = bisect_left(range(len(self._block)), key, key=self._line_at)
        if not self._block.startswith(key, place):
            return None
        flags = self._block[place + len(key) : self._block.index(b"\n", place)].decode()
        return [flags[at : at + 2] for at in range(0, len(flags), 2)]

    def _line_at(self, place: int) -> bytes:
        start = self._block.rfind(b"\n", 0, place) + 1
        return self._block[start : self._block.index(b"/", start) + 1]

    def _meets(self, condition: str, entry: str) -> bool:
        if condition not in self._conditions:
            self._conditions[condition] = re.compile(f"{condition}$")
        return self._conditions[condition].search(entry) is not None


@cache
def lexicon() -> Lexicon:
    return Lexicon(FOLDER)
