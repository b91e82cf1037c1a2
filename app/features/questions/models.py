"""ColleagueQuestion: a question to an author who agreed to receive some; the rows that wait, and their end."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.db import Base, Numbered, new_public_id, now
from app.features.questions import mails
from app.kept import Kept, Term
from app.links import Link
from app.mail.outbox import Email
from app.testimonials.testimonial import Testimonial

# How long its sender has to confirm their address.
CONFIRMED_WITHIN = timedelta(days=7)


UNKNOWN = (
    "Il est incomplet : copiez-le en entier depuis le courriel reçu. S’il n’ouvre toujours rien et que vous posiez une "
    "question, la question n’est pas partie : écrivez-la de nouveau depuis le témoignage."
)
# The link of a question's sender; and that of the letter to its author, who may quote or forward it.
QUESTION = Link("question", "colleague_questions.confirm", advice=UNKNOWN)
RECEIVED = Link("received-question", "received_questions.from_letter", advice=UNKNOWN)


class ColleagueQuestion(Numbered, Base, kw_only=True):
    """A question: who asks, in which words, and what became of the question.

    `key` identifies a sending: a second press stores no second row. `confirmed_at` is when the sender opened the link
    of the confirming e-mail, and the question went to the author. `report` holds the author's words to the editors:
    editors read reported questions alone (decision 0054).
    """

    __tablename__ = "colleague_question"

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
        return KEPT.end_of(self)

    @property
    def is_reported(self) -> bool:
        return self.reported_at is not None and self.settled_at is None


def delete_question(session: Session, question: ColleagueQuestion) -> None:
    """Delete a question, and the e-mail that would bring its words to the author; what has left is theirs."""
    to_author = (Email.testimonial_id == question.testimonial_id, Email.message == mails.QUESTION)
    for email in session.scalars(select(Email).where(*to_author, Email.sent_at.is_(None))):
        if email.facts.get("question") == question.public_id:
            session.delete(email)
    session.delete(question)


KEPT = Kept(
    model=ColleagueQuestion,
    name=ColleagueQuestion.public_id,
    owner=ColleagueQuestion.email,
    act=("old questions of colleagues", "effacement d’anciennes questions de collègues"),
    terms=[
        # A promise to both of its people, from the day it was written.
        Term(
            "Votre question, votre nom, votre organisation et votre adresse",
            "après l’avoir écrite, ou jusqu’à ce que l’auteur·e efface son texte\u202f; il n’en reste que le compte",
            timedelta(days=30),
            ColleagueQuestion.asked_at,
        ),
        Term(
            "Question dont l’adresse n’a pas été confirmée",
            "au plus",
            CONFIRMED_WITHIN,
            ColleagueQuestion.asked_at,
            ColleagueQuestion.confirmed_at,
        ),
    ],
    delete=delete_question,
)


def by_question_link(token: str, link: Link = QUESTION) -> Select[ColleagueQuestion]:
    """Select the question of its sender's link, or its letter's; none once erased. `LinkUnknown` if forged."""
    [public_id] = link.require(token)
    return select(ColleagueQuestion).where(ColleagueQuestion.public_id == public_id, KEPT.is_within())


def received_by(testimonial: Testimonial) -> Select[ColleagueQuestion]:
    received = ColleagueQuestion.testimonial_id == testimonial.id, ColleagueQuestion.confirmed_at.is_not(None)
    return select(ColleagueQuestion).where(*received, KEPT.is_within()).order_by(ColleagueQuestion.id.desc())


def reported_since() -> ColumnElement[datetime | None]:
    """State since when the oldest report about a testimonial's questions waits for an editor; None where none does."""
    reports = open_reports().with_only_columns(ColleagueQuestion.reported_at)
    about = reports.where(ColleagueQuestion.testimonial_id == Testimonial.id).limit(1)
    return about.correlate(Testimonial).scalar_subquery()


def open_reports() -> Select[ColleagueQuestion]:
    reported = ColleagueQuestion.reported_at.is_not(None), ColleagueQuestion.settled_at.is_(None), KEPT.is_within()
    return select(ColleagueQuestion).where(*reported).order_by(ColleagueQuestion.reported_at, ColleagueQuestion.id)
