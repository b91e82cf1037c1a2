"""Figures over HTTP: the page for editors."""

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select

from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles.models import Article
from app.db import db
from app.moderation.figures.counts import load_counts, years_of
from app.moderation.figures.page import FiguresPage, Heard, load_names
from app.territories import squares
from app.testimonials.periods import period
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
        width=squares.WIDTH,
        height=squares.HEIGHT,
        promised=period("REVIEW_DELAY").days,
    )
