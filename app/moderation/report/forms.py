"""The form that publishes a yearly report."""

from wtforms import HiddenField
from wtforms.validators import ValidationError

from app.forms import Form, Prose, Signs

LONGEST_INTRODUCTION = 2_000  # signs


class ReportForm(Form):
    """The words that stand before the figures, which nobody types; `read`: the edition that was read, or 0."""

    introduction = Prose("Introduction", [Signs(most=LONGEST_INTRODUCTION)])
    read = HiddenField("Édition lue")
    latest = 0

    def validate_introduction(self, _field: Prose) -> None:
        if self.read.data != str(self.latest):
            raise ValidationError(
                "Quelqu’un d’autre a publié ce rapport, ou l’a retiré, entre-temps. Vos mots sont encore là : "
                "publiez de nouveau s’ils conviennent toujours."
            )
