"""How the API writes what it tells: strings put together from what was said once, and addresses in full."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask import current_app

from app.articles.models import Article
from app.catalog.article_text import ArticleText
from app.catalog.facet_counts import FacetCounts
from app.catalog.facets import FACETS
from app.catalog.filters import QUERY_NAMES, Filters
from app.catalog.listing import Item, Listing
from app.catalog.rendering import compact_json, labelled_value
from app.publication.query_string import query_string


def articles_json(every: Iterable[Article]) -> str:
    """Return the list of articles."""
    return compact_json({"articles": [article_facts(article) for article in every]})


def article_json(article: ArticleText, counted: FacetCounts) -> str:
    """Return an article, and how many testimonials each choice leads to; choices that lead nowhere are left out."""
    names = {**article.names, **counted.names}
    choices = {
        QUERY_NAMES[facet]: [
            labelled_value(value, names[facet][value]) | {"total": total}
            for value, total in counted.choices(facet, names[facet]).items()
        ]
        for facet in FACETS
    }
    return compact_json(article_facts(article) | {"total": counted.everything, "choices": choices})


def article_facts(article: Article | ArticleText) -> dict[str, Any]:
    """Return what is told of any article."""
    base = current_app.config["PUBLIC_URL"]
    return {
        "slug": article.slug,
        "title": article.title,
        "summary": article.summary,
        "published_on": article.published_on.isoformat(),
        "open": article.is_open,
        "url": f"{base}/articles/{article.slug}",
        "self": f"{base}/api/v1/articles/{article.slug}",
        "testimonials": f"{base}/api/v1/articles/{article.slug}/testimonials",
        "feed": f"{base}/articles/{article.slug}/flux.atom",
    }


def listing_json(slug: str, labels: Mapping[str, str], filters: Filters, most: int, listed: Listing) -> str:
    """Return a page of an article's testimonials, `most` at a time, and where the next one is."""
    base = current_app.config["PUBLIC_URL"]
    further = None
    if listed.next:
        query = query_string(filters, listed.next, limite=most)
        further = f"{base}/api/v1/articles/{slug}/testimonials{query}"
    items = ",".join([f"{{{item_members(slug, labels, base, each)}}}" for each in listed.sayings])
    total, cursor, following = compact_json(listed.total), compact_json(listed.next), compact_json(further)
    return f'{{"total":{total},"next_cursor":{cursor},"next":{following},"testimonials":[{items}]}}'


def testimonial_json(slug: str, labels: Mapping[str, str], saying: Item) -> str:
    """Return one testimonial of an article, with the HTML of its page."""
    base = current_app.config["PUBLIC_URL"]
    return f'{{{item_members(slug, labels, base, saying)},"html":{compact_json(saying.answers)}}}'


def item_members(slug: str, labels: Mapping[str, str], base: str, saying: Item) -> str:
    """Return the members of the object that tells of a testimonial."""
    themes = ",".join([theme_json(*each) for each in saying.articulations(labels).items()])
    return (
        f'"id":"{saying.public_id}","url":"{base}/temoignages/{saying.public_id}-{saying.slug}",'
        f'"self":"{base}/api/v1/testimonials/{saying.public_id}","article":"{base}/api/v1/articles/{slug}",'
        f'"articulations":[{themes}],{saying.document[1:-1]}'
    )


@lru_cache(maxsize=512)
def theme_json(slug: str, label: str) -> str:
    """Return an articulation as JSON."""
    return compact_json(labelled_value(slug, label))
