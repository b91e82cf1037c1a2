"""Forms of the review page: the decision, editing, asking the author, notes."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.validators import Optional, Regexp, ValidationError

from app.articles.models import Article
from app.audit import ActorKind
from app.db import now
from app.forms import Day, Form, Prose, Signs, choice, required
from app.french import PARIS, paris_time
from app.moderation.decisions import CHOICES, Stale
from app.moderation.review.editing import EditKind, is_paired, mask
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from app.testimonials.questions import QUESTION_NAMES
from app.testimonials.reasons import Reason
from app.testimonials.submission.forms import AmendForm
from app.testimonials.versions import Version

MASKABLE = (
    *("title", "account", "outcome", "obstacles", "advice", "years", "partners", "clsm", "crpv_other"),
    *("author_name", "author_role"),
)
LATEST = 90  # days: beyond, nobody remembers what was asked


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

    action = SelectField("Décision", [required("Choisissez une décision.")], choices=[])
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

    def note(self) -> DecisionNote:
        """Return what goes with the decision; a reason without words gets its usual sentence.

        Where the decision takes no reason, one chosen before changing one's mind goes, with its usual sentence.
        """
        reason = Reason(self.reason.data) if self.reason.data else None
        message = self.message.data or ""
        if not CHOICES[Action(self.action.data)].needs_reason:
            return DecisionNote(message="" if reason and message == reason.sentence else message)
        return DecisionNote(reason=reason, message=message or (reason.sentence if reason else ""))


class DueForm(ReadingForm):
    """Words to the author, and until when they may answer."""

    due = Day("Réponse attendue avant le", [Optional()])

    def suggest(self, revision: int) -> None:
        """Fill in what is usual, before anyone has typed."""
        self.revision.data = str(revision)
        self.due.data = paris_time(now() + current_app.config["REPLY_PERIOD"])

    def validate_due(self, field: Day) -> None:
        """Accept a day that is to come, and not too far."""
        if field.data is not None and not timedelta() < field.data - paris_time(now()) <= timedelta(days=LATEST):
            raise ValidationError(f"Choisissez un jour à venir, dans {LATEST} jours au plus.")

    def due_at(self) -> datetime | None:
        """Return the end of the day that was chosen, in Paris; None leaves the usual delay."""
        return datetime.combine(self.due.data, time(23, 59), PARIS) if self.due.data else None


class AskForm(DueForm):
    """What is asked of the author, question by question: a field for each, most of them left empty."""

    def asked(self) -> dict[str, str]:
        """Return what is asked, by question."""
        return {name: self[f"ask_{name}"].data for name in QUESTION_NAMES if self[f"ask_{name}"].data}

    def words(self) -> str:
        """Return the message, and each request under its question."""
        return sheet(self, ("message", *(f"ask_{name}" for name in QUESTION_NAMES)))

    def validate_message(self, _field: Prose) -> None:
        """Ask for one question at least."""
        if not self.asked():
            raise ValidationError("Dites à quelle question revenir : ouvrez-la ci-dessous et écrivez votre demande.")

    def note(self) -> DecisionNote:
        """Return what goes with the request."""
        return DecisionNote(message=self.message.data or "", asked=self.asked(), due_at=self.due_at())


for name, label in QUESTION_NAMES.items():
    setattr(AskForm, f"ask_{name}", Prose(label, [Signs(most=500)]))


class EditForm(DueForm, AmendForm):
    """The same questions, answered by the desk; what stands between double brackets is masked."""

    account = Prose(
        "Le récit", [required("Il ne resterait rien à lire : laissez au moins une phrase."), Signs(most=2500)]
    )
    kind = RadioField("Que changez-vous ?", [required("Dites si c’est une correction ou une réécriture.")], choices=[])

    def words(self) -> str:
        """Return the message, and all of the text as it was edited."""
        return sheet(self, ("message", *MASKABLE, "link"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Accept double brackets that say plainly what is masked: with any others, words to be masked are shown."""
        return super().validate({**(extra_validators or {}), **{name: [paired] for name in MASKABLE}})

    def offer_kinds(self, kinds: list[EditKind]) -> None:
        """Offer what an edit of this text may be."""
        self.kind.choices = [choice(kind.value, kind.label) for kind in kinds]

    def version(self, article: Article, session: Session) -> Version:
        """Return what was typed as a version of the desk's, less what is masked."""
        version = super().version(article, session)
        version.made_by = ActorKind.EDITOR
        for name in MASKABLE:
            setattr(version, name, mask(getattr(version, name)))
        return version

    def note(self) -> DecisionNote:
        """Return what goes with the edit."""
        return DecisionNote(message=self.message.data or "", due_at=self.due_at())


def paired(_form: object, field: Field) -> None:
    """Refuse double brackets that are left open, closed twice, or one within another."""
    if not is_paired(field.data or ""):
        raise ValidationError(
            "Fermez chaque passage à masquer avant d’en ouvrir un autre : deux crochets avant, [[, deux après, ]]."
        )


def sheet(form: Form, names: Iterable[str]) -> str:
    """Return what some fields of a form hold, each under its label; what is empty is left out."""
    return "\n\n".join(f"{form[name].label.text} :\n{form[name].data}" for name in names if form[name].data)


class NoteForm(Form):
    """A few words to colleagues."""

    words = Prose("Note", [required("Écrivez la note avant de l’ajouter."), Signs(most=2000)])
