"""Acts of a question: asked, confirmed by its sender, declined or reported by the author, settled by an editor."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import french
from app.audit import AUTHOR, READER, Actor, AuditEvent, Kind
from app.db import insert_once, now
from app.features.questions import mails
from app.features.questions.models import CONFIRMED_WITHIN, ColleagueQuestion
from app.labelled_enum import ExplainedEnum
from app.mail import outbox
from app.testimonials.attribution import Attribution
from app.testimonials.consent import given_line, is_given_today
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.words import PEOPLE

# An author receives so many questions about one text in so long, at most.
MOST_QUESTIONS, IN_PERIOD = 5, timedelta(days=7)

# What a reply by one's own mail reveals that the signature does not. Readers know the rest.
REVEALED: Mapping[Attribution, str] = {
    Attribution.FULL: "Répondre montre votre adresse à cette personne, et à elle seule.",
    Attribution.ROLE: "Répondre donne votre nom et votre adresse, que votre texte ne dit pas.",
    Attribution.CLSM: "Répondre donne votre nom et votre adresse, que votre texte ne dit pas.",
    Attribution.REGION: f"Répondre donne votre nom, votre {PEOPLE} et votre adresse, que votre texte ne dit pas.",
}


class QuestionRefusal(ExplainedEnum):
    """A reason why a question does not go to the author, with its title and its sentence."""

    GONE = (
        "gone",
        "Ce témoignage ne reçoit plus de questions",
        "Son auteur·e, ou l’équipe, l’a retiré, ou n’en veut plus recevoir : votre question n’est pas partie.",
    )
    ASKED = (
        "asked",
        "Vous avez déjà écrit à cette personne",
        (
            "Une seule question part vers elle en trente jours : celle-ci n’est pas partie. Si elle veut vous "
            "répondre, elle vous écrira."
        ),
    )
    MANY = (
        "many",
        "Cette personne a déjà reçu plusieurs questions cette semaine",
        "La vôtre n’est pas partie. Rouvrez le lien de notre courriel dans quelques jours, puis appuyez de nouveau.",
    )
    FORGOTTEN = (
        "forgotten",
        "Cette question n’est plus là",
        (
            "Si vous l’aviez envoyée, l’auteur·e l’a reçue, et nous l’avons oubliée depuis. Sinon, elle n’est pas "
            "partie : sept jours ont passé, ou le témoignage n’est plus là."
        ),
    )


def ask_question(session: Session, question: ColleagueQuestion) -> None:
    """Store a question once, however often it is sent, and write to the address to confirm. The caller commits.

    The e-mail has no word that was typed: nobody has shown that the address is theirs.
    """
    find = partial(session.scalar, select(ColleagueQuestion).where(ColleagueQuestion.key == question.key))
    if not insert_once(session, find, lambda: question)[1]:
        return
    due, asked = french.paris_time(question.asked_at + CONFIRMED_WITHIN).isoformat(), question.public_id
    about, message = question.testimonial_id, mails.QUESTION_CONFIRM
    outbox.enqueue(session, message, to=question.email, about=about, question_asked=asked, due=due)


def refusal_of(session: Session, question: ColleagueQuestion, askable: Testimonial | None) -> QuestionRefusal | None:
    """Return why a question cannot go to the author now; `askable` is the text as readers have it, or None."""
    if askable is None:
        return QuestionRefusal.GONE
    sent = ColleagueQuestion.testimonial_id == askable.id, ColleagueQuestion.confirmed_at.is_not(None)
    if session.scalar(select(func.count()).where(*sent, ColleagueQuestion.email == question.email)):
        return QuestionRefusal.ASKED
    # The events, which stay: who asks may have erased the rows of what the author has received.
    recent = (AuditEvent.testimonial_id == askable.id, AuditEvent.at > now() - IN_PERIOD)
    received = select(func.count()).where(*recent, AuditEvent.kind == Kind.QUESTION_SENT)
    return QuestionRefusal.MANY if (session.scalar(received) or 0) >= MOST_QUESTIONS else None


def confirm_question(question: ColleagueQuestion, testimonial: Testimonial) -> None:
    """Send a question to the author, who replies by their own mail, or not at all. The caller commits.

    The e-mail rests on the consent, and is answered by « Répondre » where that consent names automatic replies.
    """
    question.confirmed_at = now()
    testimonial.events.append(AuditEvent.of(Kind.QUESTION_SENT, READER))
    line, shown = given_line(testimonial.consents, Purpose.QUESTIONS), testimonial.shown
    assert line is not None and shown is not None  # noqa: S101  # it is askable; narrows the types
    testimonial.write_to_author(
        mails.QUESTION,
        question=question.public_id,
        consent_id=line.id,
        heading=shown.heading,
        name=question.name,
        organisation=question.organisation,
        words=question.words,
        reply_to=question.email,
        reveals=REVEALED[shown.attribution],
        subject=f"{question.name} vous pose une question",
        by_reply=is_given_today(testimonial.consents, Purpose.QUESTIONS),
    )


def decline_question(session: Session, question: ColleagueQuestion) -> None:
    """Answer « non merci » for the author, of whom the sender learns nothing else. The caller commits."""
    if question.declined_at is None:
        question.declined_at = now()
        about, asked_on = question.testimonial_id, french.paris_time(question.asked_at).isoformat()
        outbox.enqueue(session, mails.QUESTION_DECLINED, to=question.email, about=about, asked_on=asked_on)


def report_question(question: ColleagueQuestion, report: str) -> None:
    """Show a question to the editors, with the author's words about it. The caller commits."""
    if question.reported_at is None:
        question.reported_at, question.report = now(), report
        question.testimonial.events.append(AuditEvent.of(Kind.QUESTION_REPORTED, AUTHOR))


def settle_report(question: ColleagueQuestion, *, by: Actor) -> None:
    """Note that an editor has read a report: the question is theirs to read no longer. The caller commits."""
    if question.is_reported:
        question.settled_at = now()
        question.testimonial.events.append(AuditEvent.of(Kind.QUESTION_SETTLED, by))
