"""Forms of what was told by voice: the questions that an editor types for someone, and their correction.

The questions that only the teller may answer are not here: signature, publication, reuse, contact, attestation.
"""

from datetime import timedelta

from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.validators import ValidationError

from app.accounts.former_addresses import is_of_desk
from app.articles.call import Call
from app.articles.models import Article
from app.db import db, now
from app.forms import Address, Day, Line, Signs, choice, required
from app.french import paris_time
from app.moderation.review.forms import RevisionForm, labelled_values
from app.testimonials.attribution import Attribution
from app.testimonials.submission.forms import TEXT_FIELDS, AmendForm, TestimonialForm
from app.testimonials.transcripts.models import Medium
from app.testimonials.transcripts.record import Recording
from app.testimonials.versions import Version
from app.words import PEOPLE

OLDEST = timedelta(days=366)  # what was told longer ago is asked about anew

# The fields in the order of the page, then those that nobody sees.
ON_PAGE = (
    *("situation", "account", "outcome", "obstacles", "advice", "title", "years", "other_partners", "link"),
    *("author_name", "author_role", "clsm", "department", "partner", "partner_other", "themes"),
    *("medium", "told_on", "email", "key", "revision", "attribution"),
)


class ToldForm(TestimonialForm):
    """The testimonial's questions, worded for who types what another person said."""

    situation = RadioField(validators=[required("Choisissez une des trois réponses.")])
    clsm = Line(f"Nom du {PEOPLE}", [required(f"Indiquez le nom du {PEOPLE}."), Signs(most=120)])
    department = SelectField("Département", [required("Choisissez le département dans la liste.")])
    author_name = Line("Prénom et nom de la personne", [required("Indiquez son prénom et son nom."), Signs(most=120)])
    author_role = Line("Sa fonction", [required("Indiquez sa fonction."), Signs(most=120)])
    attribution = HiddenField()  # type: ignore[assignment]  # the teller chooses it: until then, the one that tells least

    def ask(self, call: Call) -> None:
        super().ask(call)
        self.situation.label.text = "Où en est cette personne ?"

    @property
    def fields_in_error(self) -> list[Field]:
        """The fields to mend, in the order of the page."""
        return sorted(super().fields_in_error, key=lambda field: ON_PAGE.index(field.name))

    def version(self, article: Article, session: Session) -> Version:
        self.attribution.data = Attribution.REGION.value
        return super().version(article, session)


class TranscriptForm(ToldForm):
    """What was told, and how: when, by telephone or face to face, and where its teller is written to."""

    email = Address("Son courriel")
    told_on = Day("Raconté le", [required("Dites quel jour cela vous a été raconté.")])
    medium = RadioField(
        "Comment vous l’a‑t‑on raconté ?",
        [required("Dites comment cela vous a été raconté.")],
        choices=[choice(each.value, each.label.capitalize()) for each in Medium],
    )

    def suggest(self, key: str) -> None:
        self.key.data, self.told_on.data = key, paris_time(now())

    def validate_email(self, field: Address) -> None:
        if field.data and is_of_desk(db.session(), field.data):
            raise ValidationError(
                "Cette adresse est, ou a été, celle d’un compte de l’équipe : donnez celle de qui a raconté. "
                "Sans adresse, vous imprimerez une feuille."
            )

    def validate_told_on(self, field: Day) -> None:
        today = paris_time(now())
        if field.data and not today - OLDEST <= field.data <= today:
            raise ValidationError("Choisissez le jour où c’était : aujourd’hui, ou il y a un an au plus.")

    def recording(self, article: Article, session: Session) -> Recording:
        """Return what is to be recorded. The form must be valid."""
        assert self.told_on.data is not None  # noqa: S101  # it is required; narrows the type
        return Recording(
            key=self.key.data or "",
            version=self.version(article, session),
            told_on=self.told_on.data,
            medium=Medium(self.medium.data),
            email=self.email.data or None,
        )


class SheetForm(RevisionForm):
    """The button that draws another code; `key` was drawn for its page."""

    key = HiddenField()


class CorrectionForm(RevisionForm, ToldForm, AmendForm):
    """What was typed, corrected before its teller answers."""

    message = None  # type: ignore[assignment]  # its teller reads the text itself

    def words(self) -> str:
        return labelled_values(self, (*TEXT_FIELDS,))
