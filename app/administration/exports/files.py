"""ExportFile: an export as a file, written whole before any of it leaves, in memory that does not grow with it.

A page says how many rows will come; the browser knows the length of the file, and shows how far it is. The file has no
name: it is gone with its last reader, whatever happens (docs/decisions/0033).
"""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, Self

from app import french
from app.administration.exports.columns import COLUMNS, DETAILS, Cell, Column, in_words
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.administration.exports.rows import exported_rows
from app.administration.exports.workbook import write_xlsx
from app.db import now, snapshot
from app.web import csv_files


@dataclass(frozen=True)
class ExportFile:
    """A file ready to leave: its content from the start, its length in bytes, its number of rows."""

    content: IO[bytes]
    length: int
    rows: int

    @classmethod
    def make(cls, purpose: ExportPurpose, format_: ExportFormat, filters: ExportFilters) -> Self:
        """Write a file from one snapshot of the database, read-only.

        Nobody is in it who had withdrawn before; whoever withdraws while it is written still is.
        """
        content = TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
        try:
            with snapshot() as session:
                with_details = format_ is not ExportFormat.CSV
                with closing(exported_rows(session, purpose, filters, with_details=with_details)) as exported:
                    rows = WRITERS[format_](content, purpose, filters, exported)
        except BaseException:
            content.close()
            raise
        length = content.seek(0, 2)
        content.seek(0)
        return cls(content, length, rows)

    def reason(self, purpose: ExportPurpose, format_: ExportFormat, filters: ExportFilters) -> str:
        """Return what the audit log says of it: purpose, format, number of rows, filters; never a name, nor words."""
        chosen = [f"{name} : {value}" for name, value in filters.named.items()]
        parts = (purpose.label.lower(), format_.label, french.count(self.rows, "ligne", "lignes"), *chosen)
        return ", ".join(parts)


def write_csv(content: IO[bytes], purpose: ExportPurpose, _filters: ExportFilters, rows: Iterable[Any]) -> int:
    """Write a CSV file as French spreadsheets open it; return the number of rows."""
    columns, total = COLUMNS[purpose], 0
    headings = csv_files.csv_row(column.heading for column in columns)
    content.write((csv_files.BYTE_ORDER_MARK + headings).encode())
    for total, row in enumerate(rows, 1):  # noqa: B007  # the last one is the number of rows
        content.write(csv_files.csv_row(in_words(column.read(row)) for column in columns).encode())
    return total


def write_json(content: IO[bytes], purpose: ExportPurpose, filters: ExportFilters, rows: Iterable[Any]) -> int:
    """Write a JSON object, one row a line, its keys stable and its moments in UTC; return the number of rows."""
    head: dict[str, Any] = {"exported_at": now().isoformat(timespec="seconds"), "purpose": purpose.value}
    if purpose is ExportPurpose.TEAM:  # the others leave the team, whose marks narrow them too
        head["filters"] = filters.named
    total = 0
    content.write(f'{{"export": {as_json(head)},\n"rows": ['.encode())
    for total, row in enumerate(rows, 1):
        members = json_members(row, COLUMNS[purpose]) | {
            detail.key: [json_members(item, detail.columns) for item in detail.items(row)]
            for detail in DETAILS[purpose]
        }
        content.write(f"{',' if total > 1 else ''}\n{as_json(members)}".encode())
    content.write(f'\n],\n"total": {total}}}\n'.encode())
    return total


def json_members(row: Any, columns: Iterable[Column]) -> dict[str, Cell]:
    return {column.key: column.read(row) for column in columns}


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat)


WRITERS = {ExportFormat.CSV: write_csv, ExportFormat.JSON: write_json, ExportFormat.XLSX: write_xlsx}
