"""The call of an article in a form: composed from its partner's name, kept where an admin words it otherwise."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.queries import by_slug_public_or_not
from app.territories.models import Referential
from tests.administration.articles.desk import ARTICLES, CALL
from tests.factories import another_article, the_article
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

HOUSE = {
    "long": "maison des adolescents",
    "long_plural": "maisons des adolescents",
    "short": "MDA",
    "gender": "une la",
    "mode": "typed",
}
QUESTION = "Où en êtes‑vous avec une MDA ?"


def value(page: Visitor, name: str) -> str:
    field = page.page.select(f"[name={name}]")[0]
    return str(field.get("value") or field.get_text()).strip()


def test_questions_are_made_of_the_partner_s_name_unless_worded_otherwise(admin: Visitor, session: Session) -> None:
    before = the_article(session).call
    admin.get(CALL).fill(**HOUSE, past_outcome="Ce que cela a changé").press("Voir")
    assert admin.status == 200
    assert QUESTION in words_of(admin.page.select("#lu")[0])
    assert value(admin, "question") == QUESTION
    assert value(admin, "past_outcome_heading") == "Ce que cela a changé"
    session.rollback()
    assert the_article(session).call == before, "« Voir » stores nothing"
    admin.fill(short="maison des ados", past_account="").press("Enregistrer")
    session.rollback()
    call = the_article(session).call
    assert call.question == "Où en êtes‑vous avec une maison des ados ?"
    assert call.past.account == "Ce que vous avez fait ensemble"
    table = call.table()
    assert set(table) == {"invitation", "example", "partner", "past"}, "what the article had of its own stays"
    assert table["past"] == {"outcome": "Ce que cela a changé"}
    assert table["partner"]["mode"] == "typed"
    admin.get(CALL).fill(past_outcome="").press("Enregistrer")
    session.rollback()
    assert "past" not in the_article(session).call.table()


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"long": ""}, "long", "Nommez avec qui les équipes ont travaillé"),
        ({"long_plural": ""}, "long_plural", "Écrivez ce nom au pluriel"),
        ({"gender": "le un"}, "gender", "Choisissez ce que l’on dit devant ce nom"),
        ({"title": "a" * 161}, "title", "161 signes, 160 suffisent"),
        ({"closes_on": "2026-11-31"}, "closes_on", "Écrivez un jour qui existe"),
    ],
)
def test_each_error_stands_at_its_field(admin: Visitor, typed: dict[str, str], name: str, sentence: str) -> None:
    admin.get(CALL).fill(**HOUSE | typed, welcome="Bienvenue.").press("Enregistrer")
    assert admin.status == 422
    assert sentence in words_of(admin.page.select(f".field--{name} .field__error")[0])
    assert value(admin, "welcome") == "Bienvenue."


def test_a_new_list_is_given_next_and_an_offline_article_put_online(admin: Visitor, session: Session) -> None:
    article = another_article(session)
    article.is_public = False
    session.commit()
    address = f"{ARTICLES}/{article.slug}"
    admin.get(f"{address}/appel").fill(**HOUSE | {"mode": "listed", "referential": "+"}).press("Enregistrer")
    assert admin.page.select("h1")[0].get_text() == "Importer un fichier"
    session.rollback()
    created = session.scalars(select(Referential).where(Referential.name == "Maisons des adolescents")).one()
    article = session.scalars(by_slug_public_or_not(article.slug)).one()
    assert article.call.partner is not None
    assert article.call.partner.referential == created.slug
    admin.get(f"{address}/appel").fill(mode="unasked").press("Enregistrer")
    assert "Mettre l’article en ligne" in words_of(admin.page.select("h1")[0])
    session.rollback()
    call = session.scalars(by_slug_public_or_not(article.slug)).one().call
    assert (call.partner, call.question) == (None, QUESTION)
