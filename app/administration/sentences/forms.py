"""The forms of a usual sentence: its new words, or going back to a version."""

from wtforms import Field, HiddenField
from wtforms.validators import Regexp, ValidationError

from app.articles.sentences import LONGEST_SENTENCE, placeholder_problem
from app.forms import Form, Prose, Signs
from app.testimonials.reasons import UsualText

known_number = Regexp(r"\A[0-9]{1,6}\Z", message="Ouvrez de nouveau la page : elle ne dit plus ce que vous avez lu.")


class ReadForm(Form):
    """A form about a sentence as it was read: `read` is the number of that version."""

    read = HiddenField("Version lue", [known_number])


class SentenceForm(ReadForm):
    """The words of a usual sentence; those of a refusal are never empty, since they may leave by themselves."""

    words = Prose("La phrase", [Signs(most=LONGEST_SENTENCE)])
    needs_words = False
    latest = 0

    def about(self, text: UsualText, latest: int) -> None:
        """Say which sentence it is, and the number of its version in force."""
        self.needs_words, self.latest = text.is_needed, latest

    def validate_words(self, field: Field) -> None:
        if self.read.data != str(self.latest):
            raise ValidationError(
                "Quelqu’un d’autre a changé cette phrase entre-temps : lisez plus bas ce qui en a été fait. Vos mots "
                "sont encore là ; enregistrez de nouveau s’ils conviennent toujours."
            )
        if self.needs_words and not field.data:
            raise ValidationError("Écrivez la phrase : un refus sans message la dit à l’auteur·e.")
        if problem := placeholder_problem(field.data or ""):
            raise ValidationError(problem)


class GoBackForm(ReadForm):
    """Going back to the words of an earlier version, `number`; 0 is the sentence of the code."""

    number = HiddenField("Version", [known_number])
