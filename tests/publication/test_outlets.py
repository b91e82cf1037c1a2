"""What is published is at every outlet, and nothing else is: one walk over all of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from tests.factories import a_testimonial, a_version
from tests.publication.outlets import OUTLETS

# What was read by anyone once is gone; the rest was never there.
CODES = {"published": 200, "unpublished": 410, "withdrawn": 410, "over": 410}

# What speaks of the article, or of the service, and says no word of a testimonial.
WORDLESS = {"embed.script", "embed.oembed", "instructions.page"} | {*("api.all_articles", "api.article", "api.openapi")}

# The public pages that are made anew each time.
UNKEPT: Sequence[str] = (
    "/sitemap.xml",
    "/articles/crpv?mots=zinzolin",
    "/articles/crpv/flux.atom?mots=zinzolin",
    "/api/v1/articles/crpv/testimonials?mots=zinzolin",
)


def word(name: str) -> str:
    """Return a word that stands nowhere else, and that addresses, JSON and HTML leave as it is."""
    return f"zinzolin{name.replace('_', '')}fin"


def a_text(session: Session, name: str, status: Status) -> Testimonial:
    """Return a testimonial with a word of its own in each of its answers."""
    answers = ("title", "outcome", "obstacles", "advice", "years", "partners", "clsm", "author_role", "author_name")
    said: dict[str, Any] = dict.fromkeys(answers, f"Zinzolin {word(name)}")
    said["account"] = f"Zinzolin {word(name)}. " * 9
    return a_testimonial(session, status=status, email=f"{name}@exemple.fr", **said)


def texts(session: Session) -> dict[str, Testimonial]:
    """Return one testimonial of each status, by its name, and one whose publication is over before the clock says so.

    The one that is published has been changed since by its author, in words that no editor has read.
    """
    made = {status.value: a_text(session, status.value, status) for status in Status}
    made["over"] = a_text(session, "over", Status.PUBLISHED)
    made["over"].published_until = now() - timedelta(seconds=1)
    changed = a_version(session, title=f"Zinzolin {word('unread')}", account=f"Zinzolin {word('unread')}. " * 9)
    made["published"].amend(changed, {}, seen=changed.compute_digest())
    session.commit()
    return made


def ask(app: Flask, path: str) -> tuple[TestResponse, str]:
    """Return the answer to a reader who follows redirections, and its text in small letters."""
    answer = app.test_client().get(path, follow_redirects=True)
    return answer, answer.get_data(as_text=True).lower()


def named(made: Mapping[str, Testimonial], said: str) -> set[str]:
    """Return the texts whose words or whose identifier are in what an outlet says."""
    words = {name for name in (*made, "unread") if word(name) in said}
    return words | {name for name, text in made.items() if text.public_id in said}


def test_each_listing_shows_the_published_testimonial_only(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    made = texts(session)
    walk = {path: endpoint for endpoint, paths in OUTLETS.items() for path in paths(made["published"])}
    for path, endpoint in (walk | dict.fromkeys(UNKEPT, "")).items():
        if made["published"].public_id not in path:
            with subtests.test(path):
                answer, said = ask(app, path)
                assert answer.status_code == 200
                assert named(made, said) == (set() if endpoint in WORDLESS else {"published"})


def test_each_listing_counts_the_published_testimonial_only(app: Flask, session: Session) -> None:
    texts(session)
    listed = app.test_client().get("/api/v1/articles/crpv/testimonials").get_json()
    assert (listed["total"], len(listed["testimonials"])) == (1, 1)
    for path, each in (
        ("/articles/crpv", 'class="card"'),
        ("/articles/crpv/flux.atom", "<entry>"),
        ("/sitemap.xml", "/temoignages/"),
        ("/integration/crpv", "en-regard__title"),
        ("/integration/crpv/cadre", 'blockquote class="quote'),
    ):
        assert ask(app, path)[1].count(each) == 1, path


def test_each_page_of_a_testimonial_exists_while_it_is_published(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    made = texts(session)
    for name, text in made.items():
        paths = {path: endpoint for endpoint, paths in OUTLETS.items() for path in paths(text)}
        paths[f"/temoignages/{text.public_id}/signaler"] = "privacy.report"
        for path, endpoint in paths.items():
            if text.public_id in path:
                with subtests.test(path.replace(text.public_id, name)):
                    answer, said = ask(app, path)
                    given = name == "published" and endpoint not in WORDLESS
                    assert answer.status_code == CODES.get(name, 404)
                    assert {each for each in (*made, "unread") if word(each) in said} == ({name} if given else set())
                    if endpoint == "api.testimonial" and name != "published":
                        assert answer.mimetype == "application/problem+json"
