"""Reporting a published testimonial: the form, and storing a notice once however often it is sent."""

import uuid
from collections.abc import Iterable

from sqlalchemy import Table, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField
from wtforms.validators import UUID, ValidationError

from app import french
from app.antispam.signals import Sign
from app.audit import READER, AuditEvent, Kind
from app.db import now
from app.forms import Address, Form, Prose, Signs, choice, required
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials.models import Testimonial
from app.testimonials.notices import REPORT_REASONS, Notice
from app.testimonials.periods import period
from app.testimonials.reasons import Reason


class NoticeForm(Form):
    """The reason, a few words, and an address for those who want an answer."""

    reason = RadioField(
        "Qu’est‑ce qui ne va pas ?",
        [required("Choisissez une des quatre réponses.")],
        choices=[choice(reason.value, words) for reason, words in REPORT_REASONS.items()],
    )
    words = Prose("Ce que vous voulez nous en dire", [Signs(most=1500)])
    email = Address("Votre courriel, pour vous répondre")
    key = HiddenField(validators=[required("Rechargez la page pour recommencer."), UUID(message="Rechargez la page.")])

    def validate_words(self, field: Prose) -> None:
        if self.reason.data == Reason.OTHER.value and not field.data:
            raise ValidationError("Dites en quelques mots ce qui ne va pas.")

    def notice(self, testimonial: Testimonial, signs: Iterable[Sign]) -> Notice:
        """Return a notice of the shown version.

        The same page sent again with the same words has the same key; with other words, it is another notice.
        """
        content = (testimonial.public_id, self.reason.data, self.words.data or "", self.email.data or "")
        assert testimonial.shown_number is not None  # noqa: S101  # only what is shown is reported; narrows the type
        return Notice(
            testimonial_id=testimonial.id,
            key=str(uuid.uuid5(uuid.UUID(self.key.data), "\0".join(content))),
            reason=Reason(self.reason.data),
            words=self.words.data or "",
            email=self.email.data or None,
            signs=sorted(signs),
            version_number=testimonial.shown_number,
            digest=testimonial.shown_digest or "",
        )


def report_testimonial(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a notice and return it, or the one that an identical submission has stored."""
    existing = notice_by_key(session, notice.key)
    if existing is not None:
        return existing
    try:
        with session.begin_nested():
            return store_notice(session, testimonial, notice)
    except IntegrityError:  # the other request of a double click was faster
        existing = notice_by_key(session, notice.key)
        if existing is None:
            raise
        return existing


def store_notice(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a new notice, with its event, and the e-mail that acknowledges it if there is an address.

    Anyone may report: the notice must not change the testimonial's `revision`, or strangers could make editors' forms
    stale. Hence an UPDATE of its own, beside the mapped object.
    """
    session.add(notice)
    session.flush()
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    noticed_at = func.coalesce(table.c.noticed_at, notice.at)
    session.execute(table.update().where(table.c.id == testimonial.id).values(noticed_at=noticed_at))
    session.refresh(testimonial, ["noticed_at", "notices"])
    testimonial.events.append(AuditEvent.of(Kind.NOTICED, READER, version_number=notice.version_number))
    if notice.email is not None:
        due, noticed = french.paris_time(now() + period("REVIEW_DELAY")).isoformat(), testimonial.public_id
        message, to = Message.NOTICE_RECEIVED, notice.email
        outbox.enqueue(session, message, to=to, about=testimonial.id, noticed=noticed, due=due)
    session.flush()
    return notice


def notice_by_key(session: Session, key: str) -> Notice | None:
    return session.scalar(select(Notice).where(Notice.key == key))
