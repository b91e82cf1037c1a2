"""JSON-LD (schema.org) and citation of a testimonial."""

from typing import Any

from flask import current_app

from app.catalog.testimonial_page import TestimonialPage
from app.french import date_in_words

SITE = "En regard"


def linked_data(page: TestimonialPage) -> dict[str, Any]:
    """Return a testimonial as a schema.org Article."""
    document, article, base = page.document, page.article, current_app.config["PUBLIC_URL"]
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": document["title"],
        "description": document["quote"],
        "url": page.url,
        "inLanguage": "fr",
        "datePublished": document["published_at"],
        "author": author_document(page),
        "contentLocation": {"@type": "AdministrativeArea", "name": document["region"]["label"]},
        "about": list(page.themes.values()),
        "isPartOf": {"@type": "Article", "headline": article.title, "url": f"{base}/articles/{article.slug}"},
        "publisher": {"@type": "Organization", "name": SITE, "url": base},
    }


def author_document(page: TestimonialPage) -> dict[str, Any]:
    author = page.author
    clsm = {"@type": "Organization", "name": author.clsm or page.document["signature"]}
    if not author.name:
        return clsm
    return {"@type": "Person", "name": author.name, "jobTitle": author.role, "affiliation": clsm}


def citation(page: TestimonialPage) -> str:
    document, published = page.document, date_in_words(page.published_at)
    return f"{document['signature']}, « {document['title']} », {SITE}, publié le {published}. {page.url}"
