"""CSV files that a French spreadsheet opens as they are, with formulas neutralized."""

import csv
import io
from collections.abc import Iterable

# Without it, spreadsheets misread UTF-8.
BYTE_ORDER_MARK = "\ufeff"

# A cell that begins with one of these is a formula (OWASP, « CSV injection »); full-width signs count as well.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_row(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow([neutralized(cell) for cell in cells])
    return line.getvalue()


def neutralized(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) else text


def restored(text: str) -> str:
    """Return a cell of our own files as it was before it was neutralized."""
    return text[1:] if text.startswith("'") and neutralized(text[1:]) == text else text
