"""« Je m’en occupe »: who is on a text, and since when. It lapses, it locks nobody out, and it is no status.

It stands in a table of its own, apart from the testimonial's revision: claiming makes no colleague's decision stale.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.db import Base, now
from app.testimonials.models import Testimonial


class Claim(MappedAsDataclass, Base, kw_only=True):
    """An editor is on a testimonial."""

    __tablename__ = "claim"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    at: Mapped[datetime] = mapped_column(default_factory=now)


def take_claim(session: Session, testimonial: Testimonial, user_id: int) -> None:
    """Note that an editor is on it from now on, whoever was; the caller holds the testimonial."""
    release_claim(session, testimonial)
    session.add(Claim(testimonial_id=testimonial.id, user_id=user_id))


def release_claim(session: Session, testimonial: Testimonial, user_id: int | None = None) -> None:
    """Note that nobody is on it any more; or that one editor is not, whoever has taken it over since."""
    mine = [] if user_id is None else [Claim.user_id == user_id]
    session.execute(delete(Claim).where(Claim.testimonial_id == testimonial.id, *mine))


def live_claims() -> Select[Claim]:
    """Select the claims that have not lapsed."""
    period: timedelta = current_app.config["CLAIM_PERIOD"]
    return select(Claim).where(Claim.at > now() - period)


def claims_on(session: Session, ids: Iterable[int]) -> dict[int, Claim]:
    """Return who is on each of some testimonials."""
    return {
        claim.testimonial_id: claim for claim in session.scalars(live_claims().where(Claim.testimonial_id.in_(ids)))
    }


def claimed_by(session: Session, user_id: int) -> list[int]:
    """Return the testimonials an editor is on: a handful."""
    claims = session.scalars(live_claims().where(Claim.user_id == user_id).order_by(Claim.at))
    return [claim.testimonial_id for claim in claims]
