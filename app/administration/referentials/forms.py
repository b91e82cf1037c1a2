"""The forms of the referentials' pages: a list, an entry, a file of entries."""

from collections.abc import Mapping
from typing import Self

from sqlalchemy import select
from wtforms import Field, HiddenField, TextAreaField
from wtforms.validators import Regexp, ValidationError

from app.db import db
from app.forms import Form, Line, Signs, required, tidy
from app.territories import referentials
from app.territories.entry_files import FileRefused, ImportPlan, plan_import
from app.territories.models import Department, Partner, Referential
from app.territories.referentials import Entry

MALFORMED = "Un code est fait de lettres sans accent, de chiffres et de tirets, comme « ville-au-carre »."
TAKEN = "Une entrée a déjà ce code. Choisissez‑en un autre."
LONGEST_FILE = 400_000  # signs
A_MONTH = Regexp(r"(?:[0-9]{4}-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?\Z", message="Écrivez un mois, comme 2026-11.")


class ReferentialForm(Form):
    """The name of a list, which admins alone read."""

    name = Line("Nom de la liste", [required("Donnez un nom à cette liste."), Signs(most=120)])


class EntryForm(Form):
    """An entry of a list: what readers and authors see, and what the team knows of it."""

    name = Line("Nom", [required("Indiquez le nom, comme les lectrices et lecteurs le liront."), Signs(most=120)])
    territory = Line(
        "Territoire", [required("Indiquez le territoire, comme les auteur·es le liront."), Signs(most=120)]
    )
    departments = Line("Départements couverts", [Signs(most=600)])
    website = Line("Site", [Signs(most=200)])
    source = Line("D’où vient ce que l’on en sait", [Signs(most=300)])
    checked = Line("Vérifié le", [A_MONTH])
    certainty = Line("Ce qui reste à vérifier", [Signs(most=200)])

    @classmethod
    def of(cls, partner: Partner) -> Self:
        entry = Entry.of(partner)
        return cls(data=vars(entry) | {"departments": ", ".join(entry.departments)})

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted({each.strip() for each in (self.departments.data or "").split(",") if each.strip()}))

    def validate_departments(self, _field: Field) -> None:
        known = set(db.session.scalars(select(Department.code).where(Department.code.in_(self.codes))))
        if unknown := [code for code in self.codes if code not in known]:
            raise ValidationError(
                f"« {unknown[0]} » n’est le code d’aucun département : écrivez par exemple 22, 29, 35."
            )

    def entry(self, slug: str) -> Entry:
        """Return the entry as typed. The form must be valid."""
        texts = ("name", "territory", "website", "source", "checked", "certainty")
        values: Mapping[str, str] = {name: self[name].data or "" for name in texts}
        return Entry(slug=slug, departments=self.codes, **values)


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


class ImportForm(Form):
    """A file of entries, as text; `seen` is the fingerprint of what the page said it would change."""

    content = TextAreaField(
        "Le contenu du fichier",
        [required("Collez ici le contenu du fichier, avec les titres de ses colonnes."), Signs(most=LONGEST_FILE)],
        filters=[tidy],
    )
    seen = HiddenField("Lu")

    def __init__(self, referential: Referential) -> None:
        super().__init__()
        self.referential = referential
        self.plan: ImportPlan | None = None

    def validate_content(self, field: Field) -> None:
        try:
            self.plan = plan_import(db.session(), self.referential, field.data)
        except FileRefused as error:
            raise ValidationError(str(error)) from error

    @property
    def has_been_read(self) -> bool:
        """Whether what the import would do now is what the page had said."""
        return self.plan is not None and not self.plan.is_empty and self.seen.data == self.plan.fingerprint
