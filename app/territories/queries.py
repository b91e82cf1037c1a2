"""Selects over the referential, in the order people look for things in."""

from sqlalchemy import Select, select

from app.territories.models import Crpv, Department


def departments() -> Select[Department]:
    """Select every département, by code: the order of the number plates."""
    return select(Department).order_by(Department.code)


def crpvs() -> Select[Crpv]:
    """Select every CRPV, by the territory it serves: one knows one's territory before one knows its name."""
    return select(Crpv).order_by(Crpv.territory)
