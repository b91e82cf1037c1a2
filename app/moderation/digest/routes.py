"""The page where an editor chooses how often to get a digest, of all their articles or of each."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from wtforms import RadioField, SelectField

from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles.models import Article
from app.db import db
from app.forms import Form, choice, required
from app.moderation.digest import models as digests
from app.moderation.digest.models import Frequency
from app.web import ViewResult

blueprint = Blueprint("digest", __name__, url_prefix="/moderation/courriels")

FREQUENCIES = [choice(frequency.value, frequency.label) for frequency in Frequency]


class FrequencyForm(Form):
    """The frequency of digests."""

    frequency = RadioField(
        "Quand vous écrire ?", [required("Choisissez une des quatre réponses.")], choices=FREQUENCIES
    )


def frequency_form(articles: Sequence[Article]) -> type[FrequencyForm]:
    """Return the form with a field more for each article: a frequency of its own, or that of the others."""
    choices = [choice("", "Comme pour les autres"), *FREQUENCIES]
    fields = {field_of(article): SelectField(article.title, choices=choices, default="") for article in articles}
    return type("ArticleFrequencyForm", (FrequencyForm,), fields)


def field_of(article: Article) -> str:
    return f"article_{article.id}"


@blueprint.route("", methods=["GET", "POST"])
def choose() -> ViewResult:
    session, user = db.session(), signed_in()
    mine = select(Article).where(*within(user.scope, Article.id)).order_by(Article.published_on.desc(), Article.id)
    articles = session.scalars(mine).all()
    # Of a single article, one question says all: what was chosen for it while there were others too.
    of_each = articles if len(articles) > 1 else []
    chosen = digests.subscriptions_by_article(session, user)
    only = chosen.get(articles[0].id) if len(articles) == 1 else None
    frequency = only.frequency if only else digests.chosen_frequency(session, user)
    data = {field_of(each): chosen[each.id].frequency.value for each in of_each if each.id in chosen}
    form = frequency_form(of_each)(data={"frequency": frequency.value, **data})
    if not form.is_sent():
        fields = [form[field_of(each)] for each in of_each]
        saved = "fait" in request.args and not form.errors
        page = render_template("digest/choose.html", form=form, fields=fields, saved=saved)
        return page, 422 if form.errors else 200
    by_article = {each.id: form[field_of(each)].data for each in of_each} or {each.id: "" for each in articles}
    own = {number: Frequency(value) if value else None for number, value in by_article.items()}
    digests.choose_frequencies(session, user, Frequency(form.frequency.data), own)
    session.commit()
    return redirect(url_for("digest.choose", fait=1), 303)
