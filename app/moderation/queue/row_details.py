"""Details of the queue rows on a page: their texts, holds, who took a contested decision, spam signs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from app.accounts import queries as accounts
from app.antispam import signals
from app.antispam.signals import Sign, SpamTrace
from app.articles.models import Article
from app.audit import AuditEvent
from app.french import by_name
from app.moderation import holds
from app.moderation.holds import Hold
from app.territories.models import Department, Partner, Referential, Region
from app.testimonials import queries
from app.testimonials.decision import Decision
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


@dataclass(frozen=True)
class RowDetails:
    """Holds, deciders and signs by testimonial id; editors' names by account id."""

    holds: Mapping[int, Hold]
    deciders: Mapping[int, int]
    signs: Mapping[int, Sequence[Sign]]
    names: Mapping[int, str]


# The columns of a testimonial that no row needs.
UNSHOWN_COLUMNS = (
    *(Testimonial.submission_key, Testimonial.link_generation),
    *(Testimonial.sites_consent, Testimonial.reuse_consent, Testimonial.contested_number, Testimonial.masks_number),
    *(Testimonial.shown_digest, Testimonial.approved_digest),
)
# The columns of a version that a row shows, or needs for its heading and the names of its places.
SHOWN_COLUMNS = (
    *(Version.testimonial_id, Version.number, Version.situation, Version.clsm, Version.department_code),
    *(Version.partner_known, Version.partner_id, Version.partner_other),
    *(Version.title, Version.account, Version.author_name, Version.author_role, Version.attribution),
    *(Version.became, Version.became_on),
)


@cache
def loader_options() -> Sequence[ExecutableOption]:
    """Load, with some testimonials, what their rows show; `row_options` is for those whose places come after."""
    # Department and partner by their own SELECT: joined here, SQLite reads every version before it finds forty.
    places = selectinload(Version.department), selectinload(Version.partner)
    return *map(defer, UNSHOWN_COLUMNS), *(each.options(*places) for each in versions())


@cache
def row_options() -> Sequence[ExecutableOption]:
    return *map(defer, UNSHOWN_COLUMNS), *versions()


def versions() -> Iterable[Any]:
    return [joinedload(each).load_only(*SHOWN_COLUMNS) for each in (Testimonial.current, Testimonial.shown)]


# Made once: it costs more to make than to compile.
@cache
def rows_query() -> Any:
    """Select testimonials by `ids`, the live hold on each, its signs of spam."""
    selected: Any = select(Testimonial, Hold, SpamTrace.signs).select_from(Testimonial)
    selected = selected.outerjoin(Hold, holds.is_of_it())
    selected = selected.outerjoin(SpamTrace, SpamTrace.testimonial_id == Testimonial.id)
    return selected.where(Testimonial.id.in_(bindparam("ids", expanding=True))).options(*row_options())


def load_rows(
    session: Session, ids: Sequence[int], articles: Iterable[Article]
) -> tuple[list[Testimonial], RowDetails]:
    """Return testimonials in the order of `ids`, and the details of their rows; `load_places` loads the rest.

    `articles` are those that they are of, and others.
    """
    rows = session.execute(rows_query(), {"ids": ids, **holds.unlapsed()}).all()
    by_id = {text.id: text for text, *_ in rows}
    articles_by_id = {article.id: article for article in articles}
    # Known already: looked up one by one by the ORM, they cost a page of forty rows a twentieth of its time.
    for text in by_id.values():
        set_committed_value(text, "article", articles_by_id[text.article_id])
        for version in versions_of(text):
            set_committed_value(version, "testimonial", text)
    load_answered(session, by_id.values(), articles_by_id)
    queries.load_recognised(session, (version for text in by_id.values() for version in versions_of(text)))
    texts = [by_id[each] for each in ids if each in by_id]
    return texts, RowDetails(
        holds={text.id: hold for text, hold, _ in rows if hold},
        deciders=deciders(session, [each.id for each in texts if each.contested_at is not None]),
        signs={text.id: [Sign(each) for each in signs] for text, _, signs in rows if signs},
        names=accounts.names_by_id(session),
    )


def versions_of(text: Testimonial) -> Iterable[Version]:
    return filter(None, (text.current, text.shown))


def load_answered(session: Session, texts: Iterable[Testimonial], articles_by_id: Mapping[int, Article]) -> None:
    """Load what answers are about, all at once: where none is an answer, it costs nothing."""
    answers = [text for text in texts if text.about_id is not None]
    if not answers:
        return
    selected = select(Testimonial).where(Testimonial.id.in_({each.about_id for each in answers}))
    by_id = {text.id: text for text in session.scalars(selected.options(*row_options()))}
    for answer in answers:
        about = by_id[answer.about_id or 0]
        set_committed_value(answer, "about", about)
        set_committed_value(about, "article", articles_by_id[about.article_id])
        for version in versions_of(about):
            set_committed_value(version, "testimonial", about)


def load_places(
    session: Session, texts: Iterable[Testimonial], regions: Iterable[Region], referentials: Iterable[str]
) -> list[Partner]:
    """Load the département and the partner of each version; return the entries of some referentials, by name.

    `regions` are all of them.
    """
    shown = [version for text in texts for each in filter(None, (text, text.about)) for version in versions_of(each)]
    codes = {"codes": [*{version.department_code for version in shown}]}
    departments = {each.code: each for each in session.scalars(departments_query(), codes)}
    regions_by_code = {region.code: region for region in regions}
    for department in departments.values():
        set_committed_value(department, "region", regions_by_code[department.region_code])
    ids = {version.partner_id for version in shown if version.partner_id}
    found = session.execute(partners_query(), {"slugs": [*referentials], "ids": [*ids]}).all()
    partners = {partner.id: partner for partner, _ in found}
    for version in shown:
        set_committed_value(version, "department", departments[version.department_code])
        set_committed_value(version, "partner", partners.get(version.partner_id or 0))
    return sorted((partner for partner, listed in found if listed), key=by_name)


@cache
def departments_query() -> Any:
    """Select départements by `codes`, without their region."""
    selected = select(Department).where(Department.code.in_(bindparam("codes", expanding=True)))
    return selected.options(lazyload(Department.region))


@cache
def partners_query() -> Any:
    """Select the entries of the referentials in `slugs`, and those in `ids`; whether each is one of the first."""
    is_listed = Referential.slug.in_(bindparam("slugs", expanding=True))
    selected: Any = select(Partner, is_listed).join(Referential)
    selected = selected.where(or_(is_listed, Partner.id.in_(bindparam("ids", expanding=True))))
    return selected.options(load_only(Partner.slug, Partner.name))


def row_details(session: Session, testimonials: Iterable[Testimonial]) -> RowDetails:
    """Return the details of some testimonials, in a constant number of statements."""
    ids = [each.id for each in testimonials]
    return RowDetails(
        holds=holds.holds_on(session, ids),
        deciders=deciders(session, [each.id for each in testimonials if each.contested_at is not None]),
        signs=signals.signs_of_each(session, ids),
        names=accounts.names_by_id(session),
    )


def deciders(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Return who made the correction objected to, or else took the latest decision, by testimonial."""
    if not ids:
        return {}
    edits = select(Testimonial.id, AuditEvent.user_id).where(Testimonial.id.in_(ids), queries.is_contested_edit())
    latest = select(func.max(Decision.id)).where(Decision.testimonial_id.in_(ids)).group_by(Decision.testimonial_id)
    decisions = select(Decision.testimonial_id, Decision.user_id).where(Decision.id.in_(latest))
    rows = [*session.execute(decisions), *session.execute(edits)]
    return {number: user_id for number, user_id in rows if user_id is not None}
