"""Forms of the queue: its buttons, and the selection of several testimonials to decline."""

from wtforms import RadioField, SelectMultipleField

from app.forms import Form, choice, required
from app.moderation.queue.bulk import STATUSES_BY_REASON
from app.testimonials.reasons import Reason

MAX_DIGITS = 10  # of a revision
REASON_CHOICES = [choice(reason.value, reason.label) for reason in STATUSES_BY_REASON]


class ButtonForm(Form):
    """A button without fields: only the CSRF token is checked."""


class SelectionForm(Form):
    """Testimonials by identifier."""

    texte = SelectMultipleField("Textes", validate_choice=False)


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
