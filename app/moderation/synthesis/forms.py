"""The form of the synthesis page: one act on the draft, on one of its claims, or on a source of one."""

import re
from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from app.articles.passages import Passage
from app.catalog.synthesis.drafts import LONGEST_CLAIM
from app.forms import Prose, Signs, choice, required
from app.french import single_spaced
from app.labels import LabelledEnum
from app.moderation.sentences_form import SentencesForm
from app.testimonials.models import Testimonial

OF_THE_WHOLE = "Dans l’ensemble"


class SynthesisAct(LabelledEnum):
    """An editor's act on a synthesis; the label is the verb of its button."""

    START = "start", "Commencer un brouillon"
    ADD = "add", "Ajouter ce constat"
    REWRITE = "rewrite", "Enregistrer ce constat"
    RAISE = "raise", "Monter"
    REMOVE = "remove", "Retirer ce constat"
    CITE = "cite", "Citer ces phrases"
    UNCITE = "uncite", "Ne plus citer"
    PUBLISH = "publish", "Publier cette version"
    DISCARD = "discard", "Abandonner ce brouillon"
    TAKE_DOWN = "take_down", "Mettre la synthèse hors ligne"


# The acts for which draft and version must be those that were read: they would undo what another editor wrote.
READ_FIRST = frozenset(
    {SynthesisAct.REWRITE, SynthesisAct.REMOVE, SynthesisAct.PUBLISH, SynthesisAct.DISCARD, SynthesisAct.TAKE_DOWN}
)

ACTS_ON_CLAIM = frozenset(
    {SynthesisAct.REWRITE, SynthesisAct.RAISE, SynthesisAct.REMOVE, SynthesisAct.CITE, SynthesisAct.UNCITE}
)
ROW_NUMBER = re.compile(r"[0-9]{1,9}")


class SynthesisForm(SentencesForm):
    """An act; `read` is the edition that was read, of the draft and of the version shown; `latest` is that of now.

    `cited` is the text whose sentences are ticked.
    """

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites.")])
    claim = HiddenField("Constat")
    source = HiddenField("Source")
    read = HiddenField("Édition lue")
    words = Prose("Constat", [Signs(most=LONGEST_CLAIM)])
    passage = SelectField("Où il se lit")
    testimonial = HiddenField("Retour")

    def __init__(self, passages: Sequence[Passage], latest: str = "", cited: Testimonial | None = None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in SynthesisAct]
        headings = [choice(each.anchor, f"À côté de « {each.heading} »") for each in passages if each.anchor]
        self.passage.choices = [choice("", OF_THE_WHOLE), *headings]
        self.passage.data = self.passage.data or ""
        self.latest = latest
        self.cited = cited

    @property
    def chosen(self) -> SynthesisAct:
        return SynthesisAct(self.act.data)

    def number_of(self, name: str) -> int:
        """Return the number of a row that a hidden field names: 0, which no row has, if it is none."""
        value = self[name].data or ""
        return int(value) if ROW_NUMBER.fullmatch(value) else 0

    def is_about(self, claim: int, act: str) -> bool:
        """Whether it was sent for this claim (0: none yet), and refused."""
        return bool(self.errors) and self.act.data == act and (self.claim.data or "0") == str(claim)

    def validate_act(self, field: RadioField) -> None:
        if field.data in READ_FIRST and self.read.data != self.latest:
            raise ValidationError(
                "Quelqu’un d’autre a changé cette synthèse entre-temps, et rien n’est enregistré. Vos mots sont encore "
                "là : relisez-la, puis recommencez s’ils conviennent toujours."
            )

    def validate_words(self, field: Prose) -> None:
        if self.act.data in {SynthesisAct.ADD, SynthesisAct.REWRITE}:
            field.data = single_spaced(field.data or "")
            if not field.data:
                raise ValidationError("Écrivez ce constat en une phrase.")

    def validate_sentence(self, _: SelectMultipleField) -> None:
        if self.act.data == SynthesisAct.CITE:
            self.take_sentences(self.cited)
