"""Notice: a reader's report on a published testimonial (modelled on Regulation (EU) 2022/2065, article 16, by choice).

A notice is about the words that were shown, by their digest. It ends when an editor dismisses it, or when those words
are no longer shown, whatever the cause (`settle_notices`). No text is removed because of a notice alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Text, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, object_session

from app.audit import AuditEvent
from app.db import Base, enum_by_value, now
from app.forms import masked_email
from app.french import PARIS, paris_time
from app.labels import ExplainedEnum
from app.mail import outbox
from app.mail.messages import Message
from app.mail.outbox import Email
from app.testimonials import undo
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.periods import period
from app.testimonials.reasons import Reason

if TYPE_CHECKING:
    from app.testimonials.models import Testimonial

# The acts of editors, or of the clock, that show a hidden text again: as it is, or in words that they have read.
SHOWN_BY = frozenset({Action.UNHIDE, Action.PUBLISH, Action.RESTORE})

# The reasons a reader can choose, in a reader's words.
REPORT_REASONS: Mapping[Reason, str] = {
    Reason.IDENTIFIABLE_PERSON: "On m’y reconnaît, ou j’y reconnais quelqu’un",
    Reason.DEFAMATION: "Des propos sont faux ou blessants",
    Reason.PROMOTION: "C’est de la publicité",
    Reason.OTHER: "Autre chose",
}


class Outcome(ExplainedEnum):
    """The outcome of a notice; its sender reads the sentence."""

    DISMISSED = (
        "dismissed",
        "Classé sans suite",
        "L’équipe a lu votre signalement et relu le témoignage : il reste publié.",
    )
    CHANGED = (
        "changed",
        "Une autre version est publiée",
        (
            "Une version relue par l’équipe a pris la place de celle que vous avez signalée. "
            "Si quelque chose n’y va toujours pas, signalez-la de la même façon."
        ),
    )
    UNPUBLISHED = "unpublished", "Texte dépublié", "L’équipe a relu le témoignage et l’a retiré : il n’est plus publié."
    GONE = (
        "gone",
        "Texte qui ne paraît plus",
        "Ce témoignage a cessé de paraître avant que l’équipe ait eu à en décider.",
    )
    ERASED = "erased", "Effacé par la personne qui l’avait envoyé", "Vous avez effacé votre signalement."


# The outcome of a notice, by the act that removed the words it is about; `GONE` after any other.
OUTCOMES: Mapping[Action, Outcome] = {
    **dict.fromkeys((Action.PUBLISH, Action.CONTEST, Action.RESTORE), Outcome.CHANGED),
    Action.UNPUBLISH: Outcome.UNPUBLISHED,
}


class Notice(MappedAsDataclass, Base, kw_only=True):
    """A report on a testimonial as it was shown: version `version_number`, of this `digest`.

    `key` identifies one sending, so that it is stored once. The words, the address and the answer are erased with the
    testimonial, and `NOTICE_PERIOD` after the notice was handled in any case.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    words: Mapped[str] = mapped_column(Text, repr=False)
    email: Mapped[str | None] = mapped_column(repr=False)
    signs: Mapped[list[str]] = mapped_column(JSON)  # antispam.signals.Sign
    version_number: Mapped[int]
    digest: Mapped[str]
    at: Mapped[datetime] = mapped_column(default_factory=now)
    handled_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    outcome: Mapped[Outcome | None] = mapped_column(enum_by_value(Outcome), default=None)
    answer: Mapped[str] = mapped_column(Text, default="")

    @property
    def is_open(self) -> bool:
        return self.handled_at is None

    @property
    def masked_email(self) -> str:
        """Return enough of the address to know there is one: « c…@ville.fr »; nothing where none was given."""
        return masked_email(self.email) if self.email else ""

    def handle(self, outcome: Outcome, answer: str = "", *, by: AuditEvent | None = None) -> None:
        """Record the outcome, and write to the sender if they gave an address; `by` is the act that ended it."""
        self.handled_at, self.outcome, self.answer = now(), outcome, answer
        session = object_session(self)
        if session is None or self.email is None:
            return
        due_at = undo.final_at(by) if by else None
        facts = {"sentence": outcome.sentence, "words": answer}
        outbox.enqueue(
            session, Message.NOTICE_ANSWERED, to=self.email, about=self.testimonial_id, event=by, due_at=due_at, **facts
        )


def waiting_since(notices: Sequence[Notice]) -> datetime | None:
    return min((notice.at for notice in notices if notice.is_open), default=None)


def settle_notices(
    notices: Sequence[Notice], shown_digest: str | None, action: Action, event: AuditEvent
) -> datetime | None:
    """Handle the notices whose words an act has removed from the page; return since when the others wait."""
    for notice in notices:
        if notice.is_open and notice.digest != shown_digest:
            notice.handle(OUTCOMES.get(action, Outcome.GONE), by=event)
    return waiting_since(notices)


def reopen_notices(notices: Sequence[Notice], decided_at: datetime) -> None:
    for notice in notices:
        is_later = notice.handled_at is not None and notice.handled_at >= decided_at
        if is_later and notice.outcome is not Outcome.ERASED:
            notice.handled_at = notice.outcome = None


def hiding_end(testimonial: "Testimonial", action: Action, target: Status) -> datetime | None:
    """Return until when a text is hidden after an act: from midnight in Paris on, the clock shows it again.

    Raises `TransitionRefused` for hiding a text that nobody reports, or again, and for showing one that is not hidden.
    """
    is_hidden, is_reported = testimonial.hidden_until is not None, testimonial.noticed_at is not None
    if (action is Action.HIDE and (is_hidden or not is_reported)) or (action is Action.UNHIDE and not is_hidden):
        raise TransitionRefused(testimonial.status, action)
    if action is Action.HIDE:
        return datetime.combine(paris_time(now() + period("HIDING_PERIOD")), time(), PARIS)
    return None if action in SHOWN_BY or target is not Status.PUBLISHED else testimonial.hidden_until


def readers_without_answer(session: Session, notices: Sequence[Notice]) -> list[str]:
    """Return the addresses of readers whose notice is open, or whose answer has not left yet."""
    about = {notice.testimonial_id for notice in notices}
    waiting = select(Email.recipient).where(
        Email.message == Message.NOTICE_ANSWERED, Email.testimonial_id.in_(about), Email.due_at.is_not(None)
    )
    unsent = set(session.scalars(waiting)) if notices else set()
    return sorted({each.email for each in notices if each.email and (each.is_open or each.email in unsent)})


def tell_of_erasure(session: Session, readers: Iterable[str]) -> None:
    """Write to readers that the text which they reported is no longer there; the outbox then forgets their address."""
    for reader in readers:
        outbox.enqueue(session, Message.NOTICE_ENDED, to=reader)


def erase_notice_words(session: Session, notice: Notice) -> None:
    """Erase the words, the address and the e-mails sent to it; the outcome stays."""
    if notice.email is not None:
        mine = (Message.NOTICE_RECEIVED, Message.NOTICE_ANSWERED)
        about = (Email.testimonial_id == notice.testimonial_id, Email.recipient == notice.email)
        session.execute(delete(Email).where(*about, Email.message.in_(mine)))
    notice.words, notice.email, notice.answer, notice.signs = "", None, "", []
