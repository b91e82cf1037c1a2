"""Details of the queue rows on a page: claims, editors who took a contested decision, spam signs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.antispam import signals
from app.antispam.signals import Sign
from app.audit import AuditEvent
from app.moderation import claims
from app.moderation.claims import Claim
from app.testimonials import queries
from app.testimonials.decision import Decision
from app.testimonials.models import Testimonial


@dataclass(frozen=True)
class RowDetails:
    """Claims, deciders and signs by testimonial id; editors' names by account id."""

    claims: Mapping[int, Claim]
    deciders: Mapping[int, int]
    signs: Mapping[int, Sequence[Sign]]
    names: Mapping[int, str]


def row_details(session: Session, testimonials: Sequence[Testimonial]) -> RowDetails:
    """Return the details of some testimonials, in a constant number of statements."""
    ids = [each.id for each in testimonials]
    return RowDetails(
        claims=claims.claims_on(session, ids),
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
