"""Words of a call that changes: what is published says them at the next request, and is found by them."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.testimonial import Testimonial
from tests.acts import published, stored
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

SOURCE = "/administration/articles/crpv/source/modifier"
CHANGES = (("[[themes]]", '[call.regular]\nlabel = "Liens tissés"\nafter_place = "liens tissés"\n\n[[themes]]'),)


def said(app: Flask, public_id: str) -> set[str]:
    """Return which words, of before or of after, the pages and machines say of a text without a title."""
    client, found = app.test_client(), set()
    for path in (f"/temoignages/{public_id}", f"/api/v1/testimonials/{public_id}", "/integration/crpv"):
        answer = client.get(path, follow_redirects=True)
        words = str(answer.get_json()) if answer.is_json else answer.get_data(as_text=True)
        found |= {each for each in ("ollaboration régulière", "iens tissés") if each in words}
    for each in ("collaboration", "tissés"):
        listed = client.get(f"/api/v1/articles/crpv/testimonials?mots={each}").get_json()["testimonials"]
        found |= {f"mots={each}"} if listed else set()
    return found


BEFORE, AFTER = {"ollaboration régulière", "mots=collaboration"}, {"iens tissés", "mots=tissés"}


def test_what_is_published_says_the_words_of_the_call_at_once_and_is_found_by_them(
    app: Flask, admin: Visitor, session: Session, tmp_path: Path
) -> None:
    text = published(session, title="")
    public_id = text.public_id
    session.commit()
    assert said(app, public_id) == BEFORE
    first = str(admin.get(SOURCE).page.select("[name=source]")[0].get_text()).lstrip("\n")
    changed = first
    for was, becomes in CHANGES:
        changed = changed.replace(was, becomes, 1)
    admin.fill(source=changed).press("Relire").press("Enregistrer")
    assert said(app, public_id) == AFTER
    # Going back to the version of before, and importing a file, say theirs as well.
    admin.get("/administration/articles/crpv/versions/1").press("Revenir à cette version")
    assert said(app, public_id) == BEFORE
    (path := tmp_path / "crpv.md").write_text(changed, encoding="utf-8")
    imported = app.test_cli_runner().invoke(args=["articles", "import", str(path)], catch_exceptions=False)
    assert "overwritten" in imported.output
    assert said(app, public_id) == AFTER
    (text,) = stored(session, Testimonial)
    assert text.shown_digest == text.versions[0].compute_digest()
