"""submit(): store a testimonial once, however many times its page is sent (product rule 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app import erasure_journal
from app.antispam import signals
from app.antispam.signals import Sign
from app.articles.models import Article
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import insert_once, now
from app.erasure_journal import LINK
from app.links import Link
from app.mail import outbox
from app.testimonials import draft as drafts
from app.testimonials import mails
from app.testimonials.lifecycle import Status, TextKind
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

RECEIPT = Link("receipt", "submission.receipt")


class AlreadyReceived(Exception):
    """The page was already sent as a testimonial, which changes from its private page alone now."""

    def __init__(self, testimonial: Testimonial) -> None:
        super().__init__("this page has already been sent")
        self.testimonial = testimonial


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A version as its author saw it in the preview (`seen` is its digest), the consents, and the author's address.

    `key` is drawn when the form is first shown, and returns with each sending; `signs` are those of the request.
    `about` is the testimonial that it answers, if it does.
    """

    key: str
    version: Version
    answers: Mapping[Purpose, bool]
    email: str
    seen: str
    signs: frozenset[Sign] = frozenset()
    about: Testimonial | None = None


def submit(session: Session, article: Article, sent: Submission) -> Testimonial:
    """Store a submission and return its testimonial. There is one testimonial for a key.

    The same words again change nothing. Other words, or another address, replace the first ones as long as the address
    is unconfirmed: the author went back to correct a typo. After that, raises `AlreadyReceived`.
    """
    drafts.delete_draft(session, sent.key)
    find, store = partial(find_by_key, session, sent.key), partial(store_testimonial, session, article, sent)
    stored, is_new = insert_once(session, find, store)
    if is_new:
        return stored
    if stored.about_id != (sent.about.id if sent.about else None):  # the key of another form
        raise AlreadyReceived(stored)
    if has_same_words(stored, sent.version, sent.answers) and stored.email == sent.email:
        return stored
    if stored.status is not Status.UNCONFIRMED:
        raise AlreadyReceived(stored)
    return correct_submission(session, stored, sent)


def find_by_key(session: Session, key: str) -> Testimonial | None:
    """Return the testimonial stored for a key, locked: the other request of a double click waits."""
    return session.scalar(select(Testimonial).where(Testimonial.submission_key == key).with_for_update())


def store_testimonial(session: Session, article: Article, sent: Submission) -> Testimonial:
    kind = TextKind.RESPONSE if sent.about else TextKind.TESTIMONIAL
    testimonial = Testimonial(article=article, kind=kind, about=sent.about, submission_key=sent.key, email=sent.email)
    testimonial.receive(sent.version, sent.answers, seen=sent.seen)
    lines = testimonial.consents[:]
    set_committed_value(
        testimonial, "consents", []
    )  # kept out of the session: `changes.store_lines()` has one statement
    session.add(testimonial)
    set_committed_value(testimonial, "consents", lines)
    testimonial.events.append(
        AuditEvent.of(Kind.SUBMITTED, AUTHOR, after=testimonial.status.value, version_number=testimonial.current_number)
    )
    session.flush()
    signals.record_signs(session, testimonial.id, sent.version.account, sent.email, sent.signs, first=True)
    testimonial.write_to_author(mails.RECEIPT)
    session.flush()
    session.expire(testimonial, ["consents"])
    return testimonial


def has_same_words(stored: Testimonial, sent: Version, answers: Mapping[Purpose, bool]) -> bool:
    """Whether what was sent is the latest version, with the consents that are in force."""
    latest = stored.latest
    return (
        latest.digest == sent.compute_digest()
        and (latest.author_name, latest.author_role) == (sent.author_name, sent.author_role)
        and (latest.clsm, latest.department_code) == (sent.clsm, sent.department.code)
        and all(stored.consents_to(purpose) is yes for purpose, yes in answers.items())
    )


def correct_submission(session: Session, stored: Testimonial, sent: Submission) -> Testimonial:
    """Replace an unconfirmed testimonial. Links and e-mails to the first address are void."""
    if not has_same_words(stored, sent.version, sent.answers):
        stored.amend(sent.version, sent.answers, seen=sent.seen)
    if stored.email != sent.email:
        stored.events.append(AuditEvent.of(Kind.ADDRESS_CHANGED, AUTHOR, version_number=stored.current_number))
        stored.waiting_since, stored.reminded_at = now(), None
    stored.submitted_at = now()  # the receipt gives its days again
    outbox.delete_about(session, stored.id)
    stored.email = sent.email
    stored.link_generation += 1
    erasure_journal.append_entry(session, stored.public_id, LINK, generation=stored.link_generation)
    signals.record_signs(session, stored.id, sent.version.account, sent.email, sent.signs)
    stored.write_to_author(mails.RECEIPT)
    return stored
