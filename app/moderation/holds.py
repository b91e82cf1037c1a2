"""Holds: the editor reading a testimonial (« Je m’en occupe »), and since when. A hold lapses and locks nobody out.

A table of its own, apart from the testimonial's revision: a hold makes no colleague's decision stale.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from flask import current_app
from sqlalchemy import ColumnElement, ForeignKey, Select, and_, bindparam, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, object_session

from app.accounts.models import Scope, User
from app.accounts.queries import editors_of, within
from app.db import Base, now
from app.kept import Kept, Term
from app.testimonials.testimonial import Testimonial


class Hold(MappedAsDataclass, Base, kw_only=True):
    """One editor's hold on one testimonial."""

    __tablename__ = "claim"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    at: Mapped[datetime] = mapped_column(default_factory=now)


KEPT = Kept(
    model=Hold,
    act=("lapsed holds", "oubli d’anciens « Je m’en occupe »"),
    terms=[Term("«\u00a0Je m’en occupe\u00a0»", "après l’avoir dit", "HOLD_PERIOD", Hold.at)],
)
PERIODS = {"Si vous êtes de l’équipe": [KEPT]}


def take_hold(session: Session, testimonial: Testimonial, user_id: int) -> None:
    """Hold a testimonial for an editor, in place of any other hold; the caller has locked its row."""
    release_hold(testimonial)
    session.add(Hold(testimonial_id=testimonial.id, user_id=user_id))


def release_hold(testimonial: Testimonial, user_id: int | None = None) -> None:
    """Delete the hold on a testimonial; with `user_id`, only if that editor still has it."""
    owner = [] if user_id is None else [Hold.user_id == user_id]
    if session := object_session(testimonial):
        session.execute(delete(Hold).where(Hold.testimonial_id == testimonial.id, *owner))


@cache
def is_live() -> ColumnElement[bool]:
    """State that a hold has not lapsed, and that its owner can still act on the testimonial of the outer query.

    An account that was closed, or whose articles were taken away, holds nothing up.
    """
    owner = editors_of(Testimonial.article_id).where(User.id == Hold.user_id)
    return and_(is_recent(), owner.exists())


@cache
def is_of_it() -> ColumnElement[bool]:
    """State that a hold is on the testimonial of the same row, and has not lapsed; with `unlapsed()`."""
    return and_(Hold.testimonial_id == Testimonial.id, is_live())


def is_recent() -> ColumnElement[bool]:
    """State that a hold has not lapsed; executed with `unlapsed()`."""
    return Hold.at > bindparam("lapsed_at")


def unlapsed() -> dict[str, datetime]:
    return {"lapsed_at": now() - current_app.config["HOLD_PERIOD"]}


def holds_on(session: Session, ids: Iterable[int]) -> dict[int, Hold]:
    live = select(Hold).join(Testimonial).where(is_live())
    holds = session.scalars(live.where(Hold.testimonial_id.in_(ids)), unlapsed())
    return {hold.testimonial_id: hold for hold in holds}


def held_by(user_id: int, scope: Scope = None) -> Select[int]:
    """Select the testimonials that an editor who is signed in holds, of their articles; with `unlapsed()`."""
    mine = select(Hold.testimonial_id).where(Hold.user_id == user_id, is_recent())
    if scope is not None:
        mine = mine.join(Testimonial).where(*within(scope, Testimonial.article_id))
    return mine
