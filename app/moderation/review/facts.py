"""Facts of a review page: what a testimonial has around it, in one statement; what it has none of is not asked for."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, union_all
from sqlalchemy.orm import Session, object_session
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Scope
from app.accounts.queries import within
from app.antispam.signals import Sign, SpamTrace
from app.audit import Kind
from app.catalog import placements
from app.catalog.placements import Placement
from app.mail import outbox
from app.mail.outbox import Email
from app.moderation import holds
from app.moderation.holds import Hold
from app.moderation.queue.row_details import row_options
from app.moderation.queue.rows import QueueRow
from app.testimonials import queries
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

# The relationships that most testimonials have nothing in.
OFTEN_EMPTY = Testimonial.decisions, Testimonial.remarks, Testimonial.notices


@dataclass(frozen=True)
class ReviewFacts:
    """The live hold, signs of spam; whether the rest has anything.

    `row` keeps the text's row in the session, where its neighbours are found by it.
    """

    testimonial: Testimonial
    hold: Hold | None
    signs: list[Sign]
    row: QueueRow | None
    is_placed: bool
    has_failed_emails: bool

    @property
    def was_recorded(self) -> bool:
        return any(event.kind is Kind.RECORD for event in self.testimonial.events)

    def failed_emails(self) -> list[Email]:
        about, session = self.testimonial, object_session(self.testimonial)
        return outbox.failed_about(session, about.id, about.email) if self.has_failed_emails and session else []

    def quotes(self, version: Version) -> list[str]:
        """Return the quotes that margins have of a version; "" is its own, which a text has that no editor placed."""
        session = object_session(self.testimonial)
        return placements.quotes_of(session, version) if self.is_placed and session else [""]


# Made once: it costs more to make than to answer.
@cache
def facts_query() -> Any:
    """Select the facts of the testimonial numbered `number`."""
    kinds: dict[str, Any] = {"versions": Version, "placements": Placement, "emails": Email}
    about = {name: select(kind.id).where(kind.testimonial_id == Testimonial.id) for name, kind in kinds.items()}
    about["versions"] = about["versions"].where(Version.number != Testimonial.current_number)
    about["emails"] = about["emails"].where(outbox.has_failed(), Email.recipient == Testimonial.email)
    has: list[Any] = [each.any().label(each.key) for each in OFTEN_EMPTY]
    has += [each.correlate(Testimonial).exists().label(name) for name, each in about.items()]
    selected = select(Hold, SpamTrace.signs, QueueRow, *has)
    selected = selected.select_from(Testimonial).outerjoin(Hold, holds.is_of_it())
    for kind in (SpamTrace, QueueRow):
        selected = selected.outerjoin(kind, kind.testimonial_id == Testimonial.id)
    return selected.where(Testimonial.id == bindparam("number"))


def load_facts(session: Session, testimonial: Testimonial) -> ReviewFacts:
    """Return the facts, and set the relationships of the testimonial that have nothing, or nothing more."""
    found = session.execute(facts_query(), {"number": testimonial.id, **holds.unlapsed()}).one()
    for name in (each.key for each in OFTEN_EMPTY):
        if not getattr(found, name) and name not in testimonial.__dict__:
            set_committed_value(testimonial, name, [])
    if testimonial.current and not found.versions and "versions" not in testimonial.__dict__:
        set_committed_value(testimonial, "versions", [testimonial.current])
    if testimonial.shown_number == testimonial.current_number and "shown" not in testimonial.__dict__:
        set_committed_value(testimonial, "shown", testimonial.current)
    return ReviewFacts(
        testimonial=testimonial,
        hold=found.Hold,
        signs=[Sign(each) for each in found.signs or []],
        row=found.QueueRow,
        is_placed=found.placements,
        has_failed_emails=found.emails,
    )


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
