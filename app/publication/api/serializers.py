"""How the API writes what it tells: strings put together from what was said once, and addresses in full."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask import current_app

from app.articles.models import Article
from app.catalog.article_text import Reading
from app.catalog.facet_counts import Tally
from app.catalog.facets import FACETS
from app.catalog.filters import NAMES, Filters
from app.catalog.listing import Listing, Saying
from app.catalog.rendering import choice, written
from app.publication.query_string import query_of


def articles(every: Iterable[Article]) -> str:
    """Return the list of articles."""
    return written({"articles": [facts(article) for article in every]})


def article(article: Reading, counted: Tally) -> str:
    """Return an article, and how many testimonials each choice leads to; choices that lead nowhere are left out."""
    names = {**article.names, **counted.names}
    choices = {
        NAMES[facet]: [
            choice(value, names[facet][value]) | {"total": total}
            for value, total in counted.choices(facet, names[facet]).items()
        ]
        for facet in FACETS
    }
    return written(facts(article) | {"total": counted.everything, "choices": choices})


def facts(article: Article | Reading) -> dict[str, Any]:
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


def listing(slug: str, labels: Mapping[str, str], filters: Filters, most: int, listed: Listing) -> str:
    """Return a page of an article's testimonials, `most` at a time, and where the next one is."""
    base = current_app.config["PUBLIC_URL"]
    further = None
    if listed.next:
        query = query_of(filters, listed.next, limite=most)
        further = f"{base}/api/v1/articles/{slug}/testimonials{query}"
    items = ",".join([f"{{{members(slug, labels, base, each)}}}" for each in listed.sayings])
    total, cursor, following = written(listed.total), written(listed.next), written(further)
    return f'{{"total":{total},"next_cursor":{cursor},"next":{following},"testimonials":[{items}]}}'


def testimonial(slug: str, labels: Mapping[str, str], saying: Saying) -> str:
    """Return one testimonial of an article, with the HTML of its page."""
    base = current_app.config["PUBLIC_URL"]
    return f'{{{members(slug, labels, base, saying)},"html":{written(saying.answers)}}}'


def members(slug: str, labels: Mapping[str, str], base: str, saying: Saying) -> str:
    """Return the members of the object that tells of a testimonial."""
    themes = ",".join([articulation(*each) for each in saying.articulations(labels).items()])
    return (
        f'"id":"{saying.public_id}","url":"{base}/temoignages/{saying.public_id}-{saying.slug}",'
        f'"self":"{base}/api/v1/testimonials/{saying.public_id}","article":"{base}/api/v1/articles/{slug}",'
        f'"articulations":[{themes}],{saying.said[1:-1]}'
    )


@lru_cache(maxsize=512)
def articulation(slug: str, label: str) -> str:
    """Return an articulation as JSON."""
    return written(choice(slug, label))
