"""Exporting, and reading what was: JSON as it is, a CSV file or a workbook as rows of text, by heading."""

import csv
import io
import json
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

from app.administration.exports.files import ExportFile
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Table = list[dict[str, str]]


def export(purpose: ExportPurpose, format_: ExportFormat, **filters: Any) -> bytes:
    """Return the content of an export's file."""
    with ExportFile.make(purpose, format_, ExportFilters(**filters)).content as file:
        return file.read()


def export_json(purpose: ExportPurpose, **filters: Any) -> dict[str, Any]:
    """Return an export in JSON."""
    document: dict[str, Any] = json.loads(export(purpose, ExportFormat.JSON, **filters))
    return document


def references(purpose: ExportPurpose = ExportPurpose.TEAM, **filters: Any) -> set[str]:
    """Return whose texts an export holds."""
    return {row["public_id"] for row in export_json(purpose, **filters)["rows"]}


def read_csv(content: bytes) -> Table:
    words = content.decode()
    assert words.startswith("\ufeff"), "spreadsheets misread UTF-8 without it"
    return list(csv.DictReader(io.StringIO(words.removeprefix("\ufeff"), newline=""), delimiter=";"))


def read_xlsx(content: bytes) -> dict[str, Table]:
    """Return each sheet as rows; a moment is the number of days that spreadsheets store."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = parse(archive.read("xl/workbook.xml"))
        names = [str(each.get("name")) for each in book.iter(f"{MAIN}sheet")]
        sheets = [parse(archive.read(f"xl/worksheets/sheet{n}.xml")) for n in range(1, len(names) + 1)]
    assert not any(sheet.findall(f".//{MAIN}f") or sheet.findall(f".//{MAIN}hyperlink") for sheet in sheets)
    return {name: rows_of(sheet) for name, sheet in zip(names, sheets, strict=True)}


def parse(part: bytes) -> ET.Element:
    return ET.fromstring(part)  # noqa: S314  # a file that we have just made


def rows_of(sheet: ET.Element) -> Table:
    lines = [
        {column_of(cell): "".join(cell.itertext()) for cell in line.iter(f"{MAIN}c")}
        for line in sheet.iter(f"{MAIN}row")
    ]
    headings = lines[0]
    return [{heading: line.get(letters, "") for letters, heading in headings.items()} for line in lines[1:]]


def column_of(cell: ET.Element) -> str:
    return str(cell.get("r")).rstrip("0123456789")
