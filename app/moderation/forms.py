"""The decision form: what is decided, why, and in which words."""

from wtforms import HiddenField, SelectField
from wtforms.validators import Regexp, ValidationError

from app.forms import Form, Prose, Signs, asked, choice
from app.moderation.decisions import CHOICES, Stale
from app.testimonials.decision import Note
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from app.testimonials.reasons import Reason


class ReadingForm(Form):
    """A form about a text as it was read: `revision` says which reading."""

    message = Prose("Ce que l’auteur·e lira", [Signs(most=2000)])
    revision = HiddenField(
        "Version lue",
        [Regexp(r"\A[0-9]{1,9}\Z", message="Rouvrez le texte : cette page ne dit plus ce que vous avez lu.")],
    )

    def words(self) -> str:
        """Return all that was typed, for whoever comes second to copy."""
        return self.message.data or ""

    def check(self, testimonial: Testimonial) -> None:
        """Raise `Stale`, with the words typed, if the text is no longer what was read (product rule 8).

        Before anything else is looked at: on a text that moved, what is to be mended in a form does not matter.
        """
        if self.revision.data != str(testimonial.revision):
            raise Stale(testimonial, self.words())


class DecisionForm(ReadingForm):
    """One decision on the text as it was read. The button pressed is the action."""

    action = SelectField("Décision", [asked("Choisissez une décision.")], choices=[])
    reason = SelectField(
        "Raison",
        choices=[choice("", "Choisissez"), *(choice(reason.value, reason.label) for reason in Reason)],
        default="",
    )

    def validate_message(self, field: Prose) -> None:
        """Ask for a sentence where the decision needs one: no reason says it in its place."""
        choice = CHOICES.get(Action(self.action.data)) if self.action.data in {*Action} else None
        if choice and choice.needs_words and not field.data:
            raise ValidationError("Écrivez à l’auteur·e, en une phrase, pourquoi sa nouvelle version n’est pas prise.")

    def validate_reason(self, field: SelectField) -> None:
        """Ask for a reason where the decision needs one."""
        choice = CHOICES.get(Action(self.action.data)) if self.action.data in {*Action} else None
        if choice and choice.needs_reason and not field.data:
            raise ValidationError("Choisissez une raison : l’auteur·e la lira.")

    def note(self) -> Note:
        """Return what goes with the decision; a reason without words gets its usual sentence.

        Where the decision takes no reason, one chosen before changing one's mind goes, with its usual sentence.
        """
        reason = Reason(self.reason.data) if self.reason.data else None
        message = self.message.data or ""
        if not CHOICES[Action(self.action.data)].needs_reason:
            return Note(message="" if reason and message == reason.sentence else message)
        return Note(reason=reason, message=message or (reason.sentence if reason else ""))
