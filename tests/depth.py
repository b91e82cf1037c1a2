"""How much a run asks of a dear test: all of it, or a tenth, drawn by its seed (a whole run, `--quick`, `--changed`).

All is asked by `./dev test --both`, by `./dev faults`, and of what is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass
class Depth:
    """The depth of a run; `tests/selection.py` sets it before the tests are imported."""

    full: bool = True
    seed: int = 0

    def rounds(self, many: int) -> int:
        """Return how often to try: `many` times, or a tenth of it."""
        return many if self.full else max(1, many // 10)

    def drawn(self, cases: Sequence[T]) -> list[T]:
        """Return the cases to ask: all of them, or every tenth, at least one."""
        if self.full:
            return list(cases)
        first = self.seed % min(10, len(cases))
        return list(cases[first::10])


DEPTH = Depth()
