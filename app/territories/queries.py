"""Selects over the referential, in the order in which people look things up."""

from typing import Any

from sqlalchemy import FromClause, Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from app.french import by_name, plain
from app.territories.models import Department, Partner, PartnerAlias, Referential, Region

# Built once: each publication runs them.
NAMES_QUERY = (
    select(Region.code, Region.name).order_by(Region.code),
    select(Partner.slug, Partner.name).order_by(Partner.slug),
)


def departments() -> Select[Department]:
    return select(Department).order_by(Department.code)


def referentials_with_totals(session: Session) -> list[Any]:
    offered_entries = func.coalesce(func.sum(case((Partner.is_active, 1), else_=0)), 0)
    selected = select(Referential, func.count(Partner.id), offered_entries)
    joined = selected.outerjoin(Partner, Partner.referential_id == Referential.id)
    return sorted(session.execute(joined.group_by(Referential.id)), key=lambda row: by_name(row[0]))


def entries_of(session: Session, referential: Referential) -> list[Partner]:
    """Return the entries of a list, offered or not, by the territory they serve: people know theirs before a name."""
    listed = select(Partner).where(Partner.referential_id == referential.id).options(selectinload(Partner.departments))
    return sorted(session.scalars(listed), key=lambda each: (plain(each.territory), by_name(each)))


def recognised_partner(article_id: int, typed: str) -> Select[Partner]:
    aliases = PartnerAlias.article_id == article_id, PartnerAlias.typed == typed
    return select(Partner).join(PartnerAlias, PartnerAlias.partner_id == Partner.id).where(*aliases)


def alias_join(testimonial: FromClause) -> FromClause:
    """Join what was typed to the testimonials of its article: a version knows of its article by its testimonial."""
    alias: Any = PartnerAlias.__table__
    return testimonial.join(alias, alias.c.article_id == testimonial.c.article_id)


def names_by_code(session: Session) -> list[tuple[str, str]]:
    """Return the names of régions and partners, by code or slug: pages and search show them."""
    return [(key, name) for query in NAMES_QUERY for key, name in session.execute(query)]
