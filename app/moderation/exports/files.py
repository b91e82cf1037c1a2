"""ExportFile: an export as a file, written whole before any of it leaves, in memory that does not grow with it.

The browser knows the length of the file, and shows how far it is. The file has no name: it is gone with its last
reader, whatever happens (docs/decisions/0033).
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, Self

from app import french
from app.db import snapshot
from app.moderation.exports.columns import COLUMNS, Column, in_words
from app.moderation.exports.purposes import ExportFormat, ExportPurpose
from app.moderation.exports.rows import exported_rows
from app.moderation.exports.workbook import write_xlsx
from app.moderation.queue.filters import EVERY_LIST, QueueFilters
from app.moderation.queue.reader import QueueReader
from app.web import csv_files


@dataclass(frozen=True)
class ExportFile:
    """A file ready to leave: its content from the start, its length in bytes, its number of rows."""

    content: IO[bytes]
    length: int
    rows: int

    @classmethod
    def make(cls, purpose: ExportPurpose, format_: ExportFormat, reader: QueueReader) -> Self:
        """Write a file from one snapshot of the database, read-only.

        Nobody is in it who had withdrawn before; whoever withdraws while it is written still is.
        """
        content = TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
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
        named = [f"{name} : {value}" for name, value in chosen.items() if name != "tri"]
        return ", ".join((purpose.label.lower(), format_.label, french.count(self.rows, "ligne", "lignes"), *named))


def write_csv(content: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a CSV file as French spreadsheets open it; return the number of rows."""
    total = 0
    headings = csv_files.csv_row(column.heading for column in columns)
    content.write((csv_files.BYTE_ORDER_MARK + headings).encode())
    for total, row in enumerate(rows, 1):  # noqa: B007  # the last one is the number of rows
        content.write(csv_files.csv_row(in_words(column.read(row)) for column in columns).encode())
    return total
