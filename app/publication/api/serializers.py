"""JSON of the API: strings of each rendering's stored JSON, with absolute URLs; errors (RFC 9457), in French."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Response, current_app, request

from app.articles.models import Article
from app.catalog.article_text import ArticleText
from app.catalog.facet_counts import FacetCounts
from app.catalog.filters import FACETS, FILTERS, Filters
from app.catalog.listing import Item, Listing
from app.catalog.rendering import compact_json, labelled_value, readable_json
from app.publication.query_string import query_string
from app.web.headers import let_others_read

PATH_PREFIX = "/api/"  # errors of paths without a route are problems too

SEE_DESCRIPTION = "Ce qui se demande ici est décrit à /api/v1/openapi.json."

# By status, the title and the default detail. `type` is about:blank: the status is enough.
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("Demande illisible", "Un paramètre est inconnu, donné deux fois, ou ne se lit pas."),
    404: ("Introuvable", "Rien ne se trouve à cette adresse."),
    405: ("Lecture seule", "Cette interface se lit : GET, HEAD ou OPTIONS."),
    410: ("Retiré", "Ce témoignage n’est plus publié : son auteur·e ou l’équipe l’a retiré. Retirez-en vos copies."),
    413: ("Demande trop lourde", "Une demande ne porte ici aucun contenu."),
    414: ("Adresse trop longue", "Demandez moins de filtres, ou moins de mots."),
    415: ("Contenu inattendu", "Une demande ne porte ici aucun contenu."),
    422: ("Valeur hors limites", "Un paramètre a une valeur que nous ne pouvons pas suivre."),
    429: ("Trop de demandes", "Attendez le temps que dit l’en-tête Retry-After, puis réessayez."),
    500: ("Erreur de notre côté", "Ce n’est pas vous. Réessayez dans un moment."),
    503: ("Indisponible un instant", "Attendez le temps que dit l’en-tête Retry-After, puis réessayez."),
}


def is_api_request() -> bool:
    return request.path.startswith(PATH_PREFIX)


def problem_response(code: int, detail: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """Return a problem, which the scripts of other sites may read."""
    title, default = PROBLEMS.get(code) or PROBLEMS[500 if code >= 500 else 400]  # noqa: PLR2004  # HTTP's server errors
    detail = f"{detail or default} {SEE_DESCRIPTION}"
    problem = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return let_others_read(Response(readable_json(problem), code, headers, mimetype="application/problem+json"))


def articles_json(articles: Iterable[Article]) -> str:
    return compact_json({"articles": [article_facts(each, is_open=each.takes_testimonials) for each in articles]})


def article_json(article: ArticleText, counts: FacetCounts) -> str:
    """Serialize an article with its filters: each value that has testimonials, with their count."""
    names = {**article.names, **counts.names}
    choices = {
        FILTERS[facet].query: [
            labelled_value(value, names[facet][value]) | {"total": total}
            for value, total in counts.choices(facet, names[facet]).items()
        ]
        for facet in FACETS
    }
    return compact_json(
        article_facts(article, is_open=article.is_open) | {"total": counts.total_published, "choices": choices}
    )


def article_facts(article: Article | ArticleText, *, is_open: bool) -> dict[str, Any]:
    base, opening = current_app.config["PUBLIC_URL"], article.opening
    return {
        "slug": article.slug,
        "title": article.title,
        "summary": article.summary,
        "published_on": article.published_on.isoformat(),
        "open": is_open,
        "opens_on": opening.opens_on and opening.opens_on.isoformat(),
        "closes_on": opening.closes_on and opening.closes_on.isoformat(),
        "url": f"{base}/articles/{article.slug}",
        "self": f"{base}/api/v1/articles/{article.slug}",
        "testimonials": f"{base}/api/v1/articles/{article.slug}/testimonials",
        "feed": f"{base}/articles/{article.slug}/flux.atom",
    }


def listing_json(slug: str, labels: Mapping[str, str], filters: Filters, limit: int, listed: Listing) -> str:
    """Serialize a page of an article's testimonials, `limit` at a time, with the URL of the next one."""
    base, next_url = current_app.config["PUBLIC_URL"], None
    if listed.next:
        next_query = query_string(filters, listed.next, limite=limit)
        next_url = f"{base}/api/v1/articles/{slug}/testimonials{next_query}"
    items = ",".join([f"{{{item_members(slug, labels, base, each)}}}" for each in listed.items])
    total, cursor, next_json = compact_json(listed.total), compact_json(listed.next), compact_json(next_url)
    return f'{{"total":{total},"next_cursor":{cursor},"next":{next_json},"testimonials":[{items}]}}'


def testimonial_json(slug: str, labels: Mapping[str, str], item: Item) -> str:
    base = current_app.config["PUBLIC_URL"]
    return f'{{{item_members(slug, labels, base, item)},"html":{compact_json(item.answers or None)}}}'


def item_members(slug: str, labels: Mapping[str, str], base: str, item: Item) -> str:
    """Return the members of a testimonial's JSON object, without its braces."""
    themes = ",".join([theme_json(*each) for each in item.themes_with_labels(labels).items()])
    return (
        f'"id":"{item.public_id}","url":"{item.url}",'
        f'"self":"{base}/api/v1/testimonials/{item.public_id}","article":"{base}/api/v1/articles/{slug}",'
        f'"articulations":[{themes}],{item.document[1:-1]}'
    )


@lru_cache(maxsize=512)
def theme_json(slug: str, label: str) -> str:
    return compact_json(labelled_value(slug, label))
