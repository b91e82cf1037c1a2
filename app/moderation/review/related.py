"""Related testimonials: from the same e-mail address, or similar ones from the same CLSM."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Scope
from app.accounts.queries import within
from app.moderation.queue.row_details import row_options
from app.testimonials import queries
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

MAX_LISTED = 20  # in each list
MIN_SIMILARITY = 0.5  # Jaccard index of their words


@dataclass(frozen=True)
class Related:
    """Related testimonials, latest first."""

    same_author: list[Testimonial]
    similar: list[Testimonial]


def related(session: Session, testimonial: Testimonial, scope: Scope = None) -> Related:
    """Return the related testimonials of a reader's articles."""
    if testimonial.current is None:
        return Related([], [])
    version = testimonial.current
    rows = session.execute(related_query(scope), {"email": testimonial.email, "clsm": version.clsm}).all()
    others = [(each, bool(is_same)) for each, is_same in rows if each is not testimonial]
    words = words_of(version)
    same_clsm = ((each, each.current) for each, _ in others if each.current and each.current.clsm == version.clsm)
    similar = [each for each, current in same_clsm if similarity(words_of(current), words) >= MIN_SIMILARITY]
    return Related([each for each, is_same in others if is_same][:MAX_LISTED], similar[:MAX_LISTED])


# Made once for each scope: it costs more to make than to answer.
@lru_cache(maxsize=64)
def related_query(scope: Scope) -> Any:
    """Select the latest testimonials from an `email`, and those from a `clsm`; whether each is from the address."""
    mine = within(scope, Testimonial.article_id)
    email: BindParameter[str] = bindparam("email")
    lists = (
        each.where(*mine).limit(MAX_LISTED + 1).with_only_columns(Testimonial.id).subquery()
        for each in (queries.sent_from(email), queries.sent_by(bindparam("clsm")))
    )
    listed = Testimonial.id.in_(union_all(*(select(each) for each in lists)))
    selected: Any = select(Testimonial, Testimonial.email == email).where(listed).options(*row_options())
    return selected.order_by(Testimonial.id.desc())


def words_of(version: Version) -> set[str]:
    return set(version.account.lower().split())


def similarity(words: set[str], others: set[str]) -> float:
    """Return the Jaccard index of the words of two accounts, from 0 to 1."""
    return len(words & others) / len(words | others)
