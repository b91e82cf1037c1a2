"""The small forms of admins' pages, and what the journal is narrowed to."""

from datetime import date

from wtforms import Field, SelectField
from wtforms.validators import Optional, ValidationError

from app.administration.audit_log import AuditFilters
from app.audit import ActorKind, Kind
from app.forms import Day, Form, choice

EVERYTHING = choice("", "Tout")
YEARS = range(2020, 2100)


class WithinYears:
    """Bounds a day to years in which the platform may have run."""

    def __call__(self, _form: object, field: Field) -> None:
        """Raise `ValidationError` with what to do."""
        if isinstance(field.data, date) and field.data.year not in YEARS:
            raise ValidationError(f"Choisissez un jour entre {YEARS.start} et {YEARS.stop - 1}.")


class SendAgainForm(Form):
    """One button beside an e-mail, or beneath them all: nothing to fill in."""


class AuditLogForm(Form):
    """The same fields narrow the page, in its address, and the file, in its form."""

    kind = SelectField("Fait", default="")
    actor = SelectField("Par", default="")
    account = SelectField("Compte", default="")
    since = Day("Du", [Optional(), WithinYears()])
    until = Day("Au", [Optional(), WithinYears()])

    def offer(self, names: dict[int, str]) -> None:
        """Fill the lists: every kind as its sentence says it, who acts, the accounts."""
        told = {kind.value: kind.sentence.format(who="quelqu’un", whom="quelqu’un").rstrip(".") for kind in Kind}
        self.kind.choices = [EVERYTHING, *(choice(*each) for each in sorted(told.items(), key=lambda each: each[1]))]
        self.actor.choices = [EVERYTHING, *(choice(actor.value, actor.label) for actor in ActorKind)]
        self.account.choices = [EVERYTHING, *(choice(str(number), name) for number, name in names.items())]

    def wanted(self) -> AuditFilters:
        """Return what was asked. The form must be valid."""
        return AuditFilters(
            kind=Kind(self.kind.data) if self.kind.data else None,
            actor=ActorKind(self.actor.data) if self.actor.data else None,
            account=int(self.account.data) if self.account.data else None,
            since=self.since.data,
            until=self.until.data,
        )
