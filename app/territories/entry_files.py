"""ImportPlan: what a file of entries would change in a referential, told before it is done; export in the same form."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import french
from app.audit import Actor, AuditEvent, Kind
from app.forms import tidy_line
from app.territories.models import Department, Partner, Referential, Region
from app.territories.queries import entries_of
from app.territories.referentials import (
    FIELD_NAMES,
    Entry,
    add_entry,
    change_entry,
    differences,
    in_words,
    is_checked_month,
    is_slug,
)
from app.web.csv_files import restored


def load_territories(session: Session, folder: Path) -> None:
    """Insert or update régions, départements and referentials from the files of a folder; nothing is deleted."""
    for row in read_rows(folder / "regions.csv"):
        session.merge(Region(code=row["code"], name=row["name"]))
    session.flush()
    for row in read_rows(folder / "departements.csv"):
        department = {name: row[name] for name in ("code", "name", "article", "region_code")}
        session.merge(Department(**department))
    session.flush()
    for row in read_rows(folder / "referentials.csv"):
        load_referential(session, row["slug"], row["name"], folder / f"{row['slug']}.csv")


def load_referential(session: Session, slug: str, name: str, path: Path) -> None:
    """Insert or update a referential and its entries from a file; nothing is deleted, nor made inactive.

    An entry that an admin has changed is theirs from then on.
    """
    referential = session.scalar(select(Referential).where(Referential.slug == slug))
    if referential is None:
        referential = Referential(slug=slug, name=name)
        session.add(referential)
        session.flush()
    known = {partner.slug: partner for partner in session.scalars(select(Partner))}
    theirs = set(session.scalars(select(AuditEvent.reason).where(AuditEvent.kind == Kind.PARTNER_CHANGED)))
    for row in read_rows(path):
        partner = known.get(row["slug"])
        if row["slug"] in theirs:
            continue
        if partner is None:
            partner = Partner(
                referential_id=referential.id, slug=row["slug"], name=row["name"], territory=row["territory"]
            )
            session.add(partner)
        for column in ("name", "territory", "website", "source", "checked"):
            setattr(partner, column, row[column])
        partner.certainty = row["status"]
        codes = row["departments"].split(",")
        partner.departments = list(session.scalars(select(Department).where(Department.code.in_(codes))))


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=";")


LONGEST = {"name": 120, "territory": 120, "website": 200, "source": 300, "checked": 20, "certainty": 200}
OUTSIDE_ASCII = re.compile("[^\x01-\x7e]")
OF_FRENCH = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ«»’‘“”–—…€°·²\xa0")
REQUIRED = ("slug", "name", "territory")
# The columns by their names, ours and those of the files of `content/territories`.
COLUMNS: Mapping[str, str] = {label: name for name, label in FIELD_NAMES.items()} | {
    **{name: name for name in FIELD_NAMES},
    "vérifié": "checked",
    "status": "certainty",
}


class FileRefused(Exception):
    """A file of entries cannot be read; the message names the line and the column."""


@dataclass(frozen=True)
class ImportPlan:
    """What an import would add, change field by field, and leave: what the file has not, or has as it is.

    `namesakes` are names that several entries would then have, but for capitals and accents, with their codes.
    """

    added: Sequence[Entry]
    changed: Sequence[tuple[Partner, Entry, list[tuple[str, str, str]]]]
    missing: Sequence[Partner]
    namesakes: Sequence[tuple[str, Sequence[str]]]
    same: int
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.changed


def plan_import(session: Session, referential: Referential, text: str) -> ImportPlan:
    """Compare a file with a referential; raise `FileRefused`."""
    entries = read_entries(session, referential, text)
    listed = {each.slug: each for each in entries_of(session, referential)}
    known = {slug: Entry.of(partner) for slug, partner in listed.items()}
    changed = [
        (listed[each.slug], each, differences(known[each.slug], each))
        for each in entries
        if each.slug in known and each != known[each.slug]
    ]
    read = {each.slug for each in entries}
    return ImportPlan(
        added=[each for each in entries if each.slug not in known],
        changed=changed,
        namesakes=find_namesakes({**known, **{each.slug: each for each in entries}}),
        missing=[partner for slug, partner in listed.items() if slug not in read],
        same=len(entries) - len(changed) - len(read - known.keys()),
        fingerprint=hashlib.sha256(repr((entries, sorted(known.items()))).encode()).hexdigest(),
    )


def find_namesakes(entries: Mapping[str, Entry]) -> list[tuple[str, list[str]]]:
    by_name: dict[str, list[Entry]] = {}
    for each in entries.values():
        by_name.setdefault(french.plain(each.name), []).append(each)
    return [(same[0].name, sorted(each.slug for each in same)) for same in by_name.values() if len(same) > 1]


def apply_import(session: Session, referential: Referential, plan: ImportPlan, *, by: Actor) -> list[Partner]:
    """Do what a plan says, and return the entries that changed their names; the missing stay as they are."""
    for entry in plan.added:
        add_entry(session, referential, entry, by=by)
    renamed = [partner for partner, entry, _ in plan.changed if change_entry(session, partner, entry, by=by)]
    session.add(AuditEvent.of(Kind.REFERENTIAL_IMPORTED, by, reason=referential.slug))
    return renamed


def file_rows(partners: Sequence[Partner]) -> Iterator[Sequence[str]]:
    yield [*FIELD_NAMES.values()]
    for partner in partners:
        entry = Entry.of(partner)
        yield [in_words(getattr(entry, name)) for name in FIELD_NAMES]


def read_file(content: bytes) -> str:
    """Return the text of a file in UTF-8, in UTF-16 with its mark, or in Windows-1252; raise `FileRefused`.

    Any bytes can be read as Windows-1252: that is believed only where it gives letters and signs of French.
    """
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileRefused("Ce fichier est un classeur : dans votre tableur, enregistrez‑le au format « CSV UTF‑8 ».")
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = set(OUTSIDE_ASCII.findall(text)) - OF_FRENCH
        if "\0" not in strange and (encoding != "cp1252" or not strange):
            return text
    raise FileRefused(
        "Ce fichier n’est pas un texte que l’on sait lire : dans votre tableur, enregistrez‑le au format « CSV UTF‑8 »."
    )


def read_entries(session: Session, referential: Referential, text: str) -> list[Entry]:
    """Return the entries of a file: cells between semicolons or commas or, as a spreadsheet copies them, tabs.

    The titles say which. Between commas, the départements of an entry stand between quotation marks.
    """
    text = text.lstrip("\ufeff\n")
    titles = text.partition("\n")[0]
    delimiter = max(";\t,", key=titles.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    codes = set(session.scalars(select(Department.code)))
    elsewhere = set(
        session.scalars(select(Partner.slug).where(Partner.referential_id.is_distinct_from(referential.id)))
    )
    entries: list[Entry] = []
    lines: dict[str, int] = {}
    line = 1  # where an entry begins: a quotation mark that is never closed takes all the lines after it
    try:
        names = read_columns(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                entry = read_entry(line, names, cells, codes)
                if entry.slug in lines:
                    refuse(line, "slug", f"« {entry.slug} » est déjà à la ligne {lines[entry.slug]}")
                if entry.slug in elsewhere:
                    refuse(line, "slug", f"« {entry.slug} » est déjà le code d’une entrée d’une autre liste")
                lines[entry.slug] = line
                entries.append(entry)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(f"Ligne {line} : un guillemet ouvert n’est pas refermé.") from error
    if not entries:
        raise FileRefused("Ligne 2 : il n’y a aucune entrée sous les titres des colonnes.")
    return entries


def read_columns(cells: Sequence[str]) -> list[str]:
    """Return the fields of a file's columns, in its order."""
    labels = [tidy_line(cell).lower() for cell in cells]
    expected = ", ".join(f"« {label} »" for label in FIELD_NAMES.values())
    if "" in labels:
        raise FileRefused(
            f"Ligne 1 : la colonne {labels.index('') + 1} n’a pas de titre. Les colonnes sont {expected}."
        )
    for label in labels:
        if label not in COLUMNS:
            raise FileRefused(f"Ligne 1 : la colonne « {label} » n’existe pas. Les colonnes sont {expected}.")
    names = [COLUMNS[label] for label in labels]
    for name in names:
        if names.count(name) > 1:
            raise FileRefused(f"Ligne 1 : la colonne « {FIELD_NAMES[name]} » est deux fois.")
    for name, label in FIELD_NAMES.items():
        if name not in names:
            raise FileRefused(f"Ligne 1 : la colonne « {label} » manque. Les colonnes sont {expected}.")
    return names


def read_entry(line: int, names: Sequence[str], cells: Sequence[str], codes: set[str]) -> Entry:
    if len(cells) > len(names):
        raise FileRefused(f"Ligne {line} : {len(cells)} cases pour {len(names)} colonnes.")
    given = {name: restored(tidy_line(cell)) for name, cell in zip(names, cells, strict=False)}
    values = dict.fromkeys(names, "") | given
    for name in REQUIRED:
        if not values[name]:
            refuse(line, name, "la case est vide")
    if not is_slug(values["slug"]):
        refuse(line, "slug", f"« {values['slug']} » doit être fait de lettres sans accent, de chiffres et de tirets")
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            refuse(line, name, f"{most} signes suffisent")
    if values["checked"] and not is_checked_month(values["checked"]):
        refuse(line, "checked", f"« {values['checked']} » n’est pas un mois passé, comme 2026-11")
    departments = tuple(sorted({each.strip() for each in values.pop("departments").split(",") if each.strip()}))
    for code in departments:
        if code not in codes:
            refuse(line, "departments", f"« {code} » n’est le code d’aucun département")
    return Entry(**values, departments=departments)


def refuse(line: int, name: str, words: str) -> NoReturn:
    raise FileRefused(f"Ligne {line}, colonne « {FIELD_NAMES[name]} » : {words}.")
