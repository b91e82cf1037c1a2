"""Selects over the referential, in the order in which people look things up."""

from collections import defaultdict

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.territories.models import Crpv, Department, Region, crpv_department

# Built once: each publication runs them.
NAMES_QUERY = (select(Region.code, Region.name).order_by(Region.code), select(Crpv.slug, Crpv.name).order_by(Crpv.slug))


def departments() -> Select[Department]:
    return select(Department).order_by(Department.code)


def crpvs() -> Select[Crpv]:
    """Select every CRPV by the territory it serves: people know their territory before its name."""
    return select(Crpv).order_by(Crpv.territory)


def covering(code: str) -> Select[Crpv]:
    """Select the CRPV known to cover a département. None is not a statement that there is none."""
    return crpvs().where(Crpv.departments.any(Department.code == code))


def covered_codes(session: Session) -> dict[int, list[str]]:
    """Return the codes of the départements that each CRPV is known to cover, by its id."""
    codes = defaultdict(list)
    for crpv, code in session.execute(select(crpv_department).order_by(crpv_department.c.department_code)):
        codes[crpv].append(code)
    return codes


def names_by_code(session: Session) -> list[tuple[str, str]]:
    """Return the names of régions and CRPV, by code or slug: pages and search show them."""
    return [(key, name) for query in NAMES_QUERY for key, name in session.execute(query)]
