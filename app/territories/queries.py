"""Selects over the referential, in the order people look for things in."""

from sqlalchemy import Select, select

from app.territories.models import Crpv, Department, Region


def departments() -> Select[Department]:
    """Select every département, by code: the order of the number plates."""
    return select(Department).order_by(Department.code)


def regions() -> Select[Region]:
    """Select every région, by name."""
    return select(Region).order_by(Region.name)


def crpvs() -> Select[Crpv]:
    """Select every CRPV, by the territory it serves: one knows one's territory before one knows its name."""
    return select(Crpv).order_by(Crpv.territory)
