"""JSON-LD (schema.org) of the list of articles and of a testimonial, and its citation."""

from collections.abc import Sequence
from typing import Any

from flask import current_app

from app.catalog.article_list import ListedArticle
from app.catalog.testimonial_page import TestimonialPage
from app.french import date_in_words


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
        **({"dateModified": document["updated_at"]} if document.get("became_on") else {}),
        "author": author_document(page),
        "contentLocation": {"@type": "AdministrativeArea", "name": document["region"]["label"]},
        "about": list(page.themes.values()),
        "isPartOf": {"@type": "Article", "headline": article.title, "url": f"{base}/articles/{article.slug}"},
        "publisher": {"@type": "Organization", "name": current_app.config["SITE_NAME"], "url": base},
    }


def linked_list(articles: Sequence[ListedArticle]) -> dict[str, Any]:
    """Return the list of articles as a schema.org CollectionPage."""
    base = current_app.config["PUBLIC_URL"]
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "item": {
                "@type": "Article",
                "headline": article.title,
                "description": article.summary,
                "url": f"{base}/articles/{article.slug}",
                "inLanguage": "fr",
                "datePublished": article.published_on.isoformat(),
                "commentCount": article.total,
            },
        }
        for position, article in enumerate(articles, 1)
    ]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": "Les articles et leurs retours d’expérience",
        "url": f"{base}/articles",
        "inLanguage": "fr",
        "mainEntity": {"@type": "ItemList", "numberOfItems": len(items), "itemListElement": items},
        "publisher": {"@type": "Organization", "name": current_app.config["SITE_NAME"], "url": base},
    }


def author_document(page: TestimonialPage) -> dict[str, Any]:
    author = page.author
    clsm = {"@type": "Organization", "name": author.clsm or page.document["signature"]}
    if not author.name:
        return clsm
    return {"@type": "Person", "name": author.name, "jobTitle": author.role, "affiliation": clsm}


def citation(page: TestimonialPage) -> str:
    document, published = page.document, date_in_words(page.published_at)
    site = current_app.config["SITE_NAME"]
    return f"{document['signature']}, « {document['title']} », {site}, publié le {published}. {page.url}"
