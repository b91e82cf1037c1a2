"""The articles of an editor, and the first tab of each: its text, and where it stands."""

from flask import Blueprint, redirect, render_template, url_for

from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles import queries
from app.articles.models import Article
from app.articles.passages import passages
from app.catalog.facet_counts import count_testimonials
from app.db import db
from app.moderation.doors import FORMER

blueprint = Blueprint("hub", __name__, url_prefix="/moderation/articles")
former = Blueprint("former", __name__)
for number, address in enumerate(FORMER):
    former.add_url_rule(address, f"page_{number}", lambda: redirect(url_for("hub.articles"), 301))


@blueprint.get("")
def articles() -> str:
    session = db.session()
    listed = session.scalars(queries.all_articles().where(*within(signed_in().scope, Article.id)))
    counted = [(article, count_testimonials(session, article.id)) for article in listed]
    return render_template("hub/articles.html", articles=counted)


@blueprint.get("/<slug>")
def text(slug: str) -> str:
    article = db.one_or_404(queries.by_slug_public_or_not(slug))
    return render_template("hub/text.html", article=article, passages=passages(article))
