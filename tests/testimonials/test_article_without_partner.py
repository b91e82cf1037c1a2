"""An article whose call has no partner: nobody is asked for one, and nothing shows where its name would be."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.articles.models import Article, Theme
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page, signed_in, stored
from tests.factories import another_article
from tests.testimonials.test_words_of_a_call import ANSWERS
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

ARTICLE = "/articles/voisinages"


@pytest.fixture
def article(session: Session) -> Article:
    theme = Theme(slug="cour", label="Dans la cour", choice="Dans la cour", position=0)
    texts = {"title": "Entre voisines et voisins", "summary": "D’un palier à l’autre.", "body": "Ici.\n"}
    article = another_article(session, theme, slug="voisinages", **texts)
    session.commit()
    return article


def test_a_text_is_written_read_and_published_without_a_partner(
    app: Flask, session: Session, visitor: Visitor, article: Article
) -> None:
    visitor.get(f"{ARTICLE}/temoigner")
    assert not visitor.page.select("[name^=partner]")
    assert "Quel CLSM ?" in visitor.text
    visitor.fill(**ANSWERS | {"situation": "planned"}).press("Relire mon texte")
    assert "Relisez votre texte" in visitor.text
    visitor.fill(publish="yes", attest="y", reuse="y").press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.latest.partner_known is PartnerKnown.NONE
    own_page, public_id = private_page(testimonial), testimonial.public_id
    session.rollback()
    visitor.get(own_page).press("Confirmer")
    visitor.get(f"{own_page}/mes-donnees")
    editor = signed_in(Visitor(app), session, role=Role.ADMIN).get(f"/moderation/{public_id}")
    assert editor.status == 200
    assert not [each for each in editor.page.select("dt") if words_of(each) in {"Partenaire", "Partenaire concerné"}]
    editor.press("Publier")
    page = visitor.get(f"/temoignages/{public_id}").page
    assert words_of(page.select(".sheet .facts")[0]) == "En projet · Bretagne"
    collection = visitor.get(f"{ARTICLE}?situation=planned").page
    assert collection.select("[name=situation]")
    assert not collection.select("[name=partner]")
    listed = app.test_client().get(f"/api/v1{ARTICLE}/testimonials").get_json()["testimonials"]
    assert [(each["partner"], each["situation"]["label"]) for each in listed] == [
        ({"value": "aucun", "label": ""}, "En projet")
    ]
    assert app.test_client().get(f"/api/v1{ARTICLE}").get_json()["choices"]["partner"] == []
    for path in (f"{ARTICLE}/flux.atom", "/integration/voisinages", f"{ARTICLE}?region=53", own_page):
        answer = app.test_client().get(path)
        assert answer.status_code == 200
        assert not re.search("[Pp]artenaire|[Cc]rpv", answer.text.replace("Listes de partenaires établies", "")), path
