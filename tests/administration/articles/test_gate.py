"""Access to admins' pages of articles: the proof of identity, and text kept when it is requested."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.permissions import PERMISSIONS, AccessLevel
from app.accounts.sessions import EditorSession
from app.articles import source
from app.audit import Kind
from app.db import now
from tests.acts import signed_in
from tests.administration.articles.desk import (
    ARTICLE,
    ARTICLES,
    CRPV,
    NEW,
    SETTINGS,
    THEMES,
    article_events,
    expire_proofs,
)
from tests.factories import the_article
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_a_proof_of_identity_is_requested_before_a_page_opens(admin: Visitor, session: Session) -> None:
    expire_proofs(session)
    for path in (ARTICLES, CRPV, NEW, f"{NEW}/source", THEMES, SETTINGS, f"{CRPV}/source"):
        assert admin.get(path).path == "/connexion/confirmer"


def test_a_long_text_is_not_lost_when_a_proof_of_identity_is_requested(
    app: Flask, admin: Visitor, session: Session
) -> None:
    admin.get(CRPV).fill(title="Un titre long à trouver")
    expire_proofs(session)
    admin.press("Relire").press("Enregistrer")
    assert admin.status == 403
    assert "rien n’est encore enregistré" in admin.text
    assert article_events(session) == []
    other_tab = Visitor(app)
    other_tab.client = admin.client
    other_tab.get("/connexion/confirmer").fill(password="une phrase de passe").press("Continuer")
    admin.press("Enregistrer")
    assert admin.path == ARTICLES
    assert article_events(session) == [(Kind.ARTICLE_EDITED, "crpv")]


LENGTHY = {
    "articles.write": (CRPV, {"step": "save"}),
    "articles.begin": (NEW, ARTICLE | {"step": "save"}),
    "articles.begin_from_source": (f"{NEW}/source", {"step": "save"}),
    "articles.themes": (THEMES, {"act": "add", "theme": "", "label": "X", "choice": "X", "passage": "X"}),
}


@pytest.mark.parametrize("endpoint", LENGTHY)
def test_without_a_proof_of_identity_nothing_is_saved(admin: Visitor, session: Session, endpoint: str) -> None:
    path, typed = LENGTHY[endpoint]
    article = the_article(session)
    fields = {name: getattr(article, name) for name in ("title", "summary", "body", "call_title", "call")}
    fields |= {
        "published_on": "2026-11-24",
        "source": source.serialize_source(article).replace('"crpv"', '"autre-article"'),
    }
    fields |= {"revision": str(article.revision), "csrf_token": admin.get(path).csrf_token} | typed
    expire_proofs(session)
    for proved in (False, True):
        admin.post(path, list((fields | {"title": "Un autre titre"}).items()))
        assert (admin.status, len(article_events(session))) == ((200, 1) if proved else (403, 0))
        for each in session.scalars(select(EditorSession)):
            each.proved_at = now()
        session.commit()


def test_every_lengthy_endpoint_is_tested() -> None:
    assert LENGTHY.keys() == {endpoint for endpoint, right in PERMISSIONS.items() if right.lengthy}
    assert all(PERMISSIONS[endpoint].fresh and PERMISSIONS[endpoint].level is AccessLevel.ADMIN for endpoint in LENGTHY)


def test_an_editor_who_is_no_admin_is_turned_away(app: Flask, session: Session) -> None:
    editor = signed_in(Visitor(app), session)
    for path in (ARTICLES, CRPV, NEW, THEMES, SETTINGS):
        assert editor.get(path).status == 403
    assert "Articles" not in editor.get("/moderation").page.select("header")[0].get_text()


def test_an_unknown_article_is_not_found(admin: Visitor) -> None:
    for path in ("rien", "rien/articulations", "rien/reglages", "rien/source"):
        assert admin.get(f"{ARTICLES}/{path}").status == 404
