"""Who may do what: every route by every role."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.access import PUBLIC
from app.accounts.models import Role, User
from app.accounts.rights import BY_BLUEPRINT, BY_ENDPOINT, EDITORS, SETTING_UP, right
from app.security import sign_private_link
from app.testimonials.lifecycle import Status
from tests.accounts.entering import ADMIN, enter
from tests.factories import a_testimonial
from tests.visitor import Visitor

# What only admins may open, written out: a page that joins them, or leaves them, is a decision.
ADMINS_ONLY = {"team.editors", "team.invitation", "team.editor"}

# What an author's link opens: without it, or with another's, there is nothing.
BY_LINK = re.compile(r"<token>")


def walked(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield each route, method by method, with a path that names nothing real."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "rien", re.sub(r"<int[^>]*>", "1", rule.rule).replace("<slug>", "crpv"))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, path


def outcome(visitor: Visitor, method: str, path: str) -> str:
    """Return what becomes of a request: sent to sign in, forbidden, or let through to its view."""
    answer = visitor.client.open(path, method=method)
    if answer.status_code == 302 and answer.location.startswith("/connexion?"):
        return "sign in"
    if answer.status_code == 302 and answer.location == "/connexion":
        return "sign in"
    return "forbidden" if answer.status_code == 403 else "let through"


@pytest.mark.parametrize("role", ["reader", "editor", "admin"])
def test_every_route_by_every_role(app: Flask, editor: User, admin: User, role: str) -> None:
    visitor = Visitor(app)
    if role != "reader":
        enter(visitor, email=ADMIN if role == "admin" else editor.email)
    for rule, method, path in walked(app):
        if rule.endpoint in PUBLIC:
            expected = "let through"
        elif role == "reader":
            expected = "sign in"
        elif rule.endpoint in ADMINS_ONLY or rule.endpoint.startswith("administration."):
            expected = "let through" if role == "admin" else "forbidden"
        else:
            expected = "let through"
        assert outcome(visitor, method, path) == expected, f"{role}: {method} {rule.rule}"


def test_an_author_s_link_opens_their_text_and_nothing_of_the_editors(app: Flask, session: Session) -> None:
    testimonial, other = a_testimonial(session, status=Status.PENDING), a_testimonial(session, email="x@exemple.fr")
    session.commit()
    with app.app_context():
        token = sign_private_link(testimonial.public_id, testimonial.link_generation)
    visitor = Visitor(app)
    assert visitor.get(f"/mon-temoignage/{token}").status == 200
    for path in (
        "/moderation",
        f"/moderation/{testimonial.public_id}",
        f"/moderation/{other.public_id}",
        "/mon-compte",
    ):
        assert visitor.get(path).path == "/connexion"
    for rule, method, path in walked(app):
        if BY_LINK.search(rule.rule) and rule.endpoint in PUBLIC:
            assert visitor.client.open(path, method=method).status_code in {200, 302, 303, 404, 422}, path


def test_the_table_names_routes_that_exist(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= BY_ENDPOINT.keys() | SETTING_UP
    assert not BY_ENDPOINT.keys() & PUBLIC, "what is public asks nothing"
    assert {each.endpoint for each, _, _ in walked(app) if each.endpoint.partition(".")[0] == "team"} <= ADMINS_ONLY


def test_what_the_table_does_not_name_is_the_editors() -> None:
    assert right("moderation.decision") == EDITORS
    assert right("team.editors") == BY_BLUEPRINT["team"]
    assert right("team.editors").fresh
    assert right("administration.letters").role is Role.ADMIN
    assert right("mine.password").fresh
