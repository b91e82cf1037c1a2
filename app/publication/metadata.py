"""What machines, and those who quote, are told of a testimonial: JSON-LD (schema.org), a citation."""

from typing import Any

from app.french import local
from app.testimonials.attribution import Attribution
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

SITE = "En regard"


def linked_data(testimonial: Testimonial, version: Version, base: str, url: str) -> dict[str, Any]:
    """Return a testimonial as schema.org says it; `base` is the site's address, `url` the page's."""
    assert testimonial.published_at is not None  # noqa: S101  # it is visible; narrows the type
    article = testimonial.article
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": version.heading,
        "description": version.pull_quote,
        "url": url,
        "inLanguage": "fr",
        "datePublished": testimonial.published_at.isoformat(timespec="seconds"),
        "author": signed(version),
        "contentLocation": {"@type": "AdministrativeArea", "name": version.region_name},
        "about": [theme.label for theme in version.themes],
        "isPartOf": {"@type": "Article", "headline": article.title, "url": f"{base}/articles/{article.slug}"},
        "publisher": {"@type": "Organization", "name": SITE, "url": base},
    }


def signed(version: Version) -> dict[str, Any]:
    """Return who signs, and no more of them than they chose."""
    clsm = {"@type": "Organization", "name": version.clsm}
    match version.attribution:
        case Attribution.FULL:
            job = {"jobTitle": version.author_role, "affiliation": clsm}
            return {"@type": "Person", "name": version.author_name} | job
        case Attribution.ROLE | Attribution.CLSM:
            return clsm
        case Attribution.REGION:
            return {"@type": "Organization", "name": version.byline}


def citation(testimonial: Testimonial, version: Version, url: str) -> str:
    """Return how to cite a testimonial, in one line."""
    assert testimonial.published_at is not None  # noqa: S101  # it is visible; narrows the type
    published = local(testimonial.published_at).strftime("%d/%m/%Y")
    return f"{version.byline}, « {version.heading} », {SITE}, publié le {published}. {url}"
