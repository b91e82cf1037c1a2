"""Forms of the queue: the search, and the selection of several testimonials to decline or to undo."""

import re

from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from app.forms import Form, Line, choice, required, tidy_email
from app.moderation.queue.bulk import STATUSES_BY_REASON
from app.testimonials.reasons import Reason
from app.words import PEOPLE

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
MAX_DIGITS = 10  # of a revision
REASON_CHOICES = [choice(reason.value, reason.label) for reason in STATUSES_BY_REASON]


class SelectionForm(Form):
    """Testimonials by identifier."""

    texte = SelectMultipleField("Textes", validate_choice=False)


def whole_address(_form: object, field: Field) -> None:
    """Refuse a part of an address: only a whole one is looked for."""
    if "@" in field.data and not ADDRESS.fullmatch(field.data):
        raise ValidationError("Écrivez l’adresse entière, comme prenom.nom@ville.fr.")


class SearchForm(Form):
    """What is looked for: words, or the address of an author, which is sent by POST and never in a query string."""

    mots = Line(f"Mots du texte, {PEOPLE}, nom ou courriel de la personne", [whole_address])

    def address(self) -> str:
        """Return the address that is looked for; empty for words."""
        return tidy_email(self.mots.data) if "@" in (self.mots.data or "") else ""


class SetAsideForm(Form):
    """A reason, and the testimonials as they were read: « identifier:revision »."""

    raison = RadioField("Raison", [required("Choisissez une raison.")], choices=REASON_CHOICES)
    lu = SelectMultipleField("Textes", validate_choice=False)

    def read(self) -> dict[str, int]:
        """Return the revision read of each testimonial; a malformed value is ignored."""
        parts = (each.partition(":") for each in self.lu.data or [])
        return {
            name: int(revision) for name, _, revision in parts if revision.isdecimal() and len(revision) < MAX_DIGITS
        }

    def reason(self) -> Reason:
        return Reason(self.raison.data)
