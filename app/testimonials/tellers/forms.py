"""Forms of a code: entering it, and drawing another."""

from wtforms import HiddenField
from wtforms.validators import ValidationError

from app.forms import Form, Line, required
from app.testimonials.transcripts.codes import is_code, tidy_code


class CodeForm(Form):
    """The code of a printed sheet."""

    code = Line("Votre code", [required("Écrivez le code de votre feuille.")])

    def validate_code(self, field: Line) -> None:
        """Tell a code that was not wholly typed: what follows tells nothing of a code."""
        if not is_code(tidy_code(field.data or "")):
            raise ValidationError("Ce code a 16 signes, en quatre groupes de quatre : vérifiez-le sur votre feuille.")


class CodeButton(Form):
    """The button that draws a code; `key` was drawn for its page."""

    key = HiddenField()
