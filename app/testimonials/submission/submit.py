"""Receiving a testimonial: stored once, however many times it is sent (product rule 7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.antispam import signals
from app.antispam.signals import Sign
from app.articles.models import Article
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials import draft as drafts
from app.testimonials.consent import Purpose
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


class AlreadyReceived(Exception):
    """The page was sent before, and what it became changes elsewhere now: other words, or a draft, come too late."""

    def __init__(self, testimonial: Testimonial) -> None:
        super().__init__("this page has already been sent")
        self.testimonial = testimonial


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What the form sends: a version as its author saw it (`seen` is its digest), the answers, and where to write.

    `signs` are what in the sending itself looks like a machine's.
    `key` is drawn when the form is first shown and comes back with each sending of that page.
    """

    key: str
    version: Version
    answers: Mapping[Purpose, bool]
    email: str
    seen: str
    signs: frozenset[Sign] = frozenset()


def submit(session: Session, article: Article, sent: Submission) -> Testimonial:
    """Store what was sent and return its testimonial, which exists once for one key.

    The same words again change nothing. Other words, or another address, replace the first ones while the address is
    unconfirmed: someone went back to mend a slip. After that, raises `AlreadyReceived`.
    The draft that the page was kept as is forgotten.
    """
    drafts.forget_draft(session, sent.key)
    known = find_by_key(session, sent.key)
    if known is None:
        try:
            with session.begin_nested():
                return store_testimonial(session, article, sent)
        except IntegrityError:  # the other half of a double click was faster
            known = find_by_key(session, sent.key)
            if known is None:
                raise
    if has_same_words(known, sent) and known.email == sent.email:
        return known
    if known.status is not Status.UNCONFIRMED:
        raise AlreadyReceived(known)
    return correct_submission(session, known, sent)


def find_by_key(session: Session, key: str) -> Testimonial | None:
    """Return the testimonial that a page has already become, held: the other half of a double click waits."""
    return session.scalar(select(Testimonial).where(Testimonial.submission_key == key).with_for_update())


def store_testimonial(session: Session, article: Article, sent: Submission) -> Testimonial:
    """Store a new testimonial, with its first version, its consent lines, its event and its e-mail."""
    testimonial = Testimonial(article=article, submission_key=sent.key, email=sent.email)
    session.add(testimonial)
    testimonial.receive(sent.version, sent.answers, seen=sent.seen)
    testimonial.events.append(
        AuditEvent.of(Kind.SUBMITTED, AUTHOR, after=testimonial.status.value, version_number=testimonial.current_number)
    )
    session.flush()
    signals.record_signs(session, testimonial.id, sent.version.account, sent.email, sent.signs)
    testimonial.write_to_author(Message.RECEIPT)
    session.flush()
    return testimonial


def has_same_words(known: Testimonial, sent: Submission) -> bool:
    """Say whether a sending repeats the words and the answers that are stored."""
    latest = known.latest
    return (
        latest.digest == sent.version.compute_digest()
        and (latest.author_name, latest.author_role) == (sent.version.author_name, sent.version.author_role)
        and (latest.clsm, latest.department_code) == (sent.version.clsm, sent.version.department.code)
        and all(known.consents_to(purpose) is yes for purpose, yes in sent.answers.items())
    )


def correct_submission(session: Session, known: Testimonial, sent: Submission) -> Testimonial:
    """Replace what nobody has confirmed yet; links and e-mails to the first address are void."""
    if not has_same_words(known, sent):
        known.amend(sent.version, sent.answers, seen=sent.seen)
    if known.email != sent.email:
        known.events.append(AuditEvent.of(Kind.ADDRESS_CHANGED, AUTHOR, version_number=known.current_number))
        known.waiting_since, known.reminded_at = now(), None
    outbox.delete_about(session, known.id)
    known.email = sent.email
    known.link_generation += 1
    signals.record_signs(session, known.id, sent.version.account, sent.email, sent.signs)
    known.write_to_author(Message.RECEIPT)
    return known
