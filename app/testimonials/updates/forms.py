"""UpdateForm: what became of a collaboration, as of a month, with questions that remind its author of their words."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of 3.2
from wtforms.validators import Optional, ValidationError

from app import french
from app.articles.models import Article
from app.audit import ActorKind
from app.db import now
from app.forms import Form, Length, Prose, choice, required
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

REMINDER = 240  # characters of an answer that a question repeats
FURTHEST = 36  # months: the question is put off until then at most

# What an author is asked, in their words.
FOUR_ANSWERS = {
    Became.DONE: "Cela s’est fait",
    Became.OTHERWISE: "Cela s’est fait autrement",
    Became.NOT_YET: "Pas encore",
    Became.NOT_DONE: "Cela ne s’est pas fait",
}
QUESTIONS = {
    True: ("Qu’est‑ce qui s’est passé depuis ?", "Vous en attendiez :", "Vous vous demandiez ce qui freinerait :"),
    False: ("Où en est cette collaboration ?", "Vous disiez ce qu’elle apporte :", "Vous disiez ce qui freine :"),
}


class Question(NamedTuple):
    """A question to the author, and the beginning of what they had written; none for the first."""

    asked: str
    written: str


class UpdateForm(Form):
    """The update of a testimonial, `base` being the version that its author now reads."""

    became = RadioField(
        "Qu’est devenu ce projet ?",
        [required("Choisissez une des quatre réponses : « Pas encore » en est une.")],
        choices=[choice(value.value, words) for value, words in FOUR_ANSWERS.items()],
    )
    became_on = SelectField("Le mois dont vous parlez", [required("Choisissez un mois.")])
    sequel = Prose("La suite, en quelques lignes", [Length(most=1500)])
    about = None  # it answers no testimonial
    preview = "updates/preview.html"
    base: Version

    @classmethod
    def of(cls, testimonial: Testimonial, base: Version) -> "UpdateForm":
        """Return the form filled in with the update that the version has, if any, as of this month."""
        first, latest = french.paris_time(testimonial.submitted_at), french.paris_time(now())
        numbers = range(latest.year * 12 + latest.month - 1, first.year * 12 + first.month - 2, -1)
        months = month_choices(numbers)
        form = cls(became=base.became, became_on=months[0].value, sequel=base.sequel)
        form.base, form.became_on.choices = base, months
        if base.situation is not Situation.PLANNED:
            del form.became
        else:
            form.sequel.validators = [Optional(), *form.sequel.validators]
            form.sequel.flags.optional = True
        return form

    @property
    def questions(self) -> list[Question]:
        """One to three questions: one of all, and one for what they had written of outcome and obstacles."""
        first, *others = QUESTIONS[self.base.situation is Situation.PLANNED]
        written = zip(others, (self.base.outcome, self.base.obstacles), strict=True)
        return [
            Question(first, ""),
            *(Question(asked, french.opening(words, REMINDER)) for asked, words in written if words),
        ]

    def validate_sequel(self, field: Prose) -> None:
        if "became" not in self and not field.data:
            raise ValidationError("Écrivez ce que c’est devenu : une phrase suffit.")

    def version(self, _article: Article, _session: Session) -> Version:
        """Return an unnumbered version: the words of before, with this update. The form must be valid."""
        version = self.base.edited(
            became=Became(self.became.data) if "became" in self else None,
            became_on=date.fromisoformat(f"{self.became_on.data}-01"),
            sequel=self.sequel.data or "",
        )
        version.made_by = ActorKind.AUTHOR
        return version


class AskDayForm(Form):
    """The month from which an author is asked what became of it."""

    month = SelectField("À partir de quel mois poser la question ?", [required("Choisissez un mois.")])

    @classmethod
    def of(cls, day: date | None, *, is_sent: bool = False) -> "AskDayForm":
        """Return the form of a page, which proposes `day`; or the one that was sent."""
        form = cls() if is_sent else cls(formdata=None, month=f"{day:%Y-%m}" if day else None)
        today = french.paris_time(now())
        first = today.year * 12 + today.month
        numbers = range(first, first + FURTHEST)
        form.month.choices = month_choices(numbers)
        return form

    @property
    def day(self) -> date:
        return date.fromisoformat(f"{self.month.data}-01")


def month_choices(numbers: Iterable[int]) -> list[SelectChoice]:
    """Return months, counted from the year 0, as choices."""
    days = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [choice(f"{each:%Y-%m}", french.month(each)) for each in days]
