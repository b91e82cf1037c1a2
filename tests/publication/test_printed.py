"""Pages to print, an article's one page and the affiche of its call: whom they quote, what they say."""

import pytest
from sqlalchemy.orm import Session

from app.catalog.placements import choose_quote, place_testimonial
from tests.acts import a_synthesis, first_place, hide, published, signed_in, withdraw
from tests.factories import ACCOUNT, SENTENCES, by_editor, the_article
from tests.visitor import Visitor

ONE_PAGE, POSTER = "/articles/crpv/une-page", "/moderation/articles/crpv/affiche"
ADVICE = "Commencez par une question que tout le monde se pose."


def quotes(visitor: Visitor, path: str = ONE_PAGE) -> list[str]:
    return [each.get_text().strip().strip("«»\u202f") for each in visitor.get(path).page.select("figure blockquote")]


def test_only_those_who_agreed_to_reuse_are_quoted_and_all_count(visitor: Visitor, session: Session) -> None:
    published(session, 1, advice="Gardez un compte rendu de chaque rencontre.", reuse=False)
    hide(session, published(session, 3, advice="Cachez cette phrase le temps de l’examen."))
    quoted = published(session, 4, advice=f"{ADVICE} Puis {'marchez ' * 30}ensemble.")
    session.commit()
    assert quotes(visitor) == [ADVICE]
    assert "Coordinatrice, CLSM de Ville-Exemple" in visitor.text
    assert "Camille" not in visitor.text
    assert "2 retours d’expérience" in visitor.text
    assert visitor.client.get(ONE_PAGE).headers["X-Robots-Tag"] == "noindex, nofollow"
    withdraw(session, quoted)
    session.commit()
    assert quotes(visitor) == []
    assert "1 retour d’expérience" in visitor.text
    assert "a accepté la reprise" not in visitor.text


def test_what_editors_quote_comes_first_and_whole_sentences_alone(visitor: Visitor, session: Session) -> None:
    placed, place = published(session, 1), first_place(session)
    place_testimonial(session, place, placed, by=by_editor(session))
    choose_quote(session, place, placed, SENTENCES[1], by=by_editor(session))
    published(session, 2, advice=f"{'Un conseil bien trop long ' * 10}pour un mur.", account=f"{ACCOUNT} {ACCOUNT}")
    published(session, 3, advice="[passage masqué] vous dira comment commencer.", account="Trop long " * 30)
    published(session, 4, advice="Demandez d’abord. Puis écoutez, sans répondre.")
    session.commit()
    assert quotes(visitor) == [SENTENCES[1], "Demandez d’abord. Puis écoutez, sans répondre.", SENTENCES[0]]
    signed_in(visitor, session)
    assert quotes(visitor, POSTER) == [SENTENCES[1]]
    assert "localhost/articles/crpv" in visitor.text
    assert "Le PDF se prépare" in visitor.press("Préparer le PDF").page.get_text()


def test_the_synthesis_has_statements_that_stand_on_words_open_to_reuse(visitor: Visitor, session: Session) -> None:
    shared, kept = published(session, 1), published(session, 2, reuse=False)
    a_synthesis(session, [(shared, SENTENCES[0])], [(kept, SENTENCES[0])])
    session.commit()
    visitor.get(ONE_PAGE)
    assert "Constat 1" in visitor.text
    assert "Constat 2" not in visitor.text


@pytest.mark.changes_content
def test_nobody_yet_is_an_invitation_and_a_closed_call_asks_for_nothing(visitor: Visitor, session: Session) -> None:
    visitor.get(ONE_PAGE)
    assert "Et vous, où en êtes‑vous" in visitor.text
    assert "retours" not in visitor.text
    assert visitor.page.select("main figure, main h2 + p") == []
    the_article(session).is_open = False
    session.commit()
    signed_in(visitor, session).get(POSTER)
    assert "Racontez" not in visitor.text
    the_article(session).is_public = False
    session.commit()
    assert [visitor.get(path).status for path in (ONE_PAGE, POSTER)] == [404, 404]
