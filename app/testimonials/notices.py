"""Notice: a reader's report on a published testimonial (Regulation (EU) 2022/2065, DSA, article 16; LCEN, article 6).

A platform this small is exempt from most of the DSA: it is followed by choice. A notice is about the words that were
shown, by their digest. It ends when an editor answers it, or when those words are no longer shown, for any cause
(`settle_notices`). No text is removed because of a notice alone, nor of many.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import JSON, ColumnElement, ForeignKey, Text, and_, delete, false, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.audit import AuditEvent
from app.db import Base, Numbered, enum_by_value, now
from app.kept import period
from app.labelled_enum import ExplainedEnum
from app.mail import outbox
from app.mail.outbox import Email
from app.testimonials import mails, undo
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action


class NoticeKind(ExplainedEnum):
    """The kind of a notice: its name for editors and authors, and the sentence by which a reader chooses it."""

    ILLEGAL = "illegal", "Contenu illégal", "Un passage est contraire à la loi : injure, diffamation, menace, haine"
    PERSONAL_DATA = "personal_data", "Données personnelles", "On m’y reconnaît, ou j’y reconnais quelqu’un"
    NAMED = "named", "Droit de réponse", "J’y suis nommé·e ou désigné·e, et je veux y répondre"
    OTHER = "other", "Autre signalement", "C’est autre chose : une publicité, une erreur"

    @property
    def delay(self) -> timedelta:
        """How soon it is answered: a right of reply within three days (LCEN, article 1-1, III)."""
        return period("RIGHT_OF_REPLY_DELAY" if self is NoticeKind.NAMED else "NOTICE_DELAY")


class Outcome(ExplainedEnum):
    """The outcome of a notice; its sender reads the sentence."""

    DISMISSED = (
        "dismissed",
        "Classé sans suite",
        "L’équipe a lu votre signalement et relu le texte : il reste publié.",
    )
    REPLY_ACCEPTED = (
        "reply_accepted",
        "Réponse acceptée",
        "L’équipe accepte votre réponse : elle paraît sous le texte, aussi visible que lui.",
    )
    REPLY_REFUSED = (
        "reply_refused",
        "Réponse refusée",
        "L’équipe a lu votre demande et relu le texte : elle ne publie pas votre réponse.",
    )
    CHANGED = (
        "changed",
        "Une autre version est publiée",
        (
            "Une version relue par l’équipe a pris la place de celle que vous avez signalée. "
            "Si quelque chose n’y va toujours pas, signalez-la de la même façon."
        ),
    )
    UNPUBLISHED = "unpublished", "Texte dépublié", "L’équipe a relu le texte et l’a retiré : il n’est plus publié."
    GONE = (
        "gone",
        "Texte qui ne paraît plus",
        "Ce texte a cessé de paraître avant que l’équipe ait eu à en décider.",
    )
    ERASED = "erased", "Effacé par la personne qui l’avait envoyé", "Vous avez effacé votre signalement."

    @classmethod
    def of(cls, action: Action, *, is_shown: bool) -> "Outcome":
        """Return the outcome of a notice whose words an act removed from the page; `is_shown`: others stand there."""
        if is_shown:
            return cls.CHANGED
        return cls.UNPUBLISHED if action is Action.UNPUBLISH else cls.GONE


class Notice(Numbered, Base, kw_only=True):
    """A report on a testimonial as it was shown: version `version_number`, of this `digest`.

    `key` identifies one sending, so that it is stored once. `passage` is what the reader quotes, as typed; `words` are
    the reasons; `reply`, of a right of reply, is the answer to publish. What its sender wrote is erased with the
    testimonial, and `NOTICE_PERIOD` after the notice was handled in any case, but an accepted reply and its signature.
    """

    __tablename__ = "notice"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[NoticeKind] = mapped_column(enum_by_value(NoticeKind))
    passage: Mapped[str] = mapped_column(Text, repr=False, default="", server_default="")
    words: Mapped[str] = mapped_column(Text, repr=False)
    reply: Mapped[str] = mapped_column(Text, repr=False, default="", server_default="")
    name: Mapped[str | None] = mapped_column(repr=False, default=None)
    email: Mapped[str | None] = mapped_column(repr=False)
    # The sender believes in good faith that it is accurate (DSA, article 16.2.d); earlier notices were not asked.
    in_good_faith: Mapped[bool] = mapped_column(default=False, server_default=false())
    signs: Mapped[list[str]] = mapped_column(JSON)  # antispam.signals.Sign
    version_number: Mapped[int]
    digest: Mapped[str]
    at: Mapped[datetime] = mapped_column(default_factory=now)
    due_at: Mapped[datetime] = mapped_column(init=False)  # promised to its sender: a later setting does not move it
    handled_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    outcome: Mapped[Outcome | None] = mapped_column(enum_by_value(Outcome), default=None)
    answer: Mapped[str] = mapped_column(Text, default="")

    def __post_init__(self) -> None:
        self.due_at = self.at + self.kind.delay

    @property
    def is_open(self) -> bool:
        return self.handled_at is None

    @property
    def is_shown_reply(self) -> bool:
        return self.outcome is Outcome.REPLY_ACCEPTED

    @property
    def is_reply(self) -> bool:
        return self.kind is NoticeKind.NAMED

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at < now()

    def handle(
        self, outcome: Outcome, answer: str = "", *, by: AuditEvent | None = None, note: DecisionNote | None = None
    ) -> None:
        """Record the outcome, and write to the sender if they gave an address.

        `by` is the act that ended it, and `note` goes with it: of a decision, its reason and ground, never the message
        to the author. The letter says how to contest it (DSA, article 16.5).
        """
        self.handled_at, self.outcome, self.answer = now(), outcome, answer
        session = object_session(self)
        if session is None or self.email is None:
            return
        due_at = undo.final_at(by) if by else None
        reason = note.reason if note else None
        facts = {"sentence": outcome.sentence, "words": answer}
        facts |= {"reason": reason.label if reason else "", "ground": reason.ground if reason else ""}
        outbox.enqueue(
            session, mails.NOTICE_ANSWERED, to=self.email, about=self.testimonial_id, event=by, due_at=due_at, **facts
        )


def notice_clock(notices: Sequence[Notice]) -> dict[str, datetime | None]:
    """Return since when open notices wait, and the most urgent of their dates, by the testimonial's column."""
    waiting = [notice for notice in notices if notice.is_open]
    return {
        "noticed_at": min((notice.at for notice in waiting), default=None),
        "notice_due_at": min((notice.due_at for notice in waiting), default=None),
    }


def settle_notices(
    notices: Sequence[Notice], shown_digest: str | None, action: Action, event: AuditEvent, note: DecisionNote
) -> dict[str, datetime | None]:
    """End the open notices about a version that an act shows no longer; return the clock of the others."""
    for notice in notices:
        if notice.is_open and notice.digest != shown_digest:
            outcome = Outcome.of(action, is_shown=shown_digest is not None)
            notice.handle(outcome, note.to_readers, by=event, note=note)
    return notice_clock(notices)


def reopen_notices(notices: Sequence[Notice], decided_at: datetime) -> None:
    for notice in notices:
        is_later = notice.handled_at is not None and notice.handled_at >= decided_at
        if is_later and notice.outcome is not Outcome.ERASED:
            notice.handled_at, notice.outcome, notice.answer = None, None, ""


def readers_without_answer(session: Session, notices: Sequence[Notice]) -> list[str]:
    """Return the addresses of readers whose notice is open, or whose answer has not left yet."""
    about = {notice.testimonial_id for notice in notices}
    waiting = select(Email.recipient).where(
        Email.message == mails.NOTICE_ANSWERED, Email.testimonial_id.in_(about), Email.due_at.is_not(None)
    )
    unsent = set(session.scalars(waiting)) if notices else set()
    return sorted({each.email for each in notices if each.email and (each.is_open or each.email in unsent)})


def keeps_words() -> ColumnElement[bool]:
    """State that a notice still has words of its sender, or the answer; not those of an accepted reply."""
    theirs = or_(Notice.reply != "", Notice.name.is_not(None))
    erasable = and_(theirs, Notice.outcome.is_distinct_from(Outcome.REPLY_ACCEPTED))
    return or_(Notice.words != "", Notice.passage != "", Notice.answer != "", Notice.email.is_not(None), erasable)


def erase_notice_words(session: Session, notice: Notice) -> None:
    """Erase what its sender wrote, the answer, and the e-mails to them; the outcome stays.

    An accepted reply stays with its signature as long as the testimonial: it is published, at its sender's request.
    """
    if notice.email is not None:
        mine = (mails.NOTICE_RECEIVED, mails.NOTICE_ANSWERED)
        about = (Email.testimonial_id == notice.testimonial_id, Email.recipient == notice.email)
        session.execute(delete(Email).where(*about, Email.message.in_(mine)))
    notice.words, notice.passage, notice.email, notice.answer, notice.signs = "", "", None, "", []
    if notice.outcome is not Outcome.REPLY_ACCEPTED:
        notice.reply, notice.name = "", None
