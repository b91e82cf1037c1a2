"""QuestionsForm: a form whose fields are questions of the table, given to it by `asks()`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from wtforms import Field, SelectField
from wtforms.validators import URL, Optional

from app.forms import Form, Length, Line, Prose, choice, required
from app.testimonials.questions import EVERY, QUESTIONS, STORED_AS_TEXT, Asking, Kind, Question, names


class QuestionsForm(Form):
    """A form of questions. `page` has the order of its page: parts, and names of fields that are no question."""

    page: ClassVar[tuple[str, ...]] = ()
    asking: ClassVar[Mapping[str, Asking]] = {}

    def in_part(self, *parts: str) -> Iterator[Field]:
        """Yield the fields of some parts that the table gives, in its order."""
        return (self[name] for name in self.asking if QUESTIONS[name].part in parts and name in self)

    @property
    def fields_in_error(self) -> list[Field]:
        """The fields to mend, in the order of the page."""
        order = order_of(self.page)
        return sorted(super().fields_in_error, key=lambda field: (*order, field.name).index(field.name))

    def texts(self) -> dict[str, Any]:
        """Return the answers that a version stores as texts, by column. The form must be valid."""
        return {name: self[name].data or "" for name in self.asking if name in self}


def order_of(page: tuple[str, ...]) -> list[str]:
    """Return the names of fields in the order of a page."""
    return [name for part in page for name in names(each for each in EVERY if each.part == part) or (part,)]


FormClass = TypeVar("FormClass", bound=type[QuestionsForm])


def asks(way: Callable[[Question], Asking | None]) -> Callable[[FormClass], FormClass]:
    """Return the decorator that gives a form the questions that are asked in this way (`Question.told`)."""

    def with_questions(form: FormClass) -> FormClass:
        form.asking = {question.name: asking for question in STORED_AS_TEXT if (asking := way(question))}
        for name in sorted(form.asking, key=[*order_of(form.page), *form.asking].index):
            setattr(form, name, field_of(QUESTIONS[name], form.asking[name]))
        return form

    return with_questions


def field_of(question: Question, asking: Asking) -> Field:
    """Return the field of a question, unbound."""
    given = required(asking.required) if asking.required else Optional()
    bounded: list[Any] = [given, Length(least=asking.least, most=asking.most)]
    if question.kind is Kind.CHOICE:
        choices = [choice("", "Choisissez"), *(choice(*each) for each in question.choices.items())]
        return SelectField(asking.label, [given], choices=choices)
    if question.kind is Kind.LINK:
        bounded.append(URL(message="Écrivez l’adresse entière, qui commence par https://."))
    return (Prose if question.kind is Kind.PROSE else Line)(asking.label, bounded)
