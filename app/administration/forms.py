"""AuditLogForm: the filters of the audit log."""

from datetime import date

from wtforms import Field, SelectField
from wtforms.validators import Optional, ValidationError

from app.administration.audit_log import AuditFilters
from app.audit import ActorKind, Kind
from app.forms import Day, Form, choice
from app.french import plain

EVERYTHING = choice("", "Tout")
YEARS = range(2020, 2100)  # in which the platform may have run


def within_years(_form: object, field: Field) -> None:
    if isinstance(field.data, date) and field.data.year not in YEARS:
        raise ValidationError(f"Choisissez un jour entre {YEARS.start} et {YEARS.stop - 1}.")


class AuditLogForm(Form):
    """The filters of the page, in its query string, and of the CSV export, in its POST."""

    kind = SelectField("Fait", default="")
    actor = SelectField("Par", default="")
    account = SelectField("Compte", default="")
    since = Day("Du", [Optional(), within_years])
    until = Day("Au", [Optional(), within_years])

    def offer(self, names: dict[int, str]) -> None:
        """Fill the choices: every kind by its sentence without people, every kind of actor, the accounts by `names`."""
        kinds = sorted((plain(kind.unnamed), kind.value, kind.unnamed) for kind in Kind)
        self.kind.choices = [EVERYTHING, *(choice(*each) for _, *each in kinds)]
        self.actor.choices = [EVERYTHING, *(choice(actor.value, actor.label) for actor in ActorKind)]
        self.account.choices = [EVERYTHING, *(choice(str(number), name) for number, name in names.items())]

    def filters(self) -> AuditFilters:
        """Return the chosen filters. The form must be valid."""
        return AuditFilters(
            kind=Kind(self.kind.data) if self.kind.data else None,
            actor=ActorKind(self.actor.data) if self.actor.data else None,
            account=int(self.account.data) if self.account.data else None,
            since=self.since.data,
            until=self.until.data,
        )
