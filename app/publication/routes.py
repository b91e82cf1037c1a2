"""The article with its testimonials, and a page for each."""

import re
import unicodedata

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.articles import queries as articles
from app.articles.source import passages
from app.db import db
from app.publication import ready
from app.publication.facing import face
from app.territories.models import Region
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import Filters, matching, visible
from app.testimonials.questions import HEADINGS
from app.testimonials.versions import Situation, Version

blueprint = Blueprint("publication", __name__)


@blueprint.get("/")
def home() -> Response:
    """Go to the article published last."""
    article = db.one_or_404(articles.latest())
    return redirect(url_for("publication.article", slug=article.slug))


@blueprint.get("/articles/<slug>")
@ready.kept("articulation", "situation", "region")
def article(slug: str) -> str:
    """Show the article with its testimonials beside it, and the collection beneath, as narrow as asked."""
    article = db.one_or_404(articles.named(slug))
    ready.about(article.id)
    everything = list(db.session.scalars(matching(visible(), article, Filters())))
    filters = asked_for()
    shown = list(db.session.scalars(matching(visible(), article, filters))) if filters.narrow else everything
    return render_template(
        "publication/article.html",
        article=article,
        rows=face(passages(article), everything),
        everything=everything,
        labels={theme.slug: theme.label for theme in article.themes},
        situations=list(Situation),
        regions=regions_of(everything),
        shown=shown,
        filters=filters,
    )


@blueprint.get("/temoignages/<string(length=20):public_id>")
@blueprint.get("/temoignages/<string(length=20):public_id>-<slug>")
@ready.kept()
def testimonial(public_id: str, slug: str = "") -> str | Response | tuple[str, int]:
    """Show one testimonial on its own page; gone once its author withdrew it, unknown once it is erased."""
    found = db.session.scalar(visible().where(Testimonial.public_id == public_id))
    if found is None:
        status = db.session.scalar(select(Testimonial.status).where(Testimonial.public_id == public_id))
        abort(410 if status in {Status.WITHDRAWN, Status.UNPUBLISHED} else 404)
    assert found.shown is not None  # noqa: S101  # visible() joins it; narrows the type
    ready.about(found.article_id)
    if slug != slug_of(found.shown):
        return redirect(address(found), 301)
    return render_template("publication/testimonial.html", testimonial=found, version=found.shown, wordings=HEADINGS)


@blueprint.get("/charte")
def charter() -> str:
    """Say what is published here and what is not: the rules that decisions rest on."""
    return render_template("publication/charter.html")


def asked_for() -> Filters:
    """Return what the address narrows the collection to; an unknown situation is left out."""
    situation = request.args.get("situation", "")
    return Filters(
        theme=request.args.get("articulation") or None,
        situation=Situation(situation) if situation in {*Situation} else None,
        region=request.args.get("region") or None,
    )


def regions_of(testimonials: list[Testimonial]) -> list[Region]:
    """Return the régions that testimonials come from, by name."""
    regions = {each.shown.department.region.code: each.shown.department.region for each in testimonials if each.shown}
    return sorted(regions.values(), key=lambda region: plain(region.name))


@blueprint.app_template_global("testimonial_url")
def address(testimonial: Testimonial) -> str:
    """Return the address of a visible testimonial's page."""
    assert testimonial.shown is not None  # noqa: S101  # only the visible have one; narrows the type
    return url_for("publication.testimonial", public_id=testimonial.public_id, slug=slug_of(testimonial.shown))


def slug_of(version: Version) -> str:
    """Return the words of a heading as they stand in an address."""
    return re.sub(r"[^a-z0-9]+", "-", plain(version.heading)).strip("-")[:60].strip("-") or "temoignage"


def plain(text: str) -> str:
    """Return a text in small letters without accents, for addresses and for the order of the alphabet."""
    split = text.replace("’", "-").replace("œ", "oe").replace("Œ", "oe")
    return unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()
