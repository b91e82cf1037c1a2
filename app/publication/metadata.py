"""What machines, and those who quote, are told of a testimonial: JSON-LD (schema.org), a citation."""

from typing import Any

from flask import current_app

from app.catalog.testimonial_page import TestimonialPage
from app.french import paris_time

SITE = "En regard"


def linked_data(sheet: TestimonialPage) -> dict[str, Any]:
    """Return a testimonial as schema.org says it."""
    told, article, base = sheet.told, sheet.article, current_app.config["PUBLIC_URL"]
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": told["title"],
        "description": told["quote"],
        "url": sheet.url,
        "inLanguage": "fr",
        "datePublished": told["published_at"],
        "author": author_document(sheet),
        "contentLocation": {"@type": "AdministrativeArea", "name": told["region"]["label"]},
        "about": list(sheet.themes.values()),
        "isPartOf": {"@type": "Article", "headline": article.title, "url": f"{base}/articles/{article.slug}"},
        "publisher": {"@type": "Organization", "name": SITE, "url": base},
    }


def author_document(sheet: TestimonialPage) -> dict[str, Any]:
    """Return who signs, and no more of them than they chose."""
    author = sheet.author
    clsm = {"@type": "Organization", "name": author.clsm or sheet.told["signature"]}
    if not author.name:
        return clsm
    return {"@type": "Person", "name": author.name, "jobTitle": author.role, "affiliation": clsm}


def citation(sheet: TestimonialPage) -> str:
    """Return how to cite a testimonial, in one line."""
    told, published = sheet.told, paris_time(sheet.published_at).strftime("%d/%m/%Y")
    return f"{told['signature']}, « {told['title']} », {SITE}, publié le {published}. {sheet.url}"
