"""Published testimonials are at every public address, and no others are."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import now
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.acts import a_synthesis, amend_text
from tests.factories import a_notice, a_testimonial, by_editor
from tests.publication.outlets import WRITTEN, outlets

# 410 for testimonials that were once published; 404 for the others.
CODES = {"published": 200, "unpublished": 410, "withdrawn": 410, "over": 410}

# Endpoints about the article or the service, without words of testimonials.
WORDLESS = {"embed.script", "embed.oembed", "instructions.page"} | {*("api.all_articles", "api.article", "api.openapi")}

# The public pages that are not cached.
UNCACHED: Sequence[str] = (
    "/sitemap.xml",
    "/articles/crpv?mots=zinzolin",
    "/articles/crpv/une-page",
    "/articles/crpv/flux.atom?mots=zinzolin",
    "/api/v1/articles/crpv/testimonials?mots=zinzolin",
)


def word(name: str) -> str:
    """Return a unique word, which URLs, JSON and HTML do not escape."""
    return f"zinzolin{name.replace('_', '')}fin"


def a_text(session: Session, name: str, status: Status) -> Testimonial:
    texts: dict[str, Any] = dict.fromkeys(WRITTEN, f"Zinzolin {word(name)}")
    texts["account"] = f"Zinzolin {word(name)}. " * 9
    return a_testimonial(session, status=status, reuse=True, email=f"{name}@exemple.fr", **texts)


def texts(session: Session) -> dict[str, Testimonial]:
    """Return a testimonial of each status, one whose publication has ended before the scheduled job ran, one hidden.

    The author has since amended the published one, in a version not reviewed yet.
    """
    testimonials = {status.value: a_text(session, status.value, status) for status in Status}
    testimonials["over"] = a_text(session, "over", Status.PUBLISHED)
    testimonials["over"].published_until = now() - timedelta(seconds=1)
    testimonials["hidden"] = a_text(session, "hidden", Status.PUBLISHED)
    a_notice(session, testimonials["hidden"])
    testimonials["hidden"].perform(Action.HIDE, by=by_editor(session))
    cited = [(each, f"Zinzolin {word(name)}.") for name, each in testimonials.items() if each.versions]
    a_synthesis(session, cited, *([each] for each in cited if each[0] is not testimonials["published"]))
    unread = f"Zinzolin {word('unread')}"
    amend_text(testimonials["published"], title=unread, account=f"{unread}. " * 9)
    session.commit()
    return testimonials


def ask(app: Flask, path: str) -> tuple[TestResponse, str]:
    answer = app.test_client().get(path, follow_redirects=True)
    return answer, answer.get_data(as_text=True).lower()


def named(testimonials: Mapping[str, Testimonial], body: str) -> set[str]:
    words = {name for name in (*testimonials, "unread") if word(name) in body}
    return words | {name for name, text in testimonials.items() if text.public_id in body}


def test_each_listing_shows_the_published_testimonial_only(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    testimonials = texts(session)
    walk = {path: endpoint for endpoint, path in outlets(app, testimonials["published"])}
    for path, endpoint in (walk | dict.fromkeys(UNCACHED, "")).items():
        if testimonials["published"].public_id not in path:
            with subtests.test(path):
                answer, body = ask(app, path)
                assert answer.status_code == 200
                expected = set() if endpoint in WORDLESS else {"published"}
                assert named(testimonials, body) == expected, "a page without testimonials is in WORDLESS"


def test_each_listing_counts_the_published_testimonial_only(app: Flask, session: Session) -> None:
    texts(session)
    listed = app.test_client().get("/api/v1/articles/crpv/testimonials").get_json()
    assert (listed["total"], len(listed["testimonials"])) == (1, 1)
    for path, each in (
        ("/articles/crpv", "<blockquote"),
        ("/articles/crpv?region=53", 'class="card"'),
        ("/articles/crpv/flux.atom?region=53", "<entry>"),
        ("/articles/crpv/flux.atom", "retours disent ensemble"),
        ("/sitemap.xml", "/temoignages/"),
        ("/integration/crpv", "en-regard__title"),
        ("/integration/crpv/cadre", 'blockquote class="quote'),
        ("/articles/crpv/synthese", 'blockquote class="quote'),
        ("/api/v1/articles/crpv/synthesis", '"signature"'),
        ("/api/v1/articles/crpv/synthesis", '"words":"constat'),
    ):
        assert ask(app, path)[1].count(each) == 1, path


def test_each_page_of_a_testimonial_exists_while_it_is_published(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    testimonials = texts(session)
    for name, text in testimonials.items():
        paths = {path: endpoint for endpoint, path in outlets(app, text)}
        paths[f"/temoignages/{text.public_id}/signaler"] = "privacy.report"
        for path, endpoint in paths.items():
            if text.public_id in path:
                with subtests.test(path.replace(text.public_id, name)):
                    answer, body = ask(app, path)
                    given = name == "published" and endpoint not in WORDLESS
                    assert answer.status_code == CODES.get(name, 404)
                    assert {each for each in (*testimonials, "unread") if word(each) in body} == (
                        {name} if given else set()
                    )
                    if endpoint == "api.testimonial" and name != "published":
                        assert answer.mimetype == "application/problem+json"
