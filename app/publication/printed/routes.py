"""Pages to print: an article on one side of A4, for a council, and the affiche of its call, for the desk."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for

from app.articles.addresses import found_online
from app.catalog.article_page import insight_of
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.facet_counts import count_article_facets
from app.catalog.filters import Filters
from app.catalog.printed_quotes import LATEST, choose_quotes
from app.catalog.quotations import sentences_of
from app.catalog.synthesis.statements import load_synthesis
from app.catalog.visibility import Outlet
from app.db import db, now
from app.pdf_files import answer_with_pdf, render_with_pdf
from app.web import ViewResult
from app.web.headers import keep_private
from app.web.qr_code import draw_qr_code

QUOTES, STATEMENTS = 3, 3
SIGNS_OF_SUMMARY, SIGNS_OF_STATEMENTS = 260, 420  # what an A4 side has room for
SIGNS_OF_VOICE = 220  # and an A6 side
SIZES = ("a4", "a6")

blueprint = Blueprint("printed", __name__)
blueprint.after_request(keep_private)


@blueprint.get("/articles/<slug>/une-page")
def one_page(slug: str) -> ViewResult:
    """Show an article on one side, of what is public only; those alone are quoted who agreed to reuse."""
    return render_template("printed/one_page.html", pdf=None, **facts_of_page(slug))


@blueprint.get("/moderation/articles/<slug>/une-page")
def desk_page(slug: str) -> ViewResult:
    """Show the same to the desk, with its PDF: readers print from their browser."""
    return render_with_pdf("printed/one_page.html", **facts_of_page(slug))


@blueprint.post("/moderation/articles/<slug>/une-page.pdf")
def one_page_pdf(slug: str) -> ViewResult:
    return answer_with_pdf(
        url_for("printed.desk_page", slug=slug), f"une-page-{slug}", "printed/one_page.html", **facts_of_page(slug)
    )


@blueprint.get("/moderation/articles/<slug>/affiche")
def poster(slug: str) -> ViewResult:
    """Show the affiche of a call, in A4, or in the size that the query string names."""
    return render_with_pdf("printed/poster.html", **facts_of_poster(slug, asked_size()))


@blueprint.post("/moderation/articles/<slug>/affiche.pdf")
def poster_pdf(slug: str) -> ViewResult:
    size = asked_size()
    page = url_for("printed.poster", slug=slug, format=size)
    return answer_with_pdf(page, f"affiche-{size}-{slug}", "printed/poster.html", **facts_of_poster(slug, size))


def asked_size() -> str:
    return next((each for each in SIZES if each == request.args.get("format")), SIZES[0])


def facts_of_page(slug: str) -> dict[str, Any]:
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    counts = count_article_facets(session, article, Filters())
    synthesis = load_synthesis(session, article.id, Outlet.OPEN)
    stated = [each.words for each in synthesis.statements] if synthesis else []
    return {
        "summary": " ".join(fitting(sentences_of(article.summary), SIGNS_OF_SUMMARY)),
        "told": insight_of(counts, article.names["situation"]),
        "statements": list(fitting(stated[:STATEMENTS], SIGNS_OF_STATEMENTS)),
        "quotes": choose_quotes(session, article.id, counts.facet_id(Filters()), QUOTES),
        "file": url_for("printed.one_page_pdf", slug=slug),
        **surroundings(article),
    }


def facts_of_poster(slug: str, size: str) -> dict[str, Any]:
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    facet = count_article_facets(session, article, Filters()).facet_id(Filters())
    quotes = choose_quotes(session, article.id, facet, LATEST)
    quote = next((each for each in quotes if len(each.words + each.signature) <= SIGNS_OF_VOICE), None)
    file = url_for("printed.poster_pdf", slug=slug, format=size)
    return {"size": size, "sizes": SIZES, "quote": quote, "file": file, **surroundings(article)}


def surroundings(article: ArticleText) -> dict[str, Any]:
    """Return what both pages say: the article, its address in letters and as a QR code, the day."""
    address = current_app.config["PUBLIC_URL"] + url_for("publication.article", slug=article.slug)
    return {
        "article": article,
        "letters": address.partition("://")[2],
        "qr_code": draw_qr_code(address),
        "today": now(),
    }


def fitting(texts: Sequence[str], signs: int) -> Iterator[str]:
    """Yield the first texts, whole, while they keep within so many signs."""
    for each in texts:
        signs -= len(each)
        if signs < 0:
            return
        yield each
