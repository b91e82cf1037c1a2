"""Selects over testimonials for the desk. The public reads through `catalog.visibility.visible()`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Case, ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, object_session, selectinload

from app.audit import AuditEvent, Kind
from app.db import enum_by_value, now
from app.territories.models import PartnerAlias
from app.testimonials.consent import Consent, ConsentDecision
from app.testimonials.lifecycle import AWAITING_REPLY, Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose


def awaits_review() -> ColumnElement[bool]:
    return or_(Testimonial.status == Status.PENDING, has_new_version())


def is_contested() -> ColumnElement[bool]:
    return Testimonial.contested_at.is_not(None)


def is_contested_edit() -> ColumnElement[bool]:
    is_about = and_(AuditEvent.testimonial_id == Testimonial.id, AuditEvent.kind == Kind.EDITED)
    return and_(is_about, AuditEvent.version_number == Testimonial.contested_number)


def is_reply_late() -> ColumnElement[bool]:
    return and_(Testimonial.status.in_(AWAITING_REPLY), Testimonial.due_at < now())


def listed_partner_id() -> ColumnElement[int | None]:
    """State the entry of a version's partner: the one chosen, or else the one that admins recognised in what was typed.

    `Version.listed_partner` is the same for one version. A digest stays that of what its author approved.
    """
    recognised = select(PartnerAlias.partner_id).where(
        PartnerAlias.article_id == Testimonial.article_id, PartnerAlias.typed == Version.partner_other
    )
    return func.coalesce(Version.partner_id, recognised.correlate(Testimonial, Version).scalar_subquery())


def load_recognised(session: Session, versions: Iterable[Version | None]) -> None:
    """Load the entries recognised in what versions say, all at once: none typed costs nothing."""
    typed = [each.id for each in versions if each and each.partner_id is None and each.partner_other]
    if typed:
        chosen = select(Version).where(Version.id.in_(typed))
        session.scalars(chosen.options(selectinload(Version.recognised))).all()


def has_new_version() -> ColumnElement[bool]:
    return and_(Testimonial.status == Status.PUBLISHED, Testimonial.current_number > Testimonial.settled_number)


def listed_status() -> Case[Any]:
    """Return the listed status as SQL: pending for a new version, an objection or a notice, in any status."""
    to_read = or_(has_new_version(), Testimonial.contested_at.is_not(None), Testimonial.noticed_at.is_not(None))
    return case((to_read, literal(Status.PENDING, enum_by_value(Status))), else_=Testimonial.status)


def listed_since() -> ColumnElement[datetime]:
    """Return since when a text has its place in a list, which is what a row tells (`queue.deadlines`)."""
    appeared_at = case((and_(Testimonial.status == Status.PUBLISHED, ~has_new_version()), Testimonial.published_at))
    return func.coalesce(Testimonial.contested_at, Testimonial.noticed_at, appeared_at, Testimonial.waiting_since)


def agrees_to(purpose: Purpose) -> ColumnElement[bool]:
    """State that an author can be written to for a purpose: their last answer on it says so, their address is kept."""
    line, later = aliased(Consent), aliased(Consent)
    answers = and_(later.testimonial_id == Testimonial.id, later.purpose == purpose, later.id > line.id)
    is_last = ~exists().where(answers).correlate(Testimonial, line)
    given = and_(line.testimonial_id == Testimonial.id, line.purpose == purpose, line.answer == ConsentDecision.GIVEN)
    # No ORDER BY: a page's statement sorts nothing (`test_plans`).
    return exists().where(given, is_last).correlate(Testimonial) & Testimonial.email.is_not(None)


def sent_by(clsm: str | BindParameter[str]) -> Select[Testimonial]:
    selected = select(Testimonial).join(Testimonial.current).where(Version.clsm == clsm)
    return selected.order_by(Version.testimonial_id.desc())


def sent_from(email: str | BindParameter[str]) -> Select[Testimonial]:
    return select(Testimonial).where(Testimonial.email == email).order_by(Testimonial.id.desc())


def published_answer(about: Testimonial) -> Testimonial | None:
    """Return the answer that stands, or is announced, under a testimonial: one at most."""
    session = object_session(about)
    assert session is not None, "what is answered is stored"  # noqa: S101  # narrows the type
    is_published = Testimonial.about_id == about.id, Testimonial.status == Status.PUBLISHED
    return session.scalar(select(Testimonial).where(*is_published))


def may_stand_beneath(testimonial: Testimonial) -> bool:
    """Whether an answer can be published: what it is about is, and has no other; true of any other text."""
    about = testimonial.about
    if about is None:
        return True
    standing = published_answer(about)
    return about.status is Status.PUBLISHED and (standing is None or standing is testimonial)
