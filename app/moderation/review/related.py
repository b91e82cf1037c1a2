"""Related testimonials: from the same e-mail address, or similar ones from the same CLSM."""

from dataclasses import dataclass

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Scope
from app.accounts.queries import within
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
    version, mine = testimonial.current, within(scope, Testimonial.article_id)
    lists = (
        each.where(*mine).limit(MAX_LISTED + 1).with_only_columns(Testimonial.id).subquery()
        for each in (queries.sent_from(testimonial.email or ""), queries.sent_by(version.clsm))
    )
    listed = Testimonial.id.in_(union_all(*(select(each) for each in lists)))
    versions = joinedload(Testimonial.current), joinedload(Testimonial.shown)
    selected = select(Testimonial).where(listed).options(*versions).order_by(Testimonial.id.desc())
    others = [each for each in session.scalars(selected) if each is not testimonial]
    same_author = [each for each in others if testimonial.email and each.email == testimonial.email]
    same_clsm = [each for each in others if each.current and each.current.clsm == version.clsm]
    similar = [each for each in same_clsm if each.current and similarity(each.current, version) >= MIN_SIMILARITY]
    return Related(same_author[:MAX_LISTED], similar[:MAX_LISTED])


def similarity(version: Version, other: Version) -> float:
    """Return the Jaccard index of the words of two accounts, from 0 to 1."""
    words, others = set(version.account.lower().split()), set(other.account.lower().split())
    return len(words & others) / len(words | others)
