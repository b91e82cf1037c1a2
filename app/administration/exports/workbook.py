"""Workbook of an export (XLSX): a sheet for the rows, and one for each kind of detail, written as rows are read."""

from collections.abc import Iterable
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import IO, Any

from app.administration.exports.columns import COLUMNS, DETAILS, Cell, in_words
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportPurpose
from app.french import PARIS

SHEET_ROWS = 1_048_576  # that a spreadsheet holds, headings included
WIDTH, WIDER, WIDE = 18, 34, 60  # of columns, in characters
MOMENT = "dd/mm/yyyy hh:mm"
LONG_TEXTS = frozenset({"Le récit", "Suite", "Phrase lue", "Mots", "Message", "Demandes"})
LINES = frozenset({"Article", "Courriel", "Fonction", "Organisation", "Prénom et nom", "Signature", "Titre"})


def write_xlsx(content: IO[bytes], purpose: ExportPurpose, _filters: ExportFilters, rows: Iterable[Any]) -> int:
    """Write a workbook; return the number of rows.

    Its parts wait in a folder that goes whatever happens: they hold what the file holds.
    """
    from xlsxwriter import Workbook

    columns, details = COLUMNS[purpose], DETAILS[purpose]
    with TemporaryDirectory() as folder:
        book = Workbook(
            content,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder},
        )
        table = Sheet(book, "Retours", [column.heading for column in columns])
        sheets = [
            Sheet(book, detail.heading, ["Référence", *(column.heading for column in detail.columns)])
            for detail in details
        ]
        try:
            for row in rows:
                table.append([column.read(row) for column in columns])
                for detail, sheet in zip(details, sheets, strict=True):
                    for item in detail.items(row):
                        sheet.append([row.public_id, *(column.read(item) for column in detail.columns)])
        except BaseException:
            for sheet in (table, *sheets):
                sheet.abandon()
            raise
        for sheet in (table, *sheets):
            sheet.finish()
        book.close()
    return table.total


class Sheet:
    """A sheet, written a row at a time: what was written of a row is no longer in memory; once full, a second one."""

    def __init__(self, book: Any, name: str, headings: list[str]) -> None:
        self.book, self.name, self.headings = book, name, headings
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.moment = book.add_format({"num_format": MOMENT, "align": "left"})
        self.total = 0
        self.pages: list[Any] = []
        self.begin()

    def begin(self) -> None:
        page = self.book.add_worksheet(f"{self.name} {len(self.pages) + 1}" if self.pages else self.name)
        for number, heading in enumerate(self.headings):
            width = WIDE if heading in LONG_TEXTS else WIDER if heading in LINES else WIDTH
            page.set_column(number, number, width)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, self.headings, self.head)
        self.pages.append(page)
        self.last = 0

    def append(self, cells: Iterable[Cell]) -> None:
        if self.last + 1 == SHEET_ROWS:
            self.finish()
            self.begin()
        self.last += 1
        self.total += 1
        for number, cell in enumerate(cells):
            self.write(number, cell)

    def write(self, number: int, cell: Cell) -> None:
        """Write a cell by its kind: text is never read as a formula, a number or a link."""
        if cell is None:
            return
        page = self.pages[-1]
        if isinstance(cell, datetime):
            page.write_datetime(self.last, number, cell.astimezone(PARIS).replace(tzinfo=None), self.moment)
        elif isinstance(cell, int):
            page.write_number(self.last, number, cell)
        else:
            page.write_string(self.last, number, in_words(cell))

    def finish(self) -> None:
        self.pages[-1].autofilter(0, 0, self.last, len(self.headings) - 1)

    def abandon(self) -> None:
        """Close the parts that a workbook leaves open where it is not finished."""
        for page in self.pages:
            page.row_data_fh.close()
