"""Details of the queue rows on a page: their texts, claims, who took a contested decision, spam signs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from app.accounts import queries as accounts
from app.antispam import signals
from app.antispam.signals import Sign
from app.articles.models import Article
from app.audit import AuditEvent
from app.moderation import claims, readings
from app.moderation.claims import Claim
from app.testimonials import queries
from app.testimonials.decision import Decision
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


@dataclass(frozen=True)
class RowDetails:
    """Claims, deciders and signs by testimonial id; editors' names by account id; what the reader has read."""

    claims: Mapping[int, Claim]
    deciders: Mapping[int, int]
    signs: Mapping[int, Sequence[Sign]]
    names: Mapping[int, str]
    read_ids: frozenset[int]


# The columns of a testimonial that no row needs.
UNSHOWN_COLUMNS = (
    *(Testimonial.submission_key, Testimonial.email, Testimonial.link_generation, Testimonial.reminded_at),
    *(Testimonial.sites_consent, Testimonial.reuse_consent, Testimonial.contested_number, Testimonial.masks_number),
    *(Testimonial.shown_digest, Testimonial.approved_digest),
)
# The columns of a version that a row shows, or needs for its heading and the names of its places.
SHOWN_COLUMNS = (
    *(Version.testimonial_id, Version.number, Version.situation, Version.clsm, Version.department_code),
    *(Version.partner_known, Version.partner_id, Version.partner_other),
    *(Version.title, Version.account, Version.author_name, Version.author_role, Version.attribution),
)


@cache
def loader_options() -> Sequence[ExecutableOption]:
    # Department and partner by their own SELECT: joined here, SQLite reads every version before it finds forty.
    versions = (
        joinedload(numbered).options(
            load_only(*SHOWN_COLUMNS), selectinload(Version.department), selectinload(Version.partner)
        )
        for numbered in (Testimonial.current, Testimonial.shown)
    )
    return *map(defer, UNSHOWN_COLUMNS), *versions


def load_testimonials(
    session: Session, ids: Sequence[int], user_id: int, articles: Iterable[Article]
) -> list[tuple[Testimonial, bool]]:
    """Return testimonials in the order of `ids`, with everything a row shows, and whether an editor has read each.

    `articles` are those that they are of, and others.
    """
    selected = select(Testimonial, readings.is_read()).where(Testimonial.id.in_(ids))
    rows = session.execute(selected.options(*loader_options()), {"reader_id": user_id})
    by_id = {text.id: (text, bool(is_read)) for text, is_read in rows}
    articles_by_id = {article.id: article for article in articles}
    # Known already: looked up one by one by the ORM, they cost a page of forty rows a twentieth of its time.
    for text, _ in by_id.values():
        set_committed_value(text, "article", articles_by_id[text.article_id])
        for version in filter(None, (text.current, text.shown)):
            set_committed_value(version, "testimonial", text)
    load_answered(session, [text for text, _ in by_id.values()], articles_by_id)
    queries.load_recognised(session, (version for text, _ in by_id.values() for version in (text.current, text.shown)))
    return [by_id[each] for each in ids if each in by_id]


def load_answered(session: Session, texts: Iterable[Testimonial], articles_by_id: Mapping[int, Article]) -> None:
    """Load what answers are about, all at once: where none is an answer, it costs nothing."""
    answers = [text for text in texts if text.about_id is not None]
    if not answers:
        return
    selected = select(Testimonial).where(Testimonial.id.in_({each.about_id for each in answers}))
    by_id = {text.id: text for text in session.scalars(selected.options(*loader_options()))}
    for answer in answers:
        about = by_id[answer.about_id or 0]
        set_committed_value(answer, "about", about)
        set_committed_value(about, "article", articles_by_id[about.article_id])
        for version in filter(None, (about.current, about.shown)):
            set_committed_value(version, "testimonial", about)


def row_details(
    session: Session, testimonials: Iterable[Testimonial], read_ids: frozenset[int] = frozenset()
) -> RowDetails:
    """Return the details of some testimonials, in a constant number of statements."""
    ids = [each.id for each in testimonials]
    return RowDetails(
        claims=claims.claims_on(session, ids),
        deciders=deciders(session, [each.id for each in testimonials if each.contested_at is not None]),
        signs=signals.signs_of_each(session, ids),
        names=accounts.names_by_id(session),
        read_ids=read_ids,
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
