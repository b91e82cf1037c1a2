"""Every public address, for the tests of freshness, of encodings and of headers.

A new cached endpoint must be added here: a test checks it.
"""

from collections.abc import Callable, Mapping, Sequence

from flask import Flask

from app.testimonials.models import Testimonial

# The answers of an author that may be any words; the account, which has a length, and the link apart.
WRITTEN = (
    *("title", "outcome", "obstacles", "advice", "years", "other_partners"),
    *("clsm", "author_role", "author_name"),
)

OUTLETS: Mapping[str, Callable[[Testimonial], Sequence[str]]] = {
    "publication.home": lambda _: ["/"],
    "publication.article_list": lambda _: ["/articles"],
    "publication.article": lambda _: [
        "/articles/crpv",
        "/articles/crpv?situation=regular",
        "/articles/crpv?articulation=autre&region=53",
    ],
    "synthesis.read": lambda _: ["/articles/crpv/synthese"],
    "publication.testimonial": lambda each: [
        f"/temoignages/{each.public_id}",
        f"/temoignages/{each.public_id}-rien",
        *([f"/temoignages/{each.public_id}-{each.shown.slug}"] if each.shown else []),
        *([f"/temoignages/{each.public_id}-{each.shown.slug}?situation=regular"] if each.shown else []),
    ],
    "embed.element": lambda _: ["/integration/crpv", "/integration/crpv?region=53&nombre=1"],
    "embed.frame": lambda _: ["/integration/crpv/cadre"],
    "embed.frame_of_one": lambda each: [f"/integration/temoignages/{each.public_id}/cadre"],
    "embed.script": lambda _: ["/integration/en-regard.js"],
    "embed.oembed": lambda each: [
        "/oembed?url=http://localhost/articles/crpv",
        f"/oembed?format=json&url=http://localhost/temoignages/{each.public_id}",
    ],
    "instructions.page": lambda _: ["/articles/crpv/integrer?nombre=2"],
    "api.all_articles": lambda _: ["/api/v1/articles"],
    "api.article": lambda _: ["/api/v1/articles/crpv"],
    "api.testimonials": lambda _: [
        "/api/v1/articles/crpv/testimonials",
        "/api/v1/articles/crpv/testimonials?situation=regular&limite=1",
    ],
    "synthesis_api.document": lambda _: ["/api/v1/articles/crpv/synthesis"],
    "api.testimonial": lambda each: [f"/api/v1/testimonials/{each.public_id}"],
    "api.openapi": lambda _: ["/api/v1/openapi.json"],
    "feed.atom": lambda _: ["/articles/crpv/flux.atom", "/articles/crpv/flux.atom?region=53"],
}


def keyed_addresses(testimonial: Testimonial, key: str) -> list[str]:
    paths = ("/integration/crpv", "/integration/crpv/cadre", f"/integration/temoignages/{testimonial.public_id}/cadre")
    return [*(f"{path}?cle={key}" for path in paths), f"/integration/crpv?region=53&nombre=1&cle={key}"]


def addresses(app: Flask, *testimonials: Testimonial) -> list[str]:
    # In a POST's context: a transaction opened here is the test's, which goes on to write.
    with app.test_request_context(method="POST"):
        every = [path for paths in OUTLETS.values() for testimonial in testimonials for path in paths(testimonial)]
    return list(dict.fromkeys(every))
