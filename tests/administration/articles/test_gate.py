"""Access to admins' pages of articles. Typed words come back after the proof: tests/accounts/test_carried_forms.py."""

import pytest
from sqlalchemy.orm import Session

from tests.administration.articles.desk import ARTICLES, CRPV, NEW, SETTINGS, THEMES, VISIBILITY, expire_proofs
from tests.factories import the_article
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_a_proof_of_identity_is_requested_for_a_change_alone(admin: Visitor, session: Session) -> None:
    expire_proofs(session)
    for path in (CRPV, NEW, f"{NEW}/source", THEMES, SETTINGS, VISIBILITY, f"{CRPV}/source"):
        assert admin.get(path).path == path
    admin.get(VISIBILITY).press("Mettre hors ligne")
    assert "C’est bien vous" in admin.text
    assert the_article(session).is_public


def test_an_unknown_article_is_not_found(admin: Visitor) -> None:
    for path in ("rien", "rien/articulations", "rien/reglages", "rien/mise-en-ligne", "rien/source"):
        assert admin.get(f"{ARTICLES}/{path}").status == 404
