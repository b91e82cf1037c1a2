"""Selects over the referential, in the order people look for things in."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.territories.models import Crpv, Department, Region

# Whatever has a name that pages say: made once, since each publication asks.
NAMES_QUERY = (
    select(Region.code, Region.name).order_by(Region.code),
    select(Crpv.slug, Crpv.name).order_by(Crpv.slug),
)


def departments() -> Select[Department]:
    """Select every département, by code: the order of the number plates."""
    return select(Department).order_by(Department.code)


def crpvs() -> Select[Crpv]:
    """Select every CRPV, by the territory it serves: one knows one's territory before one knows its name."""
    return select(Crpv).order_by(Crpv.territory)


def names_by_code(session: Session) -> list[tuple[str, str]]:
    """Return how each région and each CRPV is called, by what stands for it: pages, and what finds them, say so."""
    return [(key, name) for named in NAMES_QUERY for key, name in session.execute(named)]
