"""Rows as a CSV file that a spreadsheet in French opens as it is, and runs nothing of."""

import csv
import io
from collections.abc import Iterable

# Without it, spreadsheets take UTF-8 for something else.
BYTE_ORDER_MARK = "\ufeff"

# What makes a cell a formula (OWASP, « CSV injection »); full-width signs count as well.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_row(cells: Iterable[object]) -> str:
    """Return one row, between semicolons; what would be a formula is a text."""
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow([neutralized(cell) for cell in cells])
    return line.getvalue()


def neutralized(cell: object) -> str:
    """Return a cell as text, with an apostrophe before what a spreadsheet would compute."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) else text
