"""The form of a usual sentence."""

from wtforms import Field, HiddenField
from wtforms.validators import Regexp, ValidationError

from app.articles.sentences import LONGEST_SENTENCE, placeholder_problem
from app.forms import Form, Prose, Signs

known_number = Regexp(r"\A[0-9]{1,6}\Z", message="Ouvrez de nouveau la page : elle ne dit plus ce que vous avez lu.")


class SentenceForm(Form):
    """The words of a usual sentence, empty for those of the code; `read` is the number of the change that was read."""

    read = HiddenField("Phrase lue", [known_number])
    words = Prose("La phrase", [Signs(most=LONGEST_SENTENCE)])
    number = 0

    def validate_words(self, field: Field) -> None:
        if self.read.data != str(self.number):
            raise ValidationError(
                "Quelqu’un d’autre a changé cette phrase entre-temps : lisez plus bas ce qu’elle dit. Vos mots sont "
                "encore là ; enregistrez de nouveau s’ils conviennent toujours."
            )
        if problem := placeholder_problem(field.data or ""):
            raise ValidationError(problem)
