"""ExportForm: the purpose and the filters of an export, in the page's query string and in the POST of a download."""

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import AnyOf, Optional

from app import french
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.administration.forms import within_years
from app.articles.models import Article
from app.forms import Day, Form, choice, required, tidy_line
from app.search.words import terms
from app.territories.models import Partner, Region
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

ALL = choice("", "Tous")
ALL_OF_THEM = choice("", "Toutes")
YES_OR_NO = [choice("", "Oui ou non"), choice("oui", "Oui"), choice("non", "Non")]
WITH_OR_WITHOUT = [choice("", "Avec ou sans"), choice("oui", "Avec"), choice("non", "Sans")]
EVERY_LIST = "tous"  # the desk's list of all testimonials
MAX_LENGTH = 200  # characters of a search, as on the desk
known_format = AnyOf([*ExportFormat], message="Choisissez un format : CSV, XLSX ou JSON.")


def searched(words: str | None) -> str:
    """Return the words of a search; an address in a query string goes no further (product rule 6)."""
    line = tidy_line((words or "")[:MAX_LENGTH])
    return line if terms(line) and "@" not in line else ""


class ExportForm(Form):
    """What to export. The filters are those of `ExportFilters`.

    Words and a same address are looked for on the desk, whose list leads here. `mien` says that the list was that of an
    editor's own claims, which no export narrows by.
    """

    usage = RadioField(
        "Pour quel usage ?",
        [required("Choisissez un usage : il dit de qui et de quoi le fichier est fait.")],
        choices=[choice(each.value, each.label) for each in ExportPurpose],
    )
    article = SelectField("Article", default="")
    etat = SelectField("État", default="", choices=[ALL, *(choice(each.value, each.label) for each in Status)])
    situation = SelectField(
        "Situation", default="", choices=[ALL_OF_THEM, *(choice(each.value, each.label) for each in Situation)]
    )
    region = SelectField("Région", default="")
    partner = SelectField("Partenaire", default="")
    articulation = SelectField("Articulation", default="")
    accord = SelectField("Accord pour publier", default="", choices=YES_OR_NO)
    reutilisation = SelectField("Accord pour réutiliser ailleurs", default="", choices=YES_OR_NO)
    recontact = SelectField("Accord pour être recontacté·e", default="", choices=YES_OR_NO)
    reperes = SelectField("Passages à regarder", default="", choices=WITH_OR_WITHOUT)
    signale = SelectField("Signalement ouvert", default="", choices=WITH_OR_WITHOUT)
    conteste = SelectField("Contestation ouverte", default="", choices=WITH_OR_WITHOUT)
    auteur = HiddenField("Du même courriel", filters=[lambda value: (value or "")[:MAX_LENGTH]])
    mots = HiddenField("Mots", filters=[searched])
    mien = HiddenField()
    since = Day("Reçus à partir du", [Optional(), within_years])
    until = Day("Reçus jusqu’au", [Optional(), within_years])

    def offer(self, articles: Iterable[Article], regions: Iterable[Region], partners: Iterable[Partner]) -> None:
        listed = [*articles]
        self.article.choices = [ALL, *(choice(each.slug, each.title) for each in listed)]
        self.region.choices = [ALL_OF_THEM, *(choice(each.code, each.name) for each in regions)]
        self.partner.choices = [ALL, *(choice(each.slug, each.name) for each in partners)]
        themes = (choice(f"{each.slug}.{theme.slug}", theme.label) for each in listed for theme in each.themes)
        self.articulation.choices = [ALL_OF_THEM, *themes]

    @property
    def purpose(self) -> ExportPurpose:
        """Return the chosen purpose. The form must be valid."""
        return ExportPurpose(self.usage.data)

    def filters(self) -> ExportFilters:
        """Return the chosen filters. The form must be valid."""
        return ExportFilters(**{name: self[name].data for name in ExportFilters.names()})

    def chosen(self) -> dict[str, str]:
        """Return the filters that narrow the export, each label with its value in words."""
        return {self[name].label.text: self.in_words(name) for name in ExportFilters.names() if self[name].data}

    def in_words(self, name: str) -> str:
        field = self[name]
        match field:
            case Day():
                return french.day(field.data) if field.data else ""
            case SelectField():
                return str({each[0]: each[1] for each in field.iter_choices()}[field.data])
            case _:
                return f"« {field.data} »" if name == "mots" else "les textes venus d’une même adresse"


def filters_of_list(parameters: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return the parameters of an export from those of a list of the desk, which bear the same names.

    The address of a list leaves out that it is of those to read, and names no status where it is of several.
    """
    several = {"mien", "conteste"} & parameters.keys() or parameters.get("etat") == EVERY_LIST
    own = {"etat": "" if several else parameters.get("etat", Status.PENDING.value)}
    if "conteste" in parameters:
        own["conteste"] = "oui"
    return MultiDict(parameters.to_dict() | own)


class DownloadForm(ExportForm):
    """The form of a download; the button pressed is the format."""

    format = HiddenField("Format", [known_format])
