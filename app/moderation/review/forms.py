"""The forms of the review page besides the decision: editing, asking, noting."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session
from wtforms import Field, RadioField
from wtforms.validators import Optional, ValidationError

from app.articles.models import Article
from app.audit import ActorKind
from app.db import now
from app.forms import Day, Form, Prose, Signs, asked, choice
from app.french import PARIS, local
from app.moderation.forms import ReadingForm
from app.moderation.review.editing import Edit, is_paired, mask
from app.testimonials.decision import Note
from app.testimonials.questions import NAMES
from app.testimonials.submission.forms import AmendForm
from app.testimonials.versions import Version

MASKABLE = (
    *("title", "account", "outcome", "obstacles", "advice", "years", "partners", "clsm", "crpv_other"),
    *("author_name", "author_role"),
)
LATEST = 90  # days: beyond, nobody remembers what was asked


class DueForm(ReadingForm):
    """Words to the author, and until when they may answer."""

    due = Day("Réponse attendue avant le", [Optional()])

    def suggest(self, revision: int) -> None:
        """Fill in what is usual, before anyone has typed."""
        self.revision.data = str(revision)
        self.due.data = local(now() + current_app.config["REPLY_PERIOD"])

    def validate_due(self, field: Day) -> None:
        """Accept a day that is to come, and not too far."""
        if field.data is not None and not timedelta() < field.data - local(now()) <= timedelta(days=LATEST):
            raise ValidationError(f"Choisissez un jour à venir, dans {LATEST} jours au plus.")

    def due_at(self) -> datetime | None:
        """Return the end of the day that was chosen, in Paris; None leaves the usual delay."""
        return datetime.combine(self.due.data, time(23, 59), PARIS) if self.due.data else None


class AskForm(DueForm):
    """What is asked of the author, question by question: a field for each, most of them left empty."""

    def asked(self) -> dict[str, str]:
        """Return what is asked, by question."""
        return {name: self[f"ask_{name}"].data for name in NAMES if self[f"ask_{name}"].data}

    def words(self) -> str:
        """Return the message, and each request under its question."""
        return sheet(self, ("message", *(f"ask_{name}" for name in NAMES)))

    def validate_message(self, _field: Prose) -> None:
        """Ask for one question at least."""
        if not self.asked():
            raise ValidationError("Dites à quelle question revenir : ouvrez-la ci-dessous et écrivez votre demande.")

    def note(self) -> Note:
        """Return what goes with the request."""
        return Note(message=self.message.data or "", asked=self.asked(), due_at=self.due_at())


for name, label in NAMES.items():
    setattr(AskForm, f"ask_{name}", Prose(label, [Signs(most=500)]))


class EditForm(DueForm, AmendForm):
    """The same questions, answered by the desk; what stands between double brackets is masked."""

    account = Prose("Le récit", [asked("Il ne resterait rien à lire : laissez au moins une phrase."), Signs(most=2500)])
    kind = RadioField("Que changez-vous ?", [asked("Dites si c’est une correction ou une réécriture.")], choices=[])

    def words(self) -> str:
        """Return the message, and all of the text as it was edited."""
        return sheet(self, ("message", *MASKABLE, "link"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Accept double brackets that say plainly what is masked: with any others, words to be masked are shown."""
        return super().validate({**(extra_validators or {}), **{name: [paired] for name in MASKABLE}})

    def offer_kinds(self, kinds: list[Edit]) -> None:
        """Offer what an edit of this text may be."""
        self.kind.choices = [choice(kind.value, kind.label) for kind in kinds]

    def version(self, article: Article, session: Session) -> Version:
        """Return what was typed as a version of the desk's, less what is masked."""
        version = super().version(article, session)
        version.made_by = ActorKind.EDITOR
        for name in MASKABLE:
            setattr(version, name, mask(getattr(version, name)))
        return version

    def note(self) -> Note:
        """Return what goes with the edit."""
        return Note(message=self.message.data or "", due_at=self.due_at())


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

    words = Prose("Note", [asked("Écrivez la note avant de l’ajouter."), Signs(most=2000)])
