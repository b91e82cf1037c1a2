"""Workbook of an export (XLSX): one sheet, written as rows are read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import IO, Any

from app.french import PARIS
from app.moderation.exports.columns import Column, in_words

MOMENT = "dd/mm/yyyy hh:mm"


def write_xlsx(content: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a workbook; return the number of rows. What was written of a row is no longer in memory.

    Its parts wait in a folder that goes whatever happens: they hold what the file holds.
    """
    from xlsxwriter import Workbook

    total = 0
    with TemporaryDirectory() as folder:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        book = Workbook(content, options)
        moments = book.add_format({"num_format": MOMENT, "align": "left"})
        sheet = book.add_worksheet("Retours")
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        headings = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, [column.heading for column in columns], headings)
        sheet.freeze_panes(1, 0)
        try:
            for total, row in enumerate(rows, 1):
                for number, column in enumerate(columns):
                    write_cell(sheet, total, number, column.read(row), moments)
        except BaseException:
            sheet.row_data_fh.close()  # which a workbook leaves open where it is not finished
            raise
        sheet.autofilter(0, 0, total, len(columns) - 1)
        book.close()
    return total


def write_cell(sheet: Any, line: int, number: int, cell: Any, moments: Any) -> None:
    """Write a cell by its kind: text is never read as a formula, a number or a link."""
    if isinstance(cell, datetime):
        sheet.write_datetime(line, number, cell.astimezone(PARIS).replace(tzinfo=None), moments)
    elif cell is not None:
        sheet.write_string(line, number, in_words(cell))
