"""Every cached public address, by its route, for the tests of freshness, of encodings and of headers."""

import re
from collections.abc import Iterator, Mapping, Sequence

from flask import Flask

from app.page_cache.middleware import cached_endpoints
from app.testimonials.testimonial import Testimonial

# The answers of an author that may be any words; the account, which has a length, and the link apart.
WRITTEN = (
    *("title", "outcome", "obstacles", "advice", "years", "other_partners"),
    *("clsm", "author_role", "author_name"),
)

# The queries by which a route is asked too.
QUERIES: Mapping[str, Sequence[str]] = {
    "publication.article": ["?situation=regular", "?articulation=autre&region=53"],
    "publication.testimonial": ["?situation=regular"],
    "embed.element": ["?region=53&nombre=1"],
    "instructions.page": ["?nombre=2"],
    "api.testimonials": ["?situation=regular&limite=1"],
    "feed.atom": ["?region=53"],
}
# The one that has no answer without a query.
OEMBED = ("?url=http://localhost/articles/crpv", "?format=json&url=http://localhost/temoignages/{public_id}")


def outlets(app: Flask, testimonial: Testimonial) -> Iterator[tuple[str, str]]:
    """Yield the endpoint of each cached page, and its addresses: of the first article, and of a testimonial."""
    slug = testimonial.shown.slug if testimonial.shown else "rien"
    for rule in app.url_map.iter_rules():
        if rule.endpoint in cached_endpoints(app):
            path = re.sub("-$", "-rien", rule.rule).replace("-<slug>", f"-{slug}").replace("<slug>", "crpv")
            path = re.sub(r"<[^>]*public_id>", testimonial.public_id, path)
            queries = QUERIES.get(rule.endpoint, ()) if "slug" in rule.arguments else ()
            for query in OEMBED if rule.endpoint == "embed.oembed" else ("", *queries):
                yield rule.endpoint, path + query.format(public_id=testimonial.public_id)


def keyed_addresses(testimonial: Testimonial, key: str) -> list[str]:
    paths = ("/integration/crpv", "/integration/crpv/cadre", f"/integration/temoignages/{testimonial.public_id}/cadre")
    return [*(f"{path}?cle={key}" for path in paths), f"/integration/crpv?region=53&nombre=1&cle={key}"]


def addresses(app: Flask, *testimonials: Testimonial) -> list[str]:
    # In a POST's context: a transaction opened here is the test's, which goes on to write.
    with app.test_request_context(method="POST"):
        every = [path for testimonial in testimonials for _, path in outlets(app, testimonial)]
    return list(dict.fromkeys(every))
