"""The form of the synthesis page: one act on the draft, on one of its claims, or on a source of one."""

import re
from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import ValidationError

from app.articles.passages import Passage
from app.catalog.placements import LONGEST_QUOTE, SHORTEST_QUOTE, single_spaced
from app.catalog.synthesis.drafts import LONGEST_CLAIM
from app.catalog.synthesis.sources import unmarked
from app.forms import Form, Prose, Signs, choice, required
from app.labels import LabelledEnum

OF_THE_WHOLE = "Dans l’ensemble"


class SynthesisAct(LabelledEnum):
    """An editor's act on a synthesis; the label is the verb of its button."""

    START = "start", "Commencer un brouillon"
    ADD = "add", "Ajouter ce constat"
    REWRITE = "rewrite", "Enregistrer ce constat"
    RAISE = "raise", "Monter"
    REMOVE = "remove", "Retirer ce constat"
    CITE = "cite", "Citer ces mots"
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


class SynthesisForm(Form):
    """An act; `read` is the edition that was read, of the draft and of the version shown; `latest` is that of now."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites.")])
    claim = HiddenField("Constat")
    source = HiddenField("Source")
    read = HiddenField("Édition lue")
    words = Prose("Constat", [Signs(most=LONGEST_CLAIM)])
    passage = SelectField("Où il se lit")
    quote = Prose("Mots exacts d’un retour publié", [Signs(most=LONGEST_QUOTE)])

    def __init__(self, passages: Sequence[Passage], latest: str = "") -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in SynthesisAct]
        headings = [choice(each.anchor, f"À côté de « {each.heading} »") for each in passages if each.anchor]
        self.passage.choices = [choice("", OF_THE_WHOLE), *headings]
        self.passage.data = self.passage.data or ""
        self.latest = latest

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

    def validate_quote(self, field: Prose) -> None:
        if self.act.data == SynthesisAct.CITE and len(unmarked(single_spaced(field.data or ""))) < SHORTEST_QUOTE:
            raise ValidationError(f"Collez au moins {SHORTEST_QUOTE} signes d’un retour publié.")

    def refuse_quote(self, found: int) -> None:
        """Say why words are not cited: they are in no published text, or in several."""
        self.quote.errors = [
            "Ces mots sont dans plusieurs retours : collez-en davantage, jusqu’à ce qu’un seul les ait."
            if found
            else "Ces mots ne sont dans aucun retour publié de cet article : copiez-les exactement depuis sa page, en "
            "mots entiers, sans rien y changer."
        ]
