"""SharedCounters: numbers that all workers of a server add to, in memory that is made before they are forked."""

from mmap import mmap
from threading import Lock

from flask import Flask

ROWS = 1 + 2 * 64  # the process that forks; as many workers as there may be, twice where they are replaced
CAPACITY = 4_096  # numbers in a row


class SharedCounters:
    """Numbers that only grow, a row for each process and a column for each thing counted.

    Each process writes to its own row alone, and any may read the totals. A worker that takes the place of one that
    died goes on with its row, so that no total ever falls while the server runs.
    """

    def __init__(self) -> None:
        self.numbers = memoryview(mmap(-1, ROWS * CAPACITY * 8)).cast("Q")  # a page of it takes memory once written to
        self.lock = Lock()
        self.row = self.reserved = 0

    def use_row(self, row: int) -> None:
        """Write to a row from now on; all beyond the last share row 0, and may then lose a count."""
        self.row = row if row < ROWS else 0

    def reserve(self, number: int) -> int:
        """Return the first of as many columns; call it before workers are forked."""
        first, self.reserved = self.reserved, self.reserved + number
        if self.reserved > CAPACITY:
            raise ValueError(f"{self.reserved} columns are more than {CAPACITY}")
        return first

    def add(self, column: int, amount: int = 1) -> None:
        with self.lock:
            self.numbers[self.row * CAPACITY + column] += amount

    def total(self, column: int) -> int:
        return sum(self.numbers[column::CAPACITY])

    def clear(self) -> None:
        """Forget what this process counted: before it is forked, the pages of its warming."""
        first = self.row * CAPACITY
        self.numbers[first : first + CAPACITY] = memoryview(bytes(8 * CAPACITY)).cast("Q")


def init_app(app: Flask) -> None:
    app.extensions["counters"] = SharedCounters()
