"""Forms of the review page: the decision, editing, asking the author, notes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import Optional, Regexp, ValidationError

from app.articles.models import Article
from app.audit import ActorKind
from app.db import now
from app.forms import Day, Form, Length, Line, Prose, choice, required
from app.french import PARIS, paris_time
from app.moderation.choices import CHOICES, Choice
from app.moderation.decisions import Stale
from app.moderation.review.editing import EditKind, is_paired, mask
from app.testimonials import mails
from app.testimonials.answered import question_names
from app.testimonials.attribution import OF_ANSWERS, Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.question_fields import asks
from app.testimonials.questions import QUESTIONS, SPELT, Part
from app.testimonials.reasons import Reason
from app.testimonials.submission.forms import AmendForm
from app.testimonials.testimonial import Testimonial
from app.testimonials.usual_sentences import HIDING, hiding_code, reason_of
from app.testimonials.versions import Version

known_number = Regexp(
    r"\A[0-9]{1,9}\Z", message="Ouvrez de nouveau le texte : cette page ne dit plus ce que vous avez lu."
)
MAX_DAYS = 90  # for an answer: a later date would be forgotten


# What replaces a version that is shown by another.
CHANGING = frozenset({Action.PUBLISH.value, Action.RESTORE.value})
# The acts after which nobody of the desk reads what its author signs, or everyone reads.
ASKED = frozenset({Action.PUBLISH.value, Action.SEND_PROOF.value})
REASON_CHOICES = [
    choice("", "Choisissez"),
    *(choice(reason.value, reason.label) for reason in Reason),
    *(choice(hiding_code(reason), reason.label) for reason in HIDING),
]


# The questions that an editor may ask about.
ASKABLE = [name for name, question in QUESTIONS.items() if question.desk and question.part is not Part.UPDATE]


class RevisionForm(Form):
    """A form about a text as it was read: `revision` is the revision shown on the page."""

    message = Prose("Ce que l’auteur·e lira", [Length(most=2000)])
    revision = HiddenField("Version lue", [known_number])

    def words(self) -> str:
        """Return everything typed, for the error page of a stale form: the editor can copy it."""
        return self.message.data or ""

    def check(self, testimonial: Testimonial) -> None:
        """Raise `Stale`, with the words typed, if the revision changed since the page was read (product rule 8).

        Call it before validation: the errors of a stale form do not matter.
        """
        if self.revision.data != str(testimonial.revision):
            raise Stale(testimonial, self.words())


class UsualWordsForm(RevisionForm):
    """A form that may send usual sentences: `phrases` is the digest of those that were read on its page."""

    phrases = HiddenField()
    have_changed = False

    def read(self, sentences: Iterable[str]) -> None:
        """Compare the sentences with those that were read; a form that says nothing of them has read none."""
        digest = sha256("\n".join(sentences).encode()).hexdigest()[:16]
        self.have_changed = self.phrases.data not in {None, "", digest}
        self.phrases.data = digest

    def require_read(self) -> None:
        """Refuse to send a sentence that an admin changed since the page was read."""
        if self.have_changed:
            raise ValidationError(
                "Une phrase habituelle a changé entre-temps : relisez ce qui partira, puis envoyez de nouveau."
            )


class MarksForm(Form):
    """A form after which nobody of the desk may read again: it asks once about the marks that are left."""

    marks = HiddenField(default="0")  # how many the editor has been asked about

    def asks_about(self, marks: int) -> bool:
        """Whether to ask about this many marks, and note that it was asked."""
        is_asked = marks > 0 and self.marks.data != str(marks)
        self.marks.data = str(marks)
        return is_asked


class DecisionForm(MarksForm, UsualWordsForm):
    """A decision on the text as it was read; the button pressed is the action."""

    action = SelectField("Décision", [required("Choisissez une décision.")], choices=[])
    reason = SelectField("Raison", choices=REASON_CHOICES, default="")
    to_readers = Prose("Ce que lira la personne qui a signalé ce texte", [Length(most=1500)])
    offered: Mapping[Action, Choice] = CHOICES
    sentences: Mapping[str, str]
    is_noticed = False

    def offer(self, choices: Iterable[Choice], sentences: Mapping[str, str], *, is_noticed: bool = False) -> None:
        """Accept every decision, so that one no longer possible is refused as such; require what those offered need.

        `sentences`: the usual one of each reason, for this text; `is_noticed`: a reader's notice waits for an answer.
        """
        self.sentences, self.is_noticed = sentences, is_noticed
        self.read(sentences.values())
        self.action.choices = [choice(action.value, action.value) for action in CHOICES]
        self.offered = dict(CHOICES) | {each.action: each for each in choices}

    @property
    def chosen(self) -> Choice | None:
        return self.offered.get(Action(self.action.data)) if self.action.data in {*Action} else None

    def validate_message(self, field: Prose) -> None:
        if self.chosen is None or not self.chosen.needs_words or field.data:
            return
        if self.chosen.message is mails.OBJECTION_ANSWERED:
            raise ValidationError("Répondez à l’auteur·e, en une phrase au moins : dites pourquoi.")
        raise ValidationError("Écrivez à l’auteur·e, en une phrase, pourquoi sa nouvelle version n’est pas prise.")

    def validate_reason(self, field: SelectField) -> None:
        if self.chosen and self.chosen.needs_reason and not field.data:
            raise ValidationError("Choisissez une raison : l’auteur·e la lira.")
        if not field.data:
            return
        hides, is_hiding = self.action.data == Action.HIDE.value, field.data in map(hiding_code, HIDING)
        if self.chosen and self.chosen.needs_reason and hides is not is_hiding:
            kind = "masquer le texte en attendant" if hides else "refuser ou dépublier"
            raise ValidationError(f"Choisissez une des raisons de {kind} : l’auteur·e la lira.")
        self.require_read()

    def validate_to_readers(self, field: Prose) -> None:
        """Require the reasons of a change that answers a notice; those of an unpublication are its reason code."""
        if self.is_noticed and self.action.data in CHANGING and not field.data:
            raise ValidationError("Dites à la personne qui a signalé ce texte ce qui change, et pourquoi.")

    def words(self) -> str:
        return labelled_values(self, ("message", "to_readers")) if self.to_readers.data else super().words()

    def note(self) -> DecisionNote:
        """Return the reason and message of the decision; a reason without a message gets its usual sentence.

        An action without reasons drops a reason chosen by mistake, and its usual sentence with it.
        """
        reason = reason_of(self.reason.data) if self.reason.data else None
        message = self.message.data or ""
        sentence = self.sentences.get(self.reason.data or "", "")
        if not CHOICES[Action(self.action.data)].needs_reason:
            return DecisionNote(message="" if message == sentence else message, to_readers=self.to_readers.data or "")
        return DecisionNote(reason=reason, message=message or sentence, to_readers=self.to_readers.data or "")


class MaskForm(Form):
    """A passage to mask, or to bring back, in the text as it was read; the button pressed is the passage."""

    passage = HiddenField("Passage", [required("Choisissez un passage.")])
    revision = HiddenField("Version lue", [known_number])


class DueForm(RevisionForm):
    """A message to the author, and the date by which an answer is expected."""

    due = Day("Réponse attendue avant le", [Optional()])

    def suggest(self, revision: int) -> None:
        self.revision.data = str(revision)
        self.due.data = paris_time(now() + current_app.config["REPLY_PERIOD"])

    def validate_due(self, field: Day) -> None:
        if field.data is not None and not timedelta() < field.data - paris_time(now()) <= timedelta(days=MAX_DAYS):
            raise ValidationError(f"Choisissez un jour à venir, dans {MAX_DAYS} jours au plus.")

    def due_at(self) -> datetime | None:
        """Return the end of the chosen day in Paris; None means the usual delay."""
        return datetime.combine(self.due.data, time(23, 59), PARIS) if self.due.data else None


class AskForm(UsualWordsForm, DueForm):
    """Requests to the author: one optional field per question."""

    usual = SelectMultipleField("Phrases habituelles", validate_choice=False)
    sentences: Mapping[str, str]

    def offer(self, sentences: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Offer the usual sentences, by field, of the questions that the text has: each can be asked as it stands."""
        self.sentences = {name: words for name, words in sentences.items() if name in {"message", *names}}
        for name, label in names.items():
            self[f"ask_{name}"].label.text = label
        self.read(sentences.values())

    def sent_words(self, name: str, typed: str) -> str:
        """Return what the author reads of a field: its usual sentence, if chosen, then what is typed."""
        chosen = self.sentences.get(name, "") if name in (self.usual.data or []) else ""
        return "\n".join(words for words in (chosen, typed) if words)

    def asked(self) -> dict[str, str]:
        words = {name: self.sent_words(name, self[f"ask_{name}"].data or "") for name in ASKABLE}
        return {name: request for name, request in words.items() if request}

    def words(self) -> str:
        return labelled_values(self, ("message", *(f"ask_{name}" for name in ASKABLE)))

    def validate_message(self, _field: Prose) -> None:
        if self.usual.data:
            self.require_read()
        if not self.asked():
            raise ValidationError("Dites à quelle question revenir : ouvrez-la ci-dessous et écrivez votre demande.")

    def note(self) -> DecisionNote:
        message = self.sent_words("message", self.message.data or "")
        return DecisionNote(message=message, asked=self.asked(), due_at=self.due_at())


for name in ASKABLE:
    setattr(AskForm, f"ask_{name}", Prose(QUESTIONS[name].desk, [Length(most=500)]))


@asks(attrgetter("edited"))
class EditForm(MarksForm, DueForm, AmendForm):
    """The author's questions, edited; passages between double brackets are masked."""

    TEXT = (Part.ACCOUNT, Part.ADDITIONS, Part.MORE, Part.UPDATE)
    page = (*TEXT, Part.PLACE, Part.AUTHOR, Part.SITUATION, Part.SIGNATURE, "kind", "message", "due")
    kind = RadioField("Que changez‑vous ?", choices=[])
    step = HiddenField()

    @property
    def is_preview(self) -> bool:
        """Whether the edit is only looked at: what it is can be chosen afterwards."""
        return bool(self.step.data == "preview")

    def words(self) -> str:
        return labelled_values(self, ("message", *SPELT, "link"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Require paired double brackets: an unpaired one would publish words meant to be masked."""
        added: dict[str, list[Any]] = {name: [require_paired_brackets] for name in SPELT}
        kind = Optional() if self.is_preview else required("Dites si c’est une correction ou une réécriture.")
        return super().validate({**(extra_validators or {}), **added, "kind": [kind]})

    def offer(self, article: Article) -> None:
        """Give the lists their choices; keep the questions that the text answers."""
        if not self.base.became_on:
            del self["sequel"]
        if not self.base.is_response:
            super().offer(article)
            return
        names = question_names(article.call, is_response=True)
        for name in (QUESTIONS.keys() & {each.name for each in self}) - names.keys():
            del self[name]
        for name, label in names.items():
            self[name].label.text = label
        self.attribution.choices = [choice(each.value, label) for each, (label, _) in OF_ANSWERS.items()]

    def offer_kinds(self, kinds: list[EditKind]) -> None:
        self.kind.choices = [choice(kind.value, kind.label) for kind in kinds]

    def version(self, article: Article, session: Session) -> Version:
        if self.base.is_response:
            version = self.base.edited(**self.texts(), attribution=Attribution(self.attribution.data))
        else:
            version = super().version(article, session)
            version.sequel = (self["sequel"].data or "") if version.became_on else ""
        version.made_by = ActorKind.EDITOR
        for name in SPELT:
            setattr(version, name, mask(getattr(version, name)))
        return version

    def note(self) -> DecisionNote:
        return DecisionNote(message=self.message.data or "", due_at=self.due_at())


def require_paired_brackets(_form: object, field: Field) -> None:
    if not is_paired(field.data or ""):
        raise ValidationError(
            "Fermez chaque passage à masquer avant d’en ouvrir un autre : deux crochets avant, [[, deux après, ]]."
        )


def labelled_values(form: Form, names: Iterable[str]) -> str:
    return "\n\n".join(f"{form[name].label.text} :\n{form[name].data}" for name in names if form[name].data)


class LetterForm(Form):
    """A letter to an author who agreed to be contacted; `refusal` says why one cannot leave now."""

    subject = Line("Objet", [required("Écrivez l’objet de la lettre."), Length(most=120)])
    words = Prose("Lettre", [required("Écrivez la lettre avant de l’envoyer."), Length(most=3000)])
    refusal: Callable[[str, str], str]

    def validate_words(self, field: Prose) -> None:
        if refusal := self.refusal(self.subject.data or "", field.data or ""):
            raise ValidationError(refusal)


class NoteForm(Form):
    """A note to colleagues."""

    words = Prose("Note", [required("Écrivez la note avant de l’ajouter."), Length(most=2000)])
