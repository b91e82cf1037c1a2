"""Selects over the referential, in the order in which people look things up."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.territories.models import Crpv, Department, Region

# Built once: each publication runs them.
NAMES_QUERY = (select(Region.code, Region.name).order_by(Region.code), select(Crpv.slug, Crpv.name).order_by(Crpv.slug))


def departments() -> Select[Department]:
    return select(Department).order_by(Department.code)


def crpvs() -> Select[Crpv]:
    """Select every CRPV by the territory it serves: people know their territory before its name."""
    return select(Crpv).order_by(Crpv.territory)


def names_by_code(session: Session) -> list[tuple[str, str]]:
    """Return the names of régions and CRPV, by code or slug: pages and search show them."""
    return [(key, name) for query in NAMES_QUERY for key, name in session.execute(query)]
