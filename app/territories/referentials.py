"""Referentials as admins keep them: lists of partners and their entries, each act with its audit event."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import french
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.territories.models import Department, Partner, Referential

MONTH = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 60
# What the form sends for an author who names no entry (`testimonials.situation.PartnerKnown`).
RESERVED = frozenset({"listed", "autre", "inconnu", "aucun"})


class SlugTaken(Exception):
    """A list, or an entry of any list, has just been given this slug."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry as typed, or as read from a file; `departments` are codes, in order."""

    slug: str
    name: str
    territory: str
    departments: tuple[str, ...] = ()
    website: str = ""
    source: str = ""
    checked: str = ""
    certainty: str = ""

    @classmethod
    def of(cls, partner: Partner) -> "Entry":
        texts = {field.name: getattr(partner, field.name) for field in fields(cls) if field.name != "departments"}
        return cls(**texts, departments=tuple(sorted(each.code for each in partner.departments)))


# The name of each field, in the form, in the file and in what an import would change.
FIELD_NAMES = {
    "slug": "code",
    "name": "nom",
    "territory": "territoire",
    "departments": "départements",
    "website": "site",
    "source": "source",
    "checked": "vérifié le",
    "certainty": "certitude",
}


def is_slug(text: str) -> bool:
    return bool(SLUG.fullmatch(text)) and len(text) <= LONGEST_SLUG and text not in RESERVED


def is_checked_month(text: str) -> bool:
    """Whether a text says when an entry was checked: a month or a day that exists, not one to come."""
    if not MONTH.fullmatch(text):
        return False
    try:
        day = date.fromisoformat(f"{text}-01"[:10])
    except ValueError:
        return False
    return day <= now().astimezone(french.PARIS).date()


def slug_of(name: str) -> str:
    """Return a slug made of a name; empty where it has no letter."""
    return re.sub(r"[^a-z0-9]+", "-", french.plain(name)).strip("-")[:LONGEST_SLUG].strip("-")


def free_list_slug(session: Session, name: str) -> str:
    taken = set(session.scalars(select(Referential.slug)))
    wanted = slug_of(name) or "liste"
    candidates = (wanted, *(f"{wanted[: LONGEST_SLUG - 4]}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each not in taken)


def is_entry_taken(session: Session, slug: str) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Partner).where(Partner.slug == slug)))


def create_referential(session: Session, slug: str, name: str, *, by: Actor) -> Referential:
    """Create an empty list; raise `SlugTaken`."""
    referential = Referential(slug=slug, name=name)
    add_or_refuse(session, referential)
    session.add(AuditEvent.of(Kind.REFERENTIAL_ADDED, by, after=name, reason=slug))
    return referential


def rename_referential(session: Session, referential: Referential, name: str, *, by: Actor) -> None:
    if name != referential.name:
        facts = {"before": referential.name, "after": name, "reason": referential.slug}
        session.add(AuditEvent.of(Kind.REFERENTIAL_RENAMED, by, **facts))
        referential.name = name


def add_entry(session: Session, referential: Referential, entry: Entry, *, by: Actor) -> Partner:
    """Add an entry to a list; raise `SlugTaken`."""
    partner = Partner(referential_id=referential.id, slug=entry.slug, name=entry.name, territory=entry.territory)
    write_entry(session, partner, entry)
    add_or_refuse(session, partner)
    session.add(AuditEvent.of(Kind.PARTNER_ADDED, by, after=entry.name, reason=entry.slug))
    return partner


def change_entry(session: Session, partner: Partner, entry: Entry, *, by: Actor) -> bool:
    """Change an entry, all but its slug; return whether its name, which readers see, has changed."""
    changed = differences(Entry.of(partner), entry)
    renamed = entry.name != partner.name
    if changed:
        before, after = ("; ".join(f"{label}: {each[side]}" for label, *each in changed) for side in (0, 1))
        session.add(AuditEvent.of(Kind.PARTNER_CHANGED, by, before=before, after=after, reason=partner.slug))
        write_entry(session, partner, entry)
    return renamed


def switch_entry(session: Session, partner: Partner, *, is_active: bool, by: Actor) -> None:
    if partner.is_active is not is_active:
        partner.is_active = is_active
        kind = Kind.PARTNER_OFFERED if is_active else Kind.PARTNER_WITHDRAWN
        session.add(AuditEvent.of(kind, by, reason=partner.slug))


def write_entry(session: Session, partner: Partner, entry: Entry) -> None:
    for name in ("name", "territory", "website", "source", "checked", "certainty"):
        setattr(partner, name, getattr(entry, name))
    chosen = select(Department).where(Department.code.in_(entry.departments)).order_by(Department.code)
    with session.no_autoflush:
        partner.departments = list(session.scalars(chosen))


def differences(before: Entry, after: Entry) -> list[tuple[str, str, str]]:
    """Return what differs between two states of an entry: the field's name, before, after."""
    return [
        (label, in_words(getattr(before, name)), in_words(getattr(after, name)))
        for name, label in FIELD_NAMES.items()
        if getattr(before, name) != getattr(after, name)
    ]


def in_words(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def add_or_refuse(session: Session, row: Referential | Partner) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise SlugTaken from error
