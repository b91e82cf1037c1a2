"""Choosing what stands beside each passage, in what order, and which words of it are quoted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

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

blueprint = Blueprint("placements", __name__, url_prefix="/moderation/articles/<slug>/en-regard")

OFFERED = 30  # the latest of a theme; another is offered from its own page

PLACEMENT_ACTS: Mapping[PlacementAct, Callable[..., None]] = {
    PlacementAct.PLACE: placements.place_testimonial,
    PlacementAct.RAISE: placements.raise_placement,
    PlacementAct.QUOTE: placements.choose_quote,
    PlacementAct.REMOVE: placements.remove_placement,
}


@dataclass(frozen=True)
class PlacementOptions:
    """A passage's theme, with what was chosen for it, and what can be chosen still."""

    theme: Theme
    chosen: list[tuple[Placement, Testimonial | None]]
    offered: list[Testimonial]


@blueprint.get("")
def arrange(slug: str) -> str:
    """Show each passage with what was chosen for it; `temoignage` is one to be placed, from its review page."""
    return placements_page(
        db.one_or_404(articles.by_slug(slug)),
        PlacementForm(None),
        testimonial_in_hand(request.args.get("temoignage", "")),
    )


@blueprint.post("")
def place(slug: str) -> str | Response | tuple[str, int]:
    """Place, order, quote or remove one testimonial beside one passage."""
    article = db.one_or_404(articles.by_slug(slug))
    testimonial = testimonial_in_hand(request.form.get("testimonial", ""))
    form = PlacementForm(testimonial)
    if not form.is_sent() or testimonial is None:
        return placements_page(article, form, testimonial), 422
    theme = next((each for each in article.themes if each.slug == form.theme.data), None) or abort(404)
    words = {"words": form.quote.data} if form.act.data == PlacementAct.QUOTE else {}
    PLACEMENT_ACTS[PlacementAct(form.act.data)](
        db.session(), theme, testimonial, by=Actor.editor(signed_in().id), **words
    )
    db.session.commit()
    return redirect(url_for("placements.arrange", slug=slug, _anchor=theme.slug), 303)


def testimonial_in_hand(public_id: str) -> Testimonial | None:
    """Return the testimonial of an identifier, if there is one; who acts on it holds it, and its words with it."""
    if not public_id:
        return None
    selected = queries.by_public_id(public_id)
    return db.session.scalar(selected if is_read_only() else selected.with_for_update())


def placements_page(article: Article, form: PlacementForm, testimonial: Testimonial | None) -> str:
    """Return the arrange page; `testimonial` is the one an editor has in hand."""
    session = db.session()
    held = testimonial if testimonial is not None and testimonial.article_id == article.id else None
    rows = []
    faced = {passage.theme for passage in passages(article)}
    for theme in (each for each in article.themes if each.slug in faced):
        chosen = placements.placements_of(session, theme)
        shown = {each.id: each for each in session.scalars(visible_among(each.testimonial_id for each in chosen))}
        offered = [held] if held is not None and held.shown is not None else []
        offered += session.scalars(latest_of_theme(article.id, theme.slug, OFFERED)).all()
        known = {each.testimonial_id for each in chosen}
        choices = {each.id: each for each in offered if each.id not in known}
        rows.append(
            PlacementOptions(
                theme,
                [(each, shown.get(each.testimonial_id)) for each in chosen],
                list(choices.values()),
            )
        )
    return render_template(
        "placements/arrange.html", article=article, rows=rows, form=form, held=held, most=placements.MOST_PLACED
    )
