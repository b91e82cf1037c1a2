"""Related testimonials: from the same e-mail address, or similar ones from the same CLSM."""

from dataclasses import dataclass

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
    from_address = queries.sent_from(testimonial.email or "").options(joinedload(Testimonial.current))
    same_author, same_clsm = (
        [each for each in session.scalars(selected.where(*mine).limit(MAX_LISTED + 1)) if each is not testimonial]
        for selected in (
            each.options(joinedload(Testimonial.shown)) for each in (from_address, queries.sent_by(version.clsm))
        )
    )
    similar = [each for each in same_clsm if each.current and similarity(each.current, version) >= MIN_SIMILARITY]
    return Related(same_author[:MAX_LISTED], similar)


def similarity(version: Version, other: Version) -> float:
    """Return the Jaccard index of the words of two accounts, from 0 to 1."""
    words, others = set(version.account.lower().split()), set(other.account.lower().split())
    return len(words & others) / len(words | others)
