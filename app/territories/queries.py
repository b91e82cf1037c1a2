"""Selects over the referential, in the order in which people look things up."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import FromClause, Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from app.territories.models import Department, Partner, PartnerAlias, Referential, Region, partner_department

# Built once: each publication runs them.
NAMES_QUERY = (
    select(Region.code, Region.name).order_by(Region.code),
    select(Partner.slug, Partner.name).order_by(Partner.slug),
)


def departments() -> Select[Department]:
    return select(Department).order_by(Department.code)


def all_referentials() -> Select[Referential]:
    """Select the lists of partners, by name: an article's call names one by its slug."""
    return select(Referential).order_by(Referential.name, Referential.id)


def referentials_with_totals() -> Select[Any]:
    """Select each list with the number of its entries, and of those that the form offers."""
    offered_entries = func.coalesce(func.sum(case((Partner.is_active, 1), else_=0)), 0)
    selected = select(Referential, func.count(Partner.id), offered_entries)
    joined = selected.outerjoin(Partner, Partner.referential_id == Referential.id)
    return joined.group_by(Referential.id).order_by(Referential.name, Referential.id)


def entries_of(referential: Referential) -> Select[Partner]:
    """Select the entries of a list, offered or not, with the départements they cover."""
    listed = select(Partner).where(Partner.referential_id == referential.id)
    return listed.options(selectinload(Partner.departments)).order_by(Partner.territory, Partner.name)


def partners(referential: str) -> Select[Partner]:
    """Select the entries of a referential by the territory they serve: people know theirs before a name."""
    listed = Partner.referential_id == select(Referential.id).where(Referential.slug == referential).scalar_subquery()
    return select(Partner).where(listed).order_by(Partner.territory)


def listed_partners(referentials: Iterable[str]) -> Select[Partner]:
    """Select the entries of some referentials, by name."""
    return select(Partner).join(Referential).where(Referential.slug.in_(referentials)).order_by(Partner.name)


def recognised_partner(article_id: int, typed: str) -> Select[Partner]:
    """Select the entry that admins recognised in what the authors of an article typed."""
    aliases = PartnerAlias.article_id == article_id, PartnerAlias.typed == typed
    return select(Partner).join(PartnerAlias, PartnerAlias.partner_id == Partner.id).where(*aliases)


def alias_join(testimonial: FromClause) -> FromClause:
    """Join what was typed to the testimonials of its article: a version knows of its article by its testimonial."""
    alias: Any = PartnerAlias.__table__
    return testimonial.join(alias, alias.c.article_id == testimonial.c.article_id)


def covered_codes(session: Session) -> dict[int, list[str]]:
    """Return the codes of the départements that each partner is known to cover, by its id."""
    codes = defaultdict(list)
    for partner, code in session.execute(select(partner_department).order_by(partner_department.c.department_code)):
        codes[partner].append(code)
    return codes


def names_by_code(session: Session) -> list[tuple[str, str]]:
    """Return the names of régions and partners, by code or slug: pages and search show them."""
    return [(key, name) for query in NAMES_QUERY for key, name in session.execute(query)]
