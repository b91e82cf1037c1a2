"""JSON-LD (schema.org) of the pages that readers share, by the rule of open outlets; a testimonial's citation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app

from app.catalog.article_list import ListedArticle
from app.catalog.article_text import ArticleText
from app.catalog.rendering import iso_moment
from app.catalog.testimonial_page import TestimonialPage
from app.french import date_in_words


def linked_testimonial(page: TestimonialPage) -> dict[str, Any]:
    """Return a testimonial as a schema.org Article, with the words and the name that open outlets have of it."""
    document, article = page.open_document, page.article
    about = f"Un retour d’expérience publié à côté de « {article.title} »."
    data = {
        "headline": document["title"],
        "description": document["quote"] or about,
        "url": f"{base_url()}/temoignages/{page.public_id}" if document["words_withheld"] else page.url,
        "datePublished": document["published_at"],
        **({"dateModified": document["updated_at"]} if document.get("became_on") else {}),
        **({} if document["words_withheld"] else {"author": author_document(page)}),
        "contentLocation": {"@type": "AdministrativeArea", "name": document["region"]["label"]},
        "about": list(page.themes.values()),
        "isPartOf": {"@type": "Article", "headline": article.title, "url": article_url(article)},
    }
    return linked("Article", data)


def linked_article(article: ArticleText, total: int) -> dict[str, Any]:
    """Return an article, beside which so many testimonials are published; it has no word of theirs."""
    data = {
        "headline": article.title,
        "description": article.summary,
        "url": article_url(article),
        "datePublished": article.published_on.isoformat(),
        "commentCount": total,
    }
    return linked("Article", data)


def linked_synthesis(article: ArticleText, published_at: datetime) -> dict[str, Any]:
    """Return a synthesis, which is the team's; it has no word of the testimonials that it cites."""
    data = {
        "headline": "Ce que ces retours disent ensemble",
        "description": f"La synthèse des retours d’expérience publiés à côté de « {article.title} ».",
        "url": f"{article_url(article)}/synthese",
        "datePublished": iso_moment(published_at),
        "isPartOf": {"@type": "Article", "headline": article.title, "url": article_url(article)},
    }
    return linked("Article", data)


def linked_list(articles: Sequence[ListedArticle]) -> dict[str, Any]:
    """Return the list of articles as a schema.org CollectionPage."""
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "item": {
                "@type": "Article",
                "headline": article.title,
                "description": article.summary,
                "url": article_url(article),
                "inLanguage": "fr",
                "datePublished": article.published_on.isoformat(),
                "commentCount": article.total,
            },
        }
        for position, article in enumerate(articles, 1)
    ]
    data = {
        "name": "Les articles et leurs retours d’expérience",
        "url": f"{base_url()}/articles",
        "mainEntity": {"@type": "ItemList", "numberOfItems": len(items), "itemListElement": items},
    }
    return linked("CollectionPage", data)


def linked(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    publisher = {"@type": "Organization", "name": current_app.config["SITE_NAME"], "url": base_url()}
    return {"@context": "https://schema.org", "@type": kind, "inLanguage": "fr", **data, "publisher": publisher}


def article_url(article: ArticleText | ListedArticle) -> str:
    return f"{base_url()}/articles/{article.slug}"


def base_url() -> str:
    return str(current_app.config["PUBLIC_URL"])


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
