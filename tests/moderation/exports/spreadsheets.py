"""Exporting, and reading what was: a CSV file or a workbook as rows of text, by heading."""

import csv
import io
import zipfile
from xml.etree import ElementTree as ET

from app.moderation.exports.columns import ExportFormat, ExportPurpose
from app.moderation.exports.files import ExportFile
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.reader import QueueReader

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Table = list[dict[str, str]]


def reader(**filters: str) -> QueueReader:
    """Return who reads every list, narrowed by some filters."""
    return QueueReader(0, QueueFilters.read({"etat": "tous"} | filters))


def export(purpose: ExportPurpose, format_: ExportFormat = ExportFormat.CSV, **filters: str) -> bytes:
    with ExportFile.make(purpose, format_, reader(**filters)).content as file:
        return file.read()


def read_csv(content: bytes) -> Table:
    words = content.decode()
    assert words.startswith("\ufeff"), "spreadsheets misread UTF-8 without it"
    return list(csv.DictReader(io.StringIO(words.removeprefix("\ufeff"), newline=""), delimiter=";"))


def read_xlsx(content: bytes) -> Table:
    """Return the only sheet as rows; a moment is the number of days that spreadsheets store."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = parse(archive.read("xl/workbook.xml"))
        assert [each.get("name") for each in book.iter(f"{MAIN}sheet")] == ["Retours"]
        sheet = parse(archive.read("xl/worksheets/sheet1.xml"))
    assert not sheet.findall(f".//{MAIN}f")
    assert not sheet.findall(f".//{MAIN}hyperlink")
    return rows_of(sheet)


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
