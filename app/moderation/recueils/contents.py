"""Contents of a recueil, as things are: the sheets of those who agreed to reuse, and how many others there are.

It starts from `visible()`, told the open outlet: a recueil is reuse. It is read again each time that it is looked at,
made or handed out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from app.articles.models import Article
from app.articles.passages import OPENING
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.collection import latest_entries
from app.catalog.cursor import Cursor
from app.catalog.facet_counts import FacetCounts, chosen_labels, count_article_facets
from app.catalog.filters import Filters
from app.catalog.placements import placements_by_passage
from app.catalog.search_results import search_collection
from app.catalog.synthesis.statements import load_synthesis
from app.catalog.visibility import Outlet, visible, visible_answers
from app.french import plain
from app.moderation.recueils.models import Recueil, RecueilEntry
from app.testimonials.consent import Consent, given_line, was_recorded
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

MOST_SHEETS = 300  # about as many CLSM as there are; beyond, nobody reads a document
SEARCH_BATCH = 200
SIGNS_A_PAGE = 2_000
PAGES_AROUND = 9  # cover and its back, contents, article, indexes, consents
SHEETS_A_PAGE = 7  # of their lines in contents, indexes and consents together


class NothingToCollect(Exception):
    """No testimonial of the choice is open to reuse."""


class TooManySheets(Exception):
    """The choice has more sheets than a document can have."""


class RecueilOffline(Exception):
    """The article of a recueil is not public: neither are the texts beside it."""


class Sheet(NamedTuple):
    """A testimonial in a recueil, under its number, with the answers under it, which have no number."""

    number: int
    testimonial: Testimonial
    version: Version
    answers: Sequence["Sheet"] = ()

    @property
    def id(self) -> str:
        return f"fiche-{self.number}"

    @property
    def publication(self) -> Consent | None:
        return given_line(self.testimonial.consents, Purpose.PUBLICATION)

    @property
    def reuse(self) -> Consent | None:
        return given_line(self.testimonial.consents, Purpose.REUSE)

    @property
    def was_recorded(self) -> bool:
        return was_recorded(self.testimonial.consents)

    @property
    def themes(self) -> list[str]:
        return [theme.label for theme in self.version.themes]


class Quote(NamedTuple):
    """The words of a sheet that stand beside a passage."""

    sheet: Sheet
    words: str


@dataclass(frozen=True)
class Contents:
    """The sheets, the latest first, and how many testimonials of the choice can be read beside the article only.

    `labels` is the choice in words. `is_cut`: there are more than `MOST_SHEETS`.
    """

    article: Article
    text: ArticleText
    labels: Sequence[str]
    sheets: Sequence[Sheet]
    others: int
    is_cut: bool

    @property
    def held(self) -> Iterator[Sheet]:
        """Every text of the document: each sheet, then the answers under it."""
        for sheet in self.sheets:
            yield sheet
            yield from sheet.answers

    @property
    def regions(self) -> dict[str, list[Sheet]]:
        return indexed((sheet.version.region_name, sheet) for sheet in self.sheets)

    @property
    def partners(self) -> dict[str, list[Sheet]]:
        """The sheets by partner; those that name none are not in the index, and some calls have no partner."""
        named = (each for each in self.sheets if each.version.partner_known is not PartnerKnown.UNKNOWN)
        return indexed((sheet.version.partner_name, sheet) for sheet in named if sheet.version.partner_name)

    @property
    def wordings(self) -> list[Consent]:
        """The wordings of reuse that the sheets rest on, each once, by number."""
        lines = {line.wording_version: line for each in self.held if (line := each.reuse)}
        return [lines[number] for number in sorted(lines)]

    @property
    def pages_expected(self) -> int:
        signs = (
            len(each.version.account + each.version.outcome + each.version.obstacles + each.version.sequel)
            + sum(len(answer.version.account) for answer in each.answers)
            for each in self.sheets
        )
        around = PAGES_AROUND + len(self.sheets) // SHEETS_A_PAGE
        return around + sum(1 + length // SIGNS_A_PAGE for length in signs)

    def require_sheets(self) -> None:
        """Raise `NothingToCollect`, or `TooManySheets`."""
        if not self.sheets:
            raise NothingToCollect
        if self.is_cut:
            raise TooManySheets

    def entries(self) -> list[RecueilEntry]:
        return [RecueilEntry(testimonial_id=each.testimonial.id, digest=each.version.digest) for each in self.held]


def indexed(pairs: Iterator[tuple[str, Sheet]]) -> dict[str, list[Sheet]]:
    index: dict[str, list[Sheet]] = {}
    for name, sheet in pairs:
        index.setdefault(name, []).append(sheet)
    return {name: index[name] for name in sorted(index, key=plain)}


def load_contents(session: Session, article: Article, filters: Filters) -> Contents | None:
    """Load what a recueil of an article holds; None where the article is not public. Raises `UnknownFilter`."""
    text = load_article_text(session, article.slug)
    if text is None:
        return None
    counts = count_article_facets(session, text, filters)
    ids, total = searched(session, counts) if counts.filters.words else in_facet(session, counts)
    selected = visible(outlet=Outlet.OPEN).where(Testimonial.id.in_(ids[:MOST_SHEETS]))
    held = session.scalars(
        selected.options(selectinload(Testimonial.consents), selectinload(Testimonial.notices))
    ).all()
    beneath = answers_beneath(session, ids[:MOST_SHEETS])
    sheets = [
        Sheet(number, each, each.shown, beneath.get(each.id, ()))
        for number, each in enumerate(held, 1)
        if each.shown is not None
    ]
    return Contents(
        article=article,
        text=text,
        labels=chosen_labels(text, counts),
        sheets=sheets,
        others=max(total - len(ids), 0),
        is_cut=len(ids) > MOST_SHEETS,
    )


def answers_beneath(session: Session, ids: Sequence[int]) -> dict[int, list[Sheet]]:
    """Return the answers open to reuse, by the id of the testimonial they are about."""
    selected = visible_answers(outlet=Outlet.OPEN).where(Testimonial.about_id.in_(ids))
    found: dict[int, list[Sheet]] = {}
    for each in session.scalars(
        selected.options(selectinload(Testimonial.consents), selectinload(Testimonial.notices))
    ):
        if each.about_id is not None and each.shown is not None:
            found.setdefault(each.about_id, []).append(Sheet(0, each, each.shown))
    return found


def in_facet(session: Session, counts: FacetCounts) -> tuple[list[int], int]:
    """Return the ids of those open to reuse in a facet, and the number of all."""
    latest = latest_entries(literal(counts.facet_id(counts.filters)), Outlet.OPEN).limit(MOST_SHEETS + 1)
    return list(session.scalars(latest)), counts.matching


def searched(session: Session, counts: FacetCounts) -> tuple[list[int], int]:
    """Return the ids of those open to reuse that have the words, and the number of all that have them."""
    opened = list(islice(matches(session, counts, Outlet.OPEN), MOST_SHEETS + 1))
    return opened, sum(1 for _ in matches(session, counts, Outlet.PAGE)) if len(opened) <= MOST_SHEETS else 0


def matches(session: Session, counts: FacetCounts, outlet: Outlet) -> Iterator[int]:
    after: Cursor | None = None
    while True:
        page = search_collection(session, counts, after, SEARCH_BATCH, outlet)
        yield from (match.id for match in page.matches)
        if page.next is None:
            return
        after = Cursor.after(session, page.next, None)


def passages_with_sheets(session: Session, contents: Contents) -> list[dict[str, Any]]:
    """Return the article's passages, the quotes beside each, and the other sheets of its theme.

    The quotes are editors' choices, else a sheet of the theme. As beside the article, nobody is quoted twice unless
    editors placed them twice. The first passage has the quote that opens the article too.
    """
    by_id = {sheet.testimonial.id: sheet for sheet in contents.sheets}
    placed = {
        anchor: [Quote(by_id[each.testimonial_id], each.quote) for each in placements if each.testimonial_id in by_id]
        for anchor, placements in placements_by_passage(session, contents.article).items()
    }
    quoted = {quote.sheet.number for quotes in placed.values() for quote in quotes}
    rows = []
    for position, passage in enumerate(contents.text.passages):
        of_theme = [sheet for sheet in contents.sheets if passage.theme in {each.slug for each in sheet.version.themes}]
        quotes = [*(placed.get(OPENING, []) if position == 0 else [])]
        if passage.anchor != OPENING:
            quotes += placed.get(passage.anchor, [])
        free = [sheet for sheet in of_theme if sheet.number not in quoted]
        if not quotes and free:
            quotes.append(Quote(free[0], ""))
            quoted.add(free[0].number)
        here = {quote.sheet.number for quote in quotes}
        others = [sheet for sheet in of_theme if sheet.number not in here]
        said = [Quote(sheet, words or sheet.version.pull_quote) for sheet, words in quotes]
        rows.append({"passage": passage, "quotes": said, "others": others})
    return rows


def is_still_shown(entry: type[RecueilEntry]) -> ColumnElement[bool]:
    """State that the words of an entry are still those that its author lets be reused (product rule 1).

    An entry is a testimonial, or an answer: with the testimonial it is about, which stands in the same file.
    """
    same = (Testimonial.id == entry.testimonial_id, Testimonial.shown_digest == entry.digest)
    shown = (
        each.where(*same).with_only_columns(Testimonial.id).order_by(None).correlate(entry).exists()
        for each in (visible(outlet=Outlet.OPEN), visible_answers(outlet=Outlet.OPEN))
    )
    return or_(*shown)


def outdated_recueils(*conditions: ColumnElement[bool]) -> Select[int]:
    """Select the recueils whose file holds words that are no longer to be reused."""
    return select(RecueilEntry.recueil_id).where(~is_still_shown(RecueilEntry), *conditions).distinct()


def are_still_shown(session: Session, entries: Sequence[RecueilEntry]) -> bool:
    """Whether the words of entries that are not stored are still those that their authors let be reused."""
    held = {each.testimonial_id: each.digest for each in entries}
    readable = visible(outlet=Outlet.OPEN), visible_answers(outlet=Outlet.OPEN)
    shown = [row for each in readable for row in session.scalars(each.where(Testimonial.id.in_(held)))]
    return {row.id: row.shown_digest for row in shown} == held


def count_outdated(session: Session, recueil: Recueil) -> int:
    outdated = select(func.count()).select_from(RecueilEntry).where(RecueilEntry.recueil_id == recueil.id)
    return session.scalar(outdated.where(~is_still_shown(RecueilEntry))) or 0


def synthesis_of(session: Session, contents: Contents) -> dict[str, Any] | None:
    """Return what the synthesis says on these sheets, whose departure takes the file away; None where it says nothing.

    Each of its statements has the words of one sheet at least. A source that is open to reuse but of another choice is
    not in the recueil, nor counted.
    """
    synthesis = load_synthesis(session, contents.article.id, Outlet.OPEN)
    if synthesis is None:
        return None
    sheets = {sheet.testimonial.public_id: sheet for sheet in contents.sheets}
    statements = []
    for statement in synthesis.statements:
        quotes = [Quote(sheets[each.public_id], each.words) for each in statement.sources if each.public_id in sheets]
        if quotes:
            statements.append({"words": statement.words, "quotes": quotes})
    facts = {"number": synthesis.number, "published_at": synthesis.published_at, "statements": statements}
    return facts if statements else None
