"""Views of « Suivre ces retours »: what is followed and how, the letter's confirmation, and its end."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.articles.addresses import found_online
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import count_article_facets
from app.db import db
from app.features.alerts.mails import ask_alert, followed_by
from app.features.alerts.models import ALERT, KEPT, confirm_alert
from app.forms import Address, Form
from app.links import one_button
from app.publication.query_string import chosen_filters, collection_request, query_string
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_private


class AlertForm(Form):
    """The address of who follows."""

    email = Address("Votre courriel", "Indiquez le courriel où recevoir la lettre.")


blueprint = Blueprint("alerts", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/articles/<slug>/suivre", methods=["GET", "POST"])
def follow(slug: str) -> ViewResult:
    """Show the feed of the filters; take an address, of anybody, for the letter about them.

    A letter follows the choices of lists. Words that are searched could be anybody's, sent to anybody: the feed alone
    follows them.
    """
    session, form = db.session(), AlertForm()
    article = found_online(session, slug, load_article_text(session, slug))
    filters = collection_request(request.query_string, request.args).filters
    counts = count_article_facets(session, article, filters)
    if filters.words or not form.is_sent():
        page = render_template(
            "alerts/follow.html",
            article=article,
            choices=[each.label for each in chosen_filters(article, counts)],
            query=query_string(filters),
            without_words=query_string(replace(filters, words="")) if filters.words else None,
            form=form,
        )
        return page, 422 if form.errors else 200
    ask_alert(session, article.id, filters, form.email.data or "")
    return commit_and_show(url_for("alerts.sent"))


@blueprint.get("/suivre")
def sent() -> str:
    """Say to look at one's mail, on a page that holds nothing about anybody."""
    return render_template("alerts/sent.html")


@blueprint.route("/suivre/<token>", methods=["GET", "POST"])
def subscribe(token: str) -> ViewResult:
    """Show an alert to its owner; begin it, or have it last another year."""
    session = db.session()
    alert = session.scalar(KEPT.named(*ALERT.require(token)))
    followed = followed_by(session, alert) if alert else None
    if alert is None or followed is None:
        return render_template("alerts/ended.html"), 410
    address = url_for("publication.article", slug=alert.article.slug) + query_string(alert.filters)
    facts: dict[str, Any] = {"alert": alert, "choices": followed.choices, "address": address, "token": token}
    return one_button("alerts/subscribe.html", alert, confirm_alert, **facts)


@blueprint.route("/suivre/<token>/arreter", methods=["GET", "POST"])
def leave(token: str) -> ViewResult:
    """Ask whether to stop an alert; erase it, with its address."""
    alert = db.session.scalar(KEPT.named(*ALERT.require(token)))
    stop = partial(KEPT.erase, db.session())
    return one_button("alerts/leave.html", alert, stop, one_click=True, alert=alert, token=token)
