"""The forms of the referentials' pages: a list, an entry, a file of entries."""

from collections.abc import Mapping, Sequence
from typing import Self

from flask_wtf.file import FileField
from sqlalchemy import Row, select
from wtforms import Field, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError

from app import french
from app.db import db
from app.forms import Form, Length, Line, choice, required, tidy
from app.territories import referentials
from app.territories.entry_files import FileRefused, ImportPlan, plan_import, read_file
from app.territories.models import Department, Partner, Referential
from app.territories.referentials import Entry

MALFORMED = "Un code est fait de lettres sans accent, de chiffres et de tirets, comme « ville-au-carre »."
TAKEN = "Une entrée a déjà ce code. Choisissez‑en un autre."
LONGEST_FILE = 200_000  # bytes in UTF-8, once read; a request has 256 KiB


def codes_in(text: str | None) -> tuple[str, ...]:
    return tuple(sorted({each.strip() for each in (text or "").split(",") if each.strip()}))


def refuse_unknown(codes: tuple[str, ...]) -> None:
    known = set(db.session.scalars(select(Department.code).where(Department.code.in_(codes))))
    if unknown := [code for code in codes if code not in known]:
        raise ValidationError(f"« {unknown[0]} » n’est le code d’aucun département : écrivez par exemple 22, 29, 35.")


class ReferentialForm(Form):
    """The name of a list, which admins alone read."""

    name = Line("Nom de la liste", [required("Donnez un nom à cette liste."), Length(most=120)])


class EntryForm(Form):
    """An entry of a list: what readers and authors see, and what the team knows of it."""

    name = Line("Nom", [required("Indiquez le nom, comme les lectrices et lecteurs le liront."), Length(most=120)])
    territory = Line(
        "Territoire", [required("Indiquez le territoire, comme les auteur·es le liront."), Length(most=120)]
    )
    departments = Line("Départements couverts", [Length(most=600)])
    website = Line("Site", [Length(most=200)])
    source = Line("D’où vient ce que l’on en sait", [Length(most=300)])
    checked = Line("Vérifié le")
    certainty = Line("Ce qui reste à vérifier", [Length(most=200)])

    @classmethod
    def of(cls, partner: Partner) -> Self:
        entry = Entry.of(partner)
        return cls(data=vars(entry) | {"departments": ", ".join(entry.departments)})

    def validate_departments(self, field: Field) -> None:
        refuse_unknown(codes_in(field.data))

    def validate_checked(self, field: Field) -> None:
        if field.data and not referentials.is_checked_month(field.data):
            raise ValidationError("Écrivez un mois passé, comme 2026-11.")

    def entry(self, slug: str) -> Entry:
        """Return the entry as typed. The form must be valid."""
        texts = ("name", "territory", "website", "source", "checked", "certainty")
        values: Mapping[str, str] = {name: self[name].data or "" for name in texts}
        return Entry(slug=slug, departments=codes_in(self.departments.data), **values)


class NewEntryForm(EntryForm):
    """A new entry, and its code; one is made of the name where none is typed."""

    slug = Line("Code")

    @property
    def chosen_slug(self) -> str:
        return self.slug.data or referentials.slug_of(self.name.data or "")

    def validate_slug(self, _field: Field) -> None:
        if not referentials.is_slug(self.chosen_slug):
            raise ValidationError(MALFORMED)
        if referentials.is_entry_taken(db.session(), self.chosen_slug):
            raise ValidationError(TAKEN)


NEW = "new"  # no slug of an entry's id: those are numbers


class AnswersForm(Form):
    """Answers that authors typed, and the entry that they are: one of the list, or a new one."""

    answers = SelectMultipleField("Ce qu’ont écrit les auteur·es", validate_choice=False)
    target = SelectField("Quelle entrée est‑ce ?", default=NEW)
    name = Line("Nom", [Length(most=120)])
    territory = Line("Territoire", [Length(most=120)])
    departments = Line("Départements couverts", [Length(most=600)])

    def __init__(self, answers: Sequence[Row[str, int]], entries: Sequence[Partner]) -> None:
        super().__init__()
        self.listed = {each.typed for each in answers}
        self.answers.choices = [
            choice(each.typed, f"{each.typed} ({french.count(each.total, 'texte', 'textes')})") for each in answers
        ]
        named = [choice(str(each.id), f"{each.territory} – {each.name}") for each in entries]
        self.target.choices = [choice(NEW, "Une entrée nouvelle"), *named]

    @property
    def is_new(self) -> bool:
        return bool(self.target.data == NEW)

    def entry(self) -> Entry:
        """Return the new entry. The form must be valid."""
        name, territory = self.name.data or "", self.territory.data or ""
        departments = codes_in(self.departments.data)
        return Entry(slug=referentials.slug_of(name), name=name, territory=territory, departments=departments)

    def validate_answers(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Cochez au moins une réponse.")
        if gone := [each for each in field.data if each not in self.listed]:
            raise ValidationError(
                f"« {gone[0]} » n’est plus à ranger : quelqu’un l’a fait, ou son texte a changé. Voici ce qui reste."
            )

    def validate_name(self, field: Field) -> None:
        if not self.is_new:
            return
        if not field.data:
            raise ValidationError("Donnez le nom de l’entrée nouvelle, ou choisissez‑en une de la liste.")
        slug = referentials.slug_of(field.data)
        if not referentials.is_slug(slug) or referentials.is_entry_taken(db.session(), slug):
            raise ValidationError("Une entrée a déjà ce nom, ou il n’a pas de lettre : choisissez‑la dans la liste.")

    def validate_territory(self, field: Field) -> None:
        if self.is_new and not field.data:
            raise ValidationError("Indiquez le territoire, comme les auteur·es le liront.")

    def validate_departments(self, field: Field) -> None:
        if self.is_new:
            refuse_unknown(codes_in(field.data))


class DetachForm(Form):
    """What authors typed, to be detached from the entry that it stands for."""

    typed = HiddenField("Ce qu’ont écrit les auteur·es", [required("Choisissez la réponse à détacher.")])


class ImportForm(Form):
    """A file of entries, or its content; `seen` is the fingerprint of what the page said it would change.

    A page cannot give a file back: what was read of it is the content from then on, in sight where it is to be mended.
    """

    file = FileField("Le fichier")
    content = TextAreaField("Ou son contenu, collé ici", filters=[tidy])
    seen = HiddenField("Lu")

    def __init__(self, referential: Referential) -> None:
        super().__init__()
        self.referential = referential
        self.plan: ImportPlan | None = None

    def validate_file(self, field: Field) -> None:
        if field.data:
            try:
                self.content.data = tidy(read_file(field.data.read()))
            except FileRefused as error:
                raise ValidationError(str(error)) from error

    def validate_content(self, field: Field) -> None:
        if self.file.errors:
            return
        if not field.data.strip():
            raise ValidationError("Choisissez un fichier, ou collez ici son contenu, avec les titres de ses colonnes.")
        if len(field.data.encode()) > LONGEST_FILE:
            raise ValidationError(
                "Ce fichier est trop long pour être lu d’un coup : importez‑le en deux fois, titres compris."
            )
        try:
            self.plan = plan_import(db.session(), self.referential, field.data)
        except FileRefused as error:
            raise ValidationError(str(error)) from error

    @property
    def has_been_read(self) -> bool:
        """Whether what the import would do now is what the page had said."""
        return self.plan is not None and not self.plan.is_empty and self.seen.data == self.plan.fingerprint
