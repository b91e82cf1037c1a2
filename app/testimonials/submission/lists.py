"""Lists: what the form offers, cached in memory as long as the stamp of everything published stays what it was."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of 3.2

from app.articles.models import Theme
from app.articles.sites import Site, active_sites
from app.db import snapshot
from app.forms import choice
from app.page_cache.middleware import current_stamp
from app.sanitize import attributes_html
from app.territories import queries as territories
from app.territories.models import Department, Partner, Referential


@dataclass(frozen=True, eq=False)
class Lists:
    """Rows that belong to no session, and the choice that stands in the form for each département and partner.

    Départements by code, in order; partners by the slug of their referential, in the order of their territories, with
    the départements they are known to cover by id; themes by article; the sites of the network that are active.
    """

    departments: Mapping[str, Department]
    partners: Mapping[str, Sequence[Partner]]
    covered: Mapping[int, Sequence[str]]
    themes: Mapping[int, Sequence[Theme]]
    sites: Sequence[Site]
    department_choices: Sequence[SelectChoice]
    partner_choices: Mapping[int, SelectChoice]

    def offered(self, referential: str, chosen: str | None) -> list[Partner]:
        """Return the entries of a referential that are active, and the one already chosen: nothing blocks."""
        return [each for each in self.partners.get(referential, ()) if each.is_active or each.slug == chosen]

    def covering(self, referential: str, code: str) -> list[Partner]:
        """Return the active entries known to cover a département. None is not a statement that there is none."""
        return [each for each in self.offered(referential, None) if code in self.covered.get(each.id, ())]


def cached_lists() -> Lists:
    """Return the lists as committed now; without a stamp that could be read, none are cached."""
    stamp = current_stamp()
    return lists_under(stamp) if stamp else read_lists()


@lru_cache(maxsize=2)
def lists_under(_stamp: str) -> Lists:
    """Return the lists read when a stamp was first met; if they are later than it, it has moved, and is met no more."""
    return read_lists()


def read_lists() -> Lists:
    with snapshot() as session:
        departments = session.scalars(territories.departments()).all()
        partners = {each.slug: territories.entries_of(session, each) for each in session.scalars(select(Referential))}
        rows = [row for entries in partners.values() for row in entries]
        covered = {row.id: sorted(each.code for each in row.departments) for row in rows}
        themes = defaultdict(list)
        for theme in session.scalars(select(Theme).order_by(Theme.position)):
            themes[theme.article_id].append(theme)
        return Lists(
            departments={row.code: row for row in departments},
            partners=partners,
            covered=covered,
            themes=themes,
            sites=active_sites(session),
            department_choices=[choice("", "Choisissez"), *map(department_choice, departments)],
            partner_choices={row.id: partner_choice(row, covered[row.id]) for row in rows},
        )


def department_choice(row: Department) -> SelectChoice:
    attributes = attributes_html({"data-region": row.region.name, "data-named": row.named})
    return choice(row.code, f"{row.code} – {row.name}", attributes)


def partner_choice(row: Partner, covered: Sequence[str]) -> SelectChoice:
    return choice(row.slug, f"{row.territory} – {row.name}", attributes_html({"data-covers": " ".join(covered)}))
