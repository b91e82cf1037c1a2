"""Figures over HTTP: the page for editors, and what of it may be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select

from app.accounts.gate import signed_in
from app.accounts.models import Scope
from app.accounts.queries import within
from app.articles.models import Article
from app.db import db, now
from app.french import paris_time
from app.moderation.figures.counts import load_counts, unfinished_group_since
from app.moderation.figures.months import Month, year_to
from app.moderation.figures.names import load_names
from app.moderation.figures.page import FiguresPage, Heard
from app.moderation.figures.printed import printed_figures
from app.moderation.figures.small_groups import LEAST
from app.territories import squares
from app.testimonials.periods import period
from app.web import ViewResult

blueprint = Blueprint("figures", __name__, url_prefix="/moderation/chiffres")


@dataclass(frozen=True)
class Choice:
    """The articles that an editor edits, the one chosen among them, and whose testimonials are counted."""

    articles: Sequence[Article]
    article: Article | None

    @property
    def scope(self) -> Scope:
        return frozenset({self.article.id}) if self.article else signed_in().scope


def read_choice() -> Choice:
    """Read the article of the query string; 404 for one that does not exist, or that others edit."""
    theirs = select(Article).where(*within(signed_in().scope, Article.id))
    articles = db.session.scalars(theirs.order_by(Article.published_on.desc(), Article.id.desc())).all()
    slug = request.args.get("article", "")
    chosen = next((each for each in articles if each.slug == slug), None)
    if slug and chosen is None:
        abort(404)
    return Choice(articles, articles[0] if len(articles) == 1 else chosen)


@blueprint.get("")
def index() -> ViewResult:
    choice, this_month = read_choice(), Month.of(paris_time(now()))
    last = min(Month.read(request.args.get("jusqu_a", "")) or this_month, this_month, key=lambda month: month.key)
    session, months = db.session(), year_to(last)
    counts = load_counts(session, choice.scope, months)
    page = FiguresPage(choice.article, load_names(session, choice.articles, choice.article), counts, months)
    return render_template(
        "figures/index.html",
        page=page,
        articles=choice.articles,
        this_month=this_month,
        legend=list(Heard),
        width=squares.WIDTH,
        height=squares.HEIGHT,
        promised=period("REVIEW_DELAY").days,
    )


@blueprint.get("/a-imprimer")
def printed() -> ViewResult:
    """Show what may be printed of one article: of all together, a subtraction would tell the others.

    Testimonials come in by five, so that two pages printed on two days never differ by one person.
    """
    choice, months = read_choice(), year_to(Month.of(paris_time(now())))
    figures, session = None, db.session()
    if choice.article:
        names = load_names(session, choice.articles, choice.article)
        counts = load_counts(session, choice.scope, months, before=unfinished_group_since(session, choice.scope, LEAST))
        figures = printed_figures(counts, names, months)
    return render_template("figures/printed.html", figures=figures, choice=choice, at=now())
