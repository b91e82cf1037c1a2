"""Answers to a testimonial, at the desk: those that came, and who may be invited to write one."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from wtforms import HiddenField
from wtforms.validators import ValidationError

from app import french
from app.audit import AuditEvent, Kind
from app.db import db
from app.forms import Address, Form
from app.moderation.review.forms import known_number
from app.testimonials.answers.invitation import is_answerable
from app.testimonials.invitations.models import refuses_invitations
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import may_stand_beneath

MOST_INVITATIONS = 2  # once, and one reminder (product rule 4): no address is kept that would tell who was invited


class InvitationRefused(Exception):
    """Nobody can be invited to answer the text: readers do not have it, it has an answer, or enough were invited."""


class InviteForm(Form):
    """The address of an organisation; `sent` counts the invitations that its sender has read of."""

    email = Address("Courriel de l’organisation", "Indiquez l’adresse de l’organisation que vous invitez.")
    sent = HiddenField(default="0", validators=[known_number])
    invitations: Sequence[AuditEvent]

    def validate_email(self, field: Address) -> None:
        """Refuse an address that asked for no other, and a second sending not meant, such as a button pressed twice."""
        if refuses_invitations(db.session(), field.data or ""):
            raise ValidationError("Cette organisation a demandé à ne plus être invitée.")
        if self.invitations and self.sent.data != str(len(self.invitations)):
            self.sent.data = str(len(self.invitations))
            day = french.day(self.invitations[-1].at)
            raise ValidationError(
                f"Une invitation est déjà partie, le {day} : envoyez de nouveau si c’en est une autre."
            )


def answers_to(session: Session, testimonial: Testimonial) -> Sequence[Testimonial]:
    """Return the answers to a testimonial, the latest first; what was never published has none."""
    if testimonial.published_at is None or testimonial.about_id is not None:
        return []
    selected = select(Testimonial).where(Testimonial.about_id == testimonial.id).order_by(Testimonial.id.desc())
    versions = joinedload(Testimonial.current), joinedload(Testimonial.shown)
    return session.scalars(selected.options(*versions)).all()


def invitations_of(testimonial: Testimonial) -> list[AuditEvent]:
    return [each for each in testimonial.events if each.kind is Kind.ANSWER_INVITED]


def is_invitable(testimonial: Testimonial, answers: Sequence[Testimonial]) -> bool:
    """Whether an organisation can be invited: readers have the text, and no answer stands or is announced below."""
    is_answered = any(each.status is Status.PUBLISHED for each in answers)
    return is_answerable(testimonial) and not is_answered and len(invitations_of(testimonial)) < MOST_INVITATIONS


def no_place(testimonial: Testimonial) -> str:
    """Return why an answer that waits cannot stand under the text it is about, as a sentence; empty if it can."""
    about = testimonial.about
    if about is None or may_stand_beneath(testimonial):
        return ""
    if about.status is not Status.PUBLISHED:
        return "Le témoignage auquel elle répond n’est pas publié : cette réponse ne peut pas paraître."
    return "Une autre réponse à ce témoignage est déjà publiée ou annoncée : celle-ci ne peut pas paraître."
