"""The page of figures: names, breakdowns with their charts, the map of départements, what waits, delays."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import NamedTuple

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles.call import Call
from app.articles.models import Article, Theme
from app.db import db
from app.french import by_name, plain, short_day
from app.french import count as count_of
from app.kept import period
from app.labelled_enum import LabelledEnum
from app.moderation.figures.counts import ASKED, Counts, Tally, Waiting, load_counts, years_of
from app.moderation.queue.pages import RAIL
from app.sanitize import spaced
from app.territories import queries, tile_map
from app.territories.models import Department, Partner, Referential
from app.territories.tile_map import PLACES, Square
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Became, PartnerKnown, Situation, partner_label
from app.web import ViewResult

blueprint = Blueprint("figures", __name__, url_prefix="/moderation/chiffres")


@blueprint.get("")
def index() -> ViewResult:
    """Show the figures of an article and of a year, if the query string has them.

    404 for an article that does not exist, or that others edit.
    """
    session, user = db.session(), signed_in()
    theirs = select(Article).where(*within(user.scope, Article.id))
    articles = session.scalars(theirs.order_by(Article.published_on.desc(), Article.id.desc())).all()
    slug = request.args.get("article", "")
    chosen = next((each for each in articles if each.slug == slug), None)
    if slug and chosen is None:
        abort(404)
    if len(articles) == 1:
        chosen = articles[0]
    scope = frozenset({chosen.id}) if chosen else user.scope
    years = years_of(session, scope)
    year = next((each for each in years if str(each) == request.args.get("annee")), None)
    counts, names = load_counts(session, scope, years, year), load_names(session, articles, chosen)
    return render_template(
        "figures/index.html",
        page=FiguresPage(chosen, year, names, counts),
        articles=articles,
        years=years,
        legend=list(Heard),
        width=tile_map.WIDTH,
        height=tile_map.HEIGHT,
        promised=period("REVIEW_DELAY").days,
    )


# How a testimonial is signed, as editors say it.
SIGNATURES: Mapping[str, str] = {
    Attribution.FULL: "Nom, fonction et conseil",
    Attribution.ROLE: "Fonction et conseil",
    Attribution.CLSM: "Le conseil seul",
    Attribution.REGION: "La région seule",
}


@dataclass(frozen=True)
class Names:
    """Départements in the order of their codes; the other names by key, in the order in which they are shown."""

    articles: Sequence[Article]
    themes: Mapping[int, str]
    situations: Mapping[str, str]
    departments: Sequence[Department]
    partners: Mapping[str, str]

    @property
    def regions(self) -> dict[str, str]:
        names = {each.region_code: each.region.name for each in self.departments}
        return {code: names[code] for code in sorted(names, key=lambda code: plain(names[code]))}


def load_names(session: Session, articles: Sequence[Article], chosen: Article | None) -> Names:
    """Load the names that a page needs, in the words of the article's call; themes are those of one article."""
    call = chosen.call if chosen else None
    of_article = select(Theme.id, Theme.label).where(Theme.article_id == (chosen.id if chosen else None))
    words = {name: each.label for name, each in call.situations.items()} if call else {}
    return Names(
        articles=articles,
        themes={number: spaced(label) for number, label in session.execute(of_article.order_by(Theme.position))},
        situations={each.value: words.get(each.value, each.label) for each in Situation},
        departments=session.scalars(queries.departments()).all(),
        partners=partner_names(session, call),
    )


def partner_names(session: Session, call: Call | None) -> dict[str, str]:
    """Return the partners by id, then the answers that name none of the list; all lists' where there is no call."""
    if call and call.partner is None:
        return {}
    listed = select(Partner.id, Partner.name)
    if call and call.partner:
        of_list = Referential.slug == (call.partner.referential if call.partner.is_listed else None)
        listed = listed.join(Referential, Referential.id == Partner.referential_id).where(of_list)
    others = {each.value: each.label.capitalize() for each in PartnerKnown if each is not PartnerKnown.LISTED}
    if call and call.partner:
        given = (PartnerKnown.OTHER, PartnerKnown.UNKNOWN)
        others = {each.value: spaced(partner_label(call, each)) for each in given}
    return {str(number): spaced(name) for number, name in sorted(session.execute(listed), key=by_name)} | others


# Rows of a table: the name, and the numbers or words after it.
Table = Sequence[tuple[str, Sequence[int | str]]]


class Bar(NamedTuple):
    """A row of a bar chart: its label, the figure in words, and two lengths in percent: a whole, and its part.

    So a chart is as wide as its column at any size of text.
    """

    label: str
    figure: str
    whole: float
    part: float


def bar_chart(rows: Iterable[tuple[str, int, int]], longest: int) -> list[Bar]:
    """Return the chart of rows (label, whole, part); `longest` is the whole that takes the full width."""
    return [
        Bar(label, f"{part} sur {whole}" if whole else "0", percent(whole, longest), percent(part, longest))
        for label, whole, part in rows
    ]


def plain_chart(rows: Sequence[tuple[str, int]]) -> list[Bar]:
    longest = max((number for _, number in rows), default=0)
    return [Bar(label, str(number), percent(number, longest), percent(number, longest)) for label, number in rows]


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


class Heard(LabelledEnum):
    """Whether a département has been heard; the label is that of the map's legend."""

    SHOWN = "shown", "un retour publié au moins"
    RECEIVED = "received", "reçu, rien de publié"
    NOBODY = "nobody", "personne encore"

    @classmethod
    def of(cls, tally: Tally) -> "Heard":
        return cls.SHOWN if tally.published else cls.RECEIVED if tally.received else cls.NOBODY


@dataclass(frozen=True)
class MapSquare:
    """A département on the map."""

    department: Department
    place: Square
    tally: Tally

    @property
    def heard(self) -> Heard:
        return Heard.of(self.tally)


@dataclass(frozen=True)
class Breakdown:
    """Testimonials by one of the things that they say; each is in one row, or in several where `is_plural`."""

    key: str
    title: str
    heading: str
    rows: Sequence[tuple[str, Tally]]
    is_plural: bool = False

    @property
    def chart(self) -> list[Bar]:
        if self.is_plural:  # how many of them are published is not counted
            return plain_chart([(name, each.received) for name, each in self.rows])
        longest = max(tally.received for _, tally in self.rows)
        return bar_chart(((name, each.received, each.published) for name, each in self.rows), longest)

    @property
    def headings(self) -> list[str]:
        return ["Reçus"] if self.is_plural else ["Reçus", "Publiés"]

    @property
    def table(self) -> Table:
        return [(name, [each.received, each.published][: len(self.headings)]) for name, each in self.rows]


@dataclass(frozen=True)
class FiguresPage:
    """What the page shows of the articles that an editor edits, or of one of them; of all years, or of one."""

    chosen: Article | None
    year: int | None
    names: Names
    counts: Counts

    @property
    def total(self) -> Tally:
        return self.counts.total

    @cached_property
    def squares(self) -> list[MapSquare]:
        tallies = self.counts.by["department"]
        return [MapSquare(each, PLACES[each.code], tallies.get(each.code, Tally())) for each in self.names.departments]

    @property
    def heard(self) -> Counter[Heard]:
        return Counter(each.heard for each in self.squares)

    @property
    def regions_table(self) -> Table:
        """Return the régions, the most heard first, with how many of their départements have been."""
        tallies = {code: Tally() for code in self.names.regions} | by_region(self.counts, self.names)
        rows = []
        for code in sorted(self.names.regions, key=lambda code: -tallies[code].received):
            heard = [each.heard is Heard.SHOWN for each in self.squares if each.department.region_code == code]
            rows.append((self.names.regions[code], [*astuple(tallies[code]), f"{sum(heard)} sur {len(heard)}"]))
        return rows

    @property
    def departments_table(self) -> Table:
        return [
            (f"{each.department.code} {each.department.name}", [each.department.region.name, *astuple(each.tally)])
            for each in self.squares
        ]

    @property
    def breakdowns(self) -> list[Breakdown]:
        return [each for each in breakdowns(self.counts, self.names) if each.rows]

    @property
    def waiting(self) -> list[tuple[str, list[tuple[Status, Waiting]]]]:
        """Return the parties for whom testimonials wait, and the lists of the queue where they do."""
        waiting = self.counts.waiting
        groups = ((label, [(each, waiting[each]) for each in statuses if each in waiting]) for label, statuses in RAIL)
        return [(label, lists) for label, lists in groups if lists]

    @property
    def waiting_chart(self) -> list[Bar]:
        return plain_chart([(label, sum(each.count for _, each in lists)) for label, lists in self.waiting])

    @property
    def waiting_table(self) -> Table:
        """Return the lists of the queue, by the party they wait for, with the date of the oldest."""
        return [
            (f"{label} : {status.label}", [waiting.count, short_day(waiting.since)])
            for label, lists in self.waiting
            for status, waiting in lists
        ]

    @property
    def consents_chart(self) -> list[Bar]:
        total = self.total.received
        return bar_chart([(each.label, total, self.counts.consents[each]) for each in ASKED], total)

    @property
    def consents_table(self) -> Table:
        given, total = self.counts.consents, self.total.received
        return [(each.label, [given[each], total, f"{100 * given[each] / total:.0f} %"]) for each in ASKED]

    @property
    def delays_chart(self) -> list[Bar]:
        return plain_chart(self.counts.delays.by_length)

    @property
    def delays_table(self) -> Table:
        return [
            (count_of(days, "jour", "jours"), [number]) for days, number in sorted(self.counts.delays.by_days.items())
        ]


def breakdowns(counts: Counts, names: Names) -> Iterable[Breakdown]:
    by = counts.by
    if len(counts.years) > 1:
        years = [(str(year), tally) for year, tally in counts.years.items()]
        yield Breakdown("year", "Par année d’arrivée", "Année", years)
    articles = {str(each.id): each.title for each in names.articles}
    if len(articles) > 1:
        of_articles = {str(key): tally for key, tally in counts.articles.items()}
        yield Breakdown("article", "Par article", "Article", named(articles, of_articles))
    yield Breakdown("situation", "Par situation", "Situation", named(names.situations, by["situation"]))
    became = [(each.label, by["became"].get(each, Tally())) for each in Became]
    if any(tally.received for _, tally in became):  # silence says nothing
        yield Breakdown("became", "Ce que sont devenus les projets", "Suite", became)
    themes = [(label, Tally(counts.themes.get(number, 0))) for number, label in names.themes.items()]
    yield Breakdown("theme", "Par thème", "Thème", themes, is_plural=True)
    yield Breakdown("region", "Par région", "Région", named(names.regions, by_region(counts, names)))
    if names.partners:
        met = {key: name for key, name in names.partners.items() if key in by["partner"]}
        largest_first = sorted(named(met, by["partner"]), key=lambda row: -row[1].received)
        yield Breakdown("partner", "Par partenaire", "Partenaire", largest_first)
    yield Breakdown("attribution", "Par signature", "Signature", named(SIGNATURES, by["attribution"]))


def named(names: Mapping[str, str], tallies: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    """Return a row for each name, in their order, and one for what has no name."""
    rows = [(name, tallies.get(key, Tally())) for key, name in names.items()]
    others = sum((tally for key, tally in tallies.items() if key not in names), Tally())
    return [*rows, ("Autres", others)] if others.received else rows


def by_region(counts: Counts, names: Names) -> dict[str, Tally]:
    regions = {each.code: each.region_code for each in names.departments}
    tallies: dict[str, Tally] = {}
    for code, tally in counts.by["department"].items():
        tallies[regions[code]] = tallies.get(regions[code], Tally()) + tally
    return tallies
