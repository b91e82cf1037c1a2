"""The synthesis of an article for readers, as a page, and for machines, as a document of the API."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, render_template
from werkzeug.exceptions import NotFound

from app import page_cache
from app.articles.addresses import found_online
from app.articles.passages import OPENING, Passage
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.rendering import compact_json, iso_moment, labelled_value
from app.catalog.synthesis.statements import CitedWords, StandingStatement, StandingSynthesis, load_synthesis
from app.catalog.visibility import Outlet
from app.db import db
from app.publication.api.routes import json_response, refuse_unknown_parameters
from app.publication.metadata import linked_synthesis
from app.web.headers import let_others_read


class NoSynthesis(NotFound):
    """A 404 that says why: no statement of the article stands on published words, or none was ever published."""

    def __init__(self) -> None:
        super().__init__("Aucune synthèse ne se lit ici pour le moment : aucun constat n’y tient sur des mots publiés.")


class SynthesisPage(NamedTuple):
    """A synthesis as an outlet shows it: a statement at least, and a source at least of each."""

    article: ArticleText
    synthesis: StandingSynthesis
    passages: Sequence[tuple[Passage | None, Sequence[StandingStatement]]]


blueprint = Blueprint("synthesis", __name__)
api = Blueprint("synthesis_api", __name__, url_prefix="/api/v1")
api.before_request(refuse_unknown_parameters)
api.after_request(let_others_read)


@blueprint.get("/articles/<slug>/synthese")
@page_cache.cached()
def read(slug: str) -> str:
    """Show what an article's testimonials say together, each statement with its sources; 404 where none stands."""
    page = load_synthesis_page(slug, Outlet.PAGE)
    data = linked_synthesis(page.article, page.synthesis.published_at)
    return render_template("synthesis/read.html", article=page.article, page=page, linked_data=data)


@api.get("/articles/<slug>/synthesis")
@page_cache.cached()
def document(slug: str) -> Response:
    """Return the statements of an article's synthesis that stand on words open to reuse; 404 where none does."""
    return json_response(compact_json(document_of(slug, load_synthesis_page(slug, Outlet.OPEN))))


def load_synthesis_page(slug: str, outlet: Outlet) -> SynthesisPage:
    """Load the synthesis that an outlet may show; raise `NoSynthesis` where no statement stands.

    Statements are in the order of the article; those of no passage, or of one that is gone, come last.
    """
    session = db.session()
    article = found_online(session, slug, load_article_text(session, slug))
    page_cache.depends_on(article.id)
    synthesis = load_synthesis(session, article.id, outlet)
    if synthesis is None:
        raise NoSynthesis
    headed: dict[str, Passage | None] = {each.anchor: each for each in article.passages if each.heading}
    arranged: dict[str, list[StandingStatement]] = {anchor: [] for anchor in (*headed, OPENING)}
    for statement in synthesis.statements:
        arranged[statement.passage if statement.passage in headed else OPENING].append(statement)
    return SynthesisPage(article, synthesis, [(headed.get(anchor), its) for anchor, its in arranged.items() if its])


def document_of(slug: str, page: SynthesisPage) -> dict[str, Any]:
    """Return the statements that stand, in the order of the article, each with the words it stands on."""
    base = current_app.config["PUBLIC_URL"]
    return {
        "url": f"{base}/articles/{slug}/synthese",
        "self": f"{base}/api/v1/articles/{slug}/synthesis",
        "article": f"{base}/api/v1/articles/{slug}",
        "version": page.synthesis.number,
        "published_at": iso_moment(page.synthesis.published_at),
        "claims": [
            {
                "words": statement.words,
                "passage": labelled_value(passage.anchor, passage.heading) if passage else None,
                "sources": [source_facts(base, source) for source in statement.sources],
            }
            for passage, its in page.passages
            for statement in its
        ],
    }


def source_facts(base: str, source: CitedWords) -> dict[str, str]:
    return {
        "words": source.words,
        "signature": source.signature,
        "title": source.title,
        "url": f"{base}{source.url}",
        "testimonial": f"{base}/api/v1/testimonials/{source.public_id}",
    }
