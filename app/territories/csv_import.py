"""Loads the referential of `content/territories` into the database; may be repeated."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import AuditEvent, Kind
from app.territories.models import Department, Partner, Referential, Region


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
