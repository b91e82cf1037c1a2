"""ColleagueQuestion: a question to an author who agreed to receive some; the rows that wait, and their end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, Text, and_, delete, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column, relationship

from app import erasure_journal
from app.db import Base, new_public_id, now
from app.links import Link
from app.mail.outbox import Email
from app.testimonials.colleague_questions import mails
from app.testimonials.models import Testimonial

# How long the row of a question is kept, from the day it was written: a promise to both of its people.
KEPT_FOR = timedelta(days=30)
# How long its sender has to confirm their address.
CONFIRMED_WITHIN = timedelta(days=7)


class QuestionUnknown(Exception):
    """The link of a question is incomplete, or forged: its sender has no private link to ask for."""


# The link of a question's sender; and that of the letter to its author, who may quote or forward it.
QUESTION = Link("question", "colleague_questions.confirm", refused=QuestionUnknown)
RECEIVED = Link("received-question", "received_questions.from_letter", refused=QuestionUnknown)


class ColleagueQuestion(MappedAsDataclass, Base, kw_only=True):
    """One question: who asks, in which words, and what became of it.

    `key` identifies one sending, so that it is stored once. It goes to the author at `confirmed_at`, when its sender
    has shown that the address is theirs. `report` are the author's words to the editors, who read the question from
    then on, and no other.
    """

    __tablename__ = "colleague_question"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, init=False, default_factory=new_public_id)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    testimonial: Mapped[Testimonial] = relationship(repr=False)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(repr=False)
    organisation: Mapped[str] = mapped_column(repr=False)
    words: Mapped[str] = mapped_column(Text, repr=False)
    email: Mapped[str] = mapped_column(index=True, repr=False)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    declined_at: Mapped[datetime | None] = mapped_column(default=None)
    reported_at: Mapped[datetime | None] = mapped_column(default=None)
    report: Mapped[str] = mapped_column(Text, repr=False, default="")
    settled_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def kept_until(self) -> datetime:
        return self.asked_at + KEPT_FOR

    @property
    def is_reported(self) -> bool:
        return self.reported_at is not None and self.settled_at is None


def is_kept() -> ColumnElement[bool]:
    """State that a question is within its time: the clock may be late, its page is not."""
    unconfirmed = and_(ColleagueQuestion.confirmed_at.is_(None), ColleagueQuestion.asked_at <= now() - CONFIRMED_WITHIN)
    return and_(ColleagueQuestion.asked_at > now() - KEPT_FOR, ~unconfirmed)


def by_question_link(token: str, link: Link = QUESTION) -> Select[ColleagueQuestion]:
    """Select the question of its sender's link, or its letter's; none once erased. `QuestionUnknown` if forged."""
    [public_id] = link.require(token)
    return select(ColleagueQuestion).where(ColleagueQuestion.public_id == public_id, is_kept())


def received_by(testimonial: Testimonial) -> Select[ColleagueQuestion]:
    received = ColleagueQuestion.testimonial_id == testimonial.id, ColleagueQuestion.confirmed_at.is_not(None)
    return select(ColleagueQuestion).where(*received, is_kept()).order_by(ColleagueQuestion.id.desc())


def questions_from(email: str) -> Select[ColleagueQuestion]:
    return select(ColleagueQuestion).where(ColleagueQuestion.email == email).order_by(ColleagueQuestion.id)


def reported_since() -> ColumnElement[datetime | None]:
    """State since when the oldest report about a testimonial's questions waits for an editor; None where none does."""
    reports = open_reports().with_only_columns(ColleagueQuestion.reported_at)
    about = reports.where(ColleagueQuestion.testimonial_id == Testimonial.id).limit(1)
    return about.correlate(Testimonial).scalar_subquery()


def open_reports() -> Select[ColleagueQuestion]:
    reported = ColleagueQuestion.reported_at.is_not(None), ColleagueQuestion.settled_at.is_(None), is_kept()
    return select(ColleagueQuestion).where(*reported).order_by(ColleagueQuestion.reported_at, ColleagueQuestion.id)


def erase_question(session: Session, question: ColleagueQuestion) -> None:
    """Delete a question, and the e-mail that would bring its words to the author; what has left is theirs."""
    to_author = (Email.testimonial_id == question.testimonial_id, Email.message == mails.QUESTION)
    for email in session.scalars(select(Email).where(*to_author, Email.sent_at.is_(None))):
        if email.facts.get("question") == question.public_id:
            session.delete(email)
    session.delete(question)


def erase_sent_questions(session: Session, email: str) -> None:
    for question in session.scalars(questions_from(email)).all():
        erasure_journal.append_entry(session, question.public_id)
        erase_question(session, question)


def erase_named_question(session: Session, public_id: str) -> bool:
    """Erase again a question that a restored backup has brought back; return whether there was one."""
    question = session.scalar(select(ColleagueQuestion).where(ColleagueQuestion.public_id == public_id))
    if question is not None:
        erase_question(session, question)
    return question is not None


def erase_questions_to(session: Session, testimonial: Testimonial) -> None:
    """Delete the questions to the author of an erased text; the e-mails about it go by themselves."""
    session.execute(delete(ColleagueQuestion).where(ColleagueQuestion.testimonial_id == testimonial.id))


def delete_old_questions(session: Session) -> int:
    """Erase the questions that are past their time; return how many. The caller commits."""
    questions: Sequence[ColleagueQuestion] = session.scalars(select(ColleagueQuestion).where(~is_kept())).all()
    for question in questions:
        erase_question(session, question)
    return len(questions)
