"""The form of a recueil: its title, its introduction, and the choice of what it collects."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField

from app.catalog.article_text import ArticleText
from app.catalog.facet_counts import FacetCounts
from app.catalog.filters import QUERY_NAMES, Filters
from app.forms import Form, Line, Prose, Signs, choice, required
from app.moderation.recueils.models import Recueil, read_filters

ALL = ""


class RecueilForm(Form):
    """A recueil; the lists have the values that testimonials of its article have."""

    title = Line("Titre", [required("Donnez un titre au recueil : il est sur la couverture."), Signs(most=120)])
    introduction = Prose("Introduction", [Signs(most=6_000)])
    theme = SelectField("Articulation")
    situation = SelectField("Situation")
    region = SelectField("Région")
    partner = SelectField("Partenaire")
    words = Line("Mots du texte", [Signs(most=200)])

    def __init__(self, article: ArticleText, counts: FacetCounts, recueil: Recueil | None = None) -> None:
        data = {"title": article.title} if recueil is None else fields_of(recueil)
        super().__init__(data=data)
        names = {**article.names, **counts.names}
        lists = {"theme": self.theme, "situation": self.situation, "region": self.region, "partner": self.partner}
        partner = article.call.partner
        for name, field in lists.items():
            options = [choice(value, names[name][value]) for value in counts.choices(name, names[name], Filters())]
            everything = partner.all_of_them if partner and name == "partner" else "Toutes"
            field.choices = [choice(ALL, everything), *options]
        if partner and partner.is_listed:
            self.partner.label.text = partner.concerned
        else:
            del self.partner

    def chosen(self) -> dict[str, str]:
        return {name: str(self[name].data) for name in QUERY_NAMES if name in self and self[name].data}

    def filters(self) -> Filters:
        return read_filters(self.chosen())

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the choice, at the first field that narrows it."""
        narrowing: Iterable[Any] = (self[name] for name in QUERY_NAMES if name in self and self[name].data)
        field = next(iter(narrowing), self["theme"])
        field.errors = [sentence]


def fields_of(recueil: Recueil) -> dict[str, str]:
    return {"title": recueil.title, "introduction": recueil.introduction, **recueil.chosen}
