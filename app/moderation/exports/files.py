"""ExportFile: an export as a file, written whole before any of it leaves, in memory that does not grow with it.

The browser knows the length of the file, and shows how far it is. The file has no name: it is gone with its last
reader, in every case (docs/decisions/0033).
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Self

from app import french
from app.db import snapshot
from app.french import PARIS
from app.moderation.exports.columns import COLUMNS, Column, ExportFormat, ExportPurpose, in_words
from app.moderation.exports.rows import exported_rows
from app.moderation.queue.filters import EVERY_LIST, QueueFilters
from app.moderation.queue.reader import QueueReader
from app.web import csv_files

MOMENT = "dd/mm/yyyy hh:mm"


def write_xlsx(content: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a workbook; return the number of rows. What was written of a row is no longer in memory.

    Its parts wait in a folder that is always removed: they hold what the file holds.
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


@dataclass(frozen=True)
class ExportFile:
    """A file ready to leave: its content from the start, its length in bytes, its number of rows."""

    content: IO[bytes]
    length: int
    rows: int

    @classmethod
    def make(cls, purpose: ExportPurpose, format_: ExportFormat, reader: QueueReader) -> Self:
        """Write a file from one snapshot of the database, read-only.

        A text withdrawn before is not in the file; a text withdrawn while the file is written still is.
        """
        content = TemporaryFile()  # noqa: SIM115  # its sender closes it
        write = {ExportFormat.CSV: write_csv, ExportFormat.XLSX: write_xlsx}[format_]
        try:
            with snapshot() as session, closing(exported_rows(session, purpose, reader)) as exported:
                rows = write(content, COLUMNS[purpose], exported)
        except BaseException:
            content.close()
            raise
        length = content.seek(0, 2)
        content.seek(0)
        return cls(content, length, rows)

    def reason(self, purpose: ExportPurpose, format_: ExportFormat, filters: QueueFilters) -> str:
        """Return what the audit log says of it: purpose, format, number of rows, filters.

        Words that were searched may be someone's name: the log says that there were some, never which.
        """
        chosen = {"etat": filters.etat or EVERY_LIST} | filters.query | ({"mots": "oui"} if filters.mots else {})
        left_out = {"tri", "etat"} if filters.special_list else {"tri"}
        named = [f"{name} : {value}" for name, value in chosen.items() if name not in left_out]
        return ", ".join((purpose.label.lower(), format_.label, french.count(self.rows, "ligne", "lignes"), *named))


def write_csv(content: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a CSV file as French spreadsheets open it; return the number of rows."""
    total = 0
    headings = csv_files.csv_row(column.heading for column in columns)
    content.write((csv_files.BYTE_ORDER_MARK + headings).encode())
    for total, row in enumerate(rows, 1):  # noqa: B007  # the last one is the number of rows
        content.write(csv_files.csv_row(in_words(column.read(row)) for column in columns).encode())
    return total
