"""The placements page: an article's opening quote, the texts beside its passages; and the choice of the article."""

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import func, select

from app.accounts.gate import acting_editor, signed_in
from app.accounts.queries import within
from app.articles import queries as articles
from app.articles.models import Article
from app.catalog import placements
from app.catalog.placements import Place
from app.catalog.quotations import offered_sentences
from app.db import db, is_read_only
from app.moderation.placements.forms import PlacementAct, PlacementForm
from app.moderation.placements.places import place_id, places_of
from app.testimonials import queries
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.web import ViewResult

blueprint = Blueprint("placements", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(offered_sentences)
PAGE = "/articles/<slug>/en-regard"

PLACEMENT_ACTS: Mapping[PlacementAct, Callable[..., None]] = {
    PlacementAct.PLACE: placements.place_testimonial,
    PlacementAct.RAISE: placements.raise_placement,
    PlacementAct.QUOTE: placements.choose_quote,
    PlacementAct.REMOVE: placements.remove_placement,
}


@blueprint.get("/en-regard")
def choose() -> ViewResult:
    """Show the articles that the editor edits, with how many texts each shows and how many are placed."""
    session, texts = db.session(), select(func.count()).select_from(Testimonial)
    texts = texts.where(Testimonial.status == Status.PUBLISHED, Testimonial.about_id.is_(None))
    shown = texts.where(Testimonial.article_id == Article.id).scalar_subquery()
    placed = select(func.count()).where(placements.Placement.article_id == Article.id).scalar_subquery()
    listed = select(Article.slug, Article.title, shown.label("shown"), placed.label("placed"))
    listed = listed.where(Article.is_public, *within(signed_in().scope, Article.id))
    found = session.execute(listed.order_by(Article.published_on.desc(), Article.id.desc())).all()
    if len(found) == 1:
        return redirect(url_for("placements.arrange", slug=found[0].slug))
    return render_template("placements/choose.html", articles=found)


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
    db.session.commit()
    return redirect(url_for("placements.arrange", slug=slug, _anchor=place_id(anchor)), 303)


def find_testimonial(article: Article, public_id: str) -> Testimonial | None:
    """Return a testimonial of the article, or None; locked on a POST: its words then stay. An answer has no place."""
    if not public_id:
        return None
    selected = queries.by_public_id(public_id).where(Testimonial.article_id == article.id)
    selected = selected.where(Testimonial.about_id.is_(None))
    return db.session.scalar(selected if is_read_only() else selected.with_for_update())


def placements_page(article: Article, form: PlacementForm, testimonial: Testimonial | None) -> str:
    """Return the placements page; `testimonial` comes first among those offered for each place."""
    places = list(places_of(db.session(), article, testimonial))
    return render_template("placements/arrange.html", article=article, places=places, form=form, selected=testimonial)
