"""The placements page: the testimonials beside each passage of an article, their order, their quotes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for

from app.accounts.gate import signed_in
from app.articles import queries as articles
from app.articles.models import Article, Theme
from app.articles.source import passages
from app.audit import Actor
from app.catalog import placements
from app.catalog.collection import latest_of_theme, visible_among
from app.catalog.placements import Placement
from app.db import db, is_read_only
from app.moderation.placements.forms import PlacementAct, PlacementForm
from app.testimonials import queries
from app.testimonials.models import Testimonial
from app.web import ViewResult

blueprint = Blueprint("placements", __name__, url_prefix="/moderation/articles/<slug>/en-regard")

MAX_OFFERED = 30  # the latest of a theme; an older one is placed from its review page

PLACEMENT_ACTS: Mapping[PlacementAct, Callable[..., None]] = {
    PlacementAct.PLACE: placements.place_testimonial,
    PlacementAct.RAISE: placements.raise_placement,
    PlacementAct.QUOTE: placements.choose_quote,
    PlacementAct.REMOVE: placements.remove_placement,
}


@dataclass(frozen=True)
class PlacementOptions:
    """The placements of a passage's theme, and the testimonials that can be added; None where one is not published."""

    theme: Theme
    placed: list[tuple[Placement, Testimonial | None]]
    offered: list[Testimonial]


@blueprint.get("")
def arrange(slug: str) -> str:
    """Show each passage with its placements; `temoignage` is a testimonial to place, linked from its review page."""
    testimonial = find_testimonial(request.args.get("temoignage", ""))
    return placements_page(db.one_or_404(articles.by_slug(slug)), PlacementForm(None), testimonial)


@blueprint.post("")
def place(slug: str) -> ViewResult:
    article = db.one_or_404(articles.by_slug(slug))
    testimonial = find_testimonial(request.form.get("testimonial", ""))
    form = PlacementForm(testimonial)
    if not form.is_sent() or testimonial is None:
        return placements_page(article, form, testimonial), 422
    theme = next((theme for theme in article.themes if theme.slug == form.theme.data), None) or abort(404)
    quote = {"words": form.quote.data} if form.act.data == PlacementAct.QUOTE else {}
    perform = PLACEMENT_ACTS[PlacementAct(form.act.data)]
    perform(db.session(), theme, testimonial, by=Actor.editor(signed_in().id), **quote)
    db.session.commit()
    return redirect(url_for("placements.arrange", slug=slug, _anchor=theme.slug), 303)


def find_testimonial(public_id: str) -> Testimonial | None:
    """Return a testimonial by identifier, or None; locked on a POST, so that its words cannot change meanwhile."""
    if not public_id:
        return None
    selected = queries.by_public_id(public_id)
    return db.session.scalar(selected if is_read_only() else selected.with_for_update())


def placements_page(article: Article, form: PlacementForm, testimonial: Testimonial | None) -> str:
    """Return the placements page; `testimonial` comes first among those offered for each passage."""
    session = db.session()
    selected = testimonial if testimonial is not None and testimonial.article_id == article.id else None
    options = []
    with_passage = {passage.theme for passage in passages(article)}
    for theme in (theme for theme in article.themes if theme.slug in with_passage):
        placed = placements.placements_of(session, theme)
        placed_ids = [placement.testimonial_id for placement in placed]
        visible = {each.id: each for each in session.scalars(visible_among(placed_ids))}
        candidates = [selected] if selected is not None and selected.shown is not None else []
        candidates += session.scalars(latest_of_theme(article.id, theme.slug, MAX_OFFERED)).all()
        offered = {each.id: each for each in candidates if each.id not in placed_ids}
        shown = [(placement, visible.get(placement.testimonial_id)) for placement in placed]
        options.append(PlacementOptions(theme, shown, [*offered.values()]))
    context = {"selected": selected, "most": placements.MOST_PLACED}
    return render_template("placements/arrange.html", article=article, options=options, form=form, **context)
