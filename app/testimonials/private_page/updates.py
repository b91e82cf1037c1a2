"""AskDay: when the author is asked what became of the project, for their private page."""

from datetime import date
from typing import NamedTuple

from app.forms import Form
from app.testimonials.models import Testimonial
from app.testimonials.updates.forms import AskDayForm
from app.testimonials.updates.request import asked_from, is_askable
from app.testimonials.wordings import Purpose


class AskDay(NamedTuple):
    """The day from which the question comes, None once it came; whether by a letter of its own, or with the renewal."""

    day: date | None
    by_letter: bool
    form: AskDayForm


def ask_day(testimonial: Testimonial, form: Form) -> AskDay | None:
    """Return when its author is asked; None where there is nothing to ask. `form` is that of this request."""
    if not is_askable(testimonial):
        return None
    day = asked_from(testimonial)
    own = form if isinstance(form, AskDayForm) else AskDayForm.of(day)
    return AskDay(day, testimonial.consents_to(Purpose.CONTACT), own)
