"""ExportForm: the purpose and the filters of an export, in the page's query string and in the POST of a download."""

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import AnyOf, Optional

from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.administration.forms import within_years
from app.articles.models import Article
from app.forms import Day, Form, choice, required
from app.territories.models import Partner, Region
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation

ALL = choice("", "Tous")
ALL_OF_THEM = choice("", "Toutes")
known_format = AnyOf([*ExportFormat], message="Choisissez un format : CSV, XLSX ou JSON.")


class ExportForm(Form):
    """What to export. The filters are those of `ExportFilters`."""

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
    accord = SelectField("Accord de publication", default="", choices=[ALL, choice("oui", "oui"), choice("non", "non")])
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
        chosen = {name: self[name].data for name in ExportFilters.names()}
        return ExportFilters(**chosen)


class DownloadForm(ExportForm):
    """The form of a download; the button pressed is the format."""

    format = HiddenField("Format", [known_format])
