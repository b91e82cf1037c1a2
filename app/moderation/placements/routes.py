"""The placements page: an article's opening quote, the texts beside its passages; and the choice of the article."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from app.accounts.gate import acting_editor
from app.articles import queries as articles
from app.articles.models import Article
from app.articles.passages import OPENING, Passage
from app.catalog import placements
from app.catalog.article_page import load_margins
from app.catalog.collection import MarginNote, latest_of_theme, visible_among
from app.catalog.facing import Facing, Other
from app.catalog.filters import ANY
from app.catalog.placements import Place, Placement
from app.catalog.quotations import offered_sentences
from app.db import db, is_read_only
from app.forms import choice, required
from app.labelled_enum import LabelledEnum
from app.moderation.sentences_form import SentencesForm
from app.sanitize import trusted_html
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show

OPENING_PASSAGE = Passage(trusted_html(""), None, OPENING, "En ouverture de l’article")
MAX_OFFERED = 30  # the latest; an older one is placed from its review page


@dataclass(frozen=True, kw_only=True)
class PlaceOptions:
    """A place, what editors placed there, the notes that stand there, and the testimonials that can be added.

    Of a placement whose testimonial is not published, the testimonial is None. `total` counts those of the theme; it
    is None in a place without one.
    """

    passage: Passage
    total: int | None
    first: MarginNote | None
    others: Sequence[Other]
    placed: Sequence[tuple[Placement, Testimonial | None]]
    offered: Sequence[Testimonial]

    @property
    def is_opening(self) -> bool:
        return self.passage.anchor == OPENING

    @property
    def id(self) -> str:
        return place_id(self.passage.anchor)

    @property
    def is_full(self) -> bool:
        return not self.is_opening and len(self.placed) >= placements.MOST_PLACED

    @property
    def shown(self) -> list[Testimonial]:
        return [testimonial for _, testimonial in self.placed if testimonial is not None]

    @property
    def added(self) -> list[MarginNote]:
        """Return the notes that stand after the first without an editor's choice."""
        placed = {each.public_id for each in self.shown}
        return [other.note for other in self.others if other.note.public_id not in placed]


def place_id(anchor: str) -> str:
    """Return the id of a place in the page; no passage has that of the opening."""
    return anchor or "ouverture_"


def places_of(session: Session, article: Article, selected: Testimonial | None) -> Iterator[PlaceOptions]:
    """Yield the places of an article in its order, the opening first; `selected` comes first among those offered."""
    margins = load_margins(session, article)
    opening = Facing(OPENING_PASSAGE, margins.opening, (), 0)
    rows = (opening, *(row for row in margins.rows if row.passage.anchor != OPENING))
    by_passage = placements.placements_by_passage(session, article)
    all_ids = {each.testimonial_id for placed in by_passage.values() for each in placed}
    visible = {each.id: each for each in session.scalars(visible_among(all_ids))}
    themes = {row.passage.theme or ANY for row in rows}
    latest = {theme: session.scalars(latest_of_theme(article.id, theme, MAX_OFFERED)).all() for theme in themes}
    first_offered = [selected] if selected is not None and selected.shown is not None else []
    for row in rows:
        passage = row.passage
        placed = by_passage.get(passage.anchor, [])
        placed_ids = [placement.testimonial_id for placement in placed]
        candidates = [*first_offered, *latest[passage.theme or ANY]]
        yield PlaceOptions(
            passage=passage,
            total=row.total if passage.theme else None,
            first=row.first,
            others=row.others,
            placed=[(each, visible.get(each.testimonial_id)) for each in placed],
            offered=[*{each.id: each for each in candidates if each.id not in placed_ids}.values()],
        )


class PlacementAct(LabelledEnum):
    """An editor's act on a placement; the label is the verb of its button."""

    PLACE = "place", "Placer ici"
    RAISE = "raise", "Monter"
    QUOTE = "quote", "Citer ces phrases"
    REMOVE = "remove", "Retirer d’ici"


class PlacementForm(SentencesForm):
    """An act on a testimonial; `testimonial` is None where the identifier sent matches none."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites de ce retour.")])
    passage = HiddenField("Passage")
    testimonial = HiddenField("Retour", [required("Choisissez un retour dans la liste.")])

    def __init__(self, testimonial: Testimonial | None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in PlacementAct]
        self.placed = testimonial

    def validate_testimonial(self, _field: HiddenField) -> None:
        if self.placed is None:
            raise ValidationError("Choisissez un retour dans la liste : celui-ci n’existe pas.")

    def validate_sentence(self, field: SelectMultipleField) -> None:
        """Accept what can be quoted; nothing ticked is the text's own quote."""
        if self.act.data == PlacementAct.QUOTE and field.data:
            self.take_sentences(self.placed)


blueprint = Blueprint("placements", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(offered_sentences)
PAGE = "/articles/<slug>/en-regard"

PLACEMENT_ACTS: Mapping[PlacementAct, Callable[..., None]] = {
    PlacementAct.PLACE: placements.place_testimonial,
    PlacementAct.RAISE: placements.raise_placement,
    PlacementAct.QUOTE: placements.choose_quote,
    PlacementAct.REMOVE: placements.remove_placement,
}


@blueprint.get(PAGE)
def arrange(slug: str) -> str:
    """Show each place with its placements; `temoignage` is a testimonial to place, linked from its review page."""
    article = db.one_or_404(articles.by_slug(slug))
    testimonial = find_testimonial(article, request.args.get("temoignage", ""))
    return placements_page(article, PlacementForm(None), testimonial)


@blueprint.post(PAGE)
def place(slug: str) -> ViewResult:
    article = db.one_or_404(articles.by_slug(slug))
    testimonial = find_testimonial(article, request.form.get("testimonial", ""))
    form = PlacementForm(testimonial)
    if not form.is_sent() or testimonial is None:
        return placements_page(article, form, testimonial), 422
    anchor = form.passage.data
    if anchor is None or not (chosen := Place(article, anchor)).exists:
        abort(404)
    quote = {"words": form.quoted} if form.act.data == PlacementAct.QUOTE else {}
    perform = PLACEMENT_ACTS[PlacementAct(form.act.data)]
    perform(db.session(), chosen, testimonial, by=acting_editor(), **quote)
    return commit_and_show(url_for("placements.arrange", slug=slug, _anchor=place_id(anchor)))


def find_testimonial(article: Article, public_id: str) -> Testimonial | None:
    """Return a testimonial of the article, or None; locked on a POST: its words then stay. An answer has no place."""
    if not public_id:
        return None
    selected = Testimonial.named(public_id).where(Testimonial.article_id == article.id)
    selected = selected.where(Testimonial.about_id.is_(None))
    return db.session.scalar(selected if is_read_only() else selected.with_for_update())


def placements_page(article: Article, form: PlacementForm, testimonial: Testimonial | None) -> str:
    places = list(places_of(db.session(), article, testimonial))
    return render_template("placements/arrange.html", article=article, places=places, form=form, selected=testimonial)
