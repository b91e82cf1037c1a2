"""What else there is to know before deciding on a text: its author's other texts, and others that are much alike."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.testimonials import queries
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

MOST = 20  # of each: an editor wants to know, not to read them all
ALIKE = 0.5  # the share of words that two texts have in common, of all the words of both


@dataclass(frozen=True)
class Related:
    """Other testimonials, each list with the latest first."""

    same_author: list[Testimonial]
    alike: list[Testimonial]


def related(session: Session, testimonial: Testimonial) -> Related:
    """Return what stands beside a testimonial: nothing once it is erased."""
    if testimonial.current is None:
        return Related([], [])
    version = testimonial.current
    selects = queries.sent_from(testimonial.email or ""), queries.sent_by(version.clsm)
    own, neighbours = (
        [each for each in session.scalars(selected.limit(MOST + 1)) if each is not testimonial] for selected in selects
    )
    alike = [each for each in neighbours if each.current and likeness(each.current, version) >= ALIKE]
    return Related(own[:MOST], alike)


def likeness(version: Version, other: Version) -> float:
    """Return how much of their words two accounts share: from 0 to 1."""
    words, others = set(version.account.lower().split()), set(other.account.lower().split())
    return len(words & others) / len(words | others)
