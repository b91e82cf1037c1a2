"""Readers' search: accents and case ignored, words marked, page after page."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.models import Theme
from app.catalog import search_results
from app.catalog.search_results import cut_at_words, excerpt
from app.search.words import plain, significant_terms
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.situation import PartnerKnown, Situation
from tests.acts import published, readable
from tests.crowd import multiply
from tests.factories import ACCOUNT, another_article
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines


def titles(visitor: Visitor, query: str) -> list[str]:
    return [card.get_text() for card in visitor.get(f"/articles/crpv?{query}").page.select(".card__title")]


def test_search_ignores_accents_case_and_invisible_characters(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    published(session, 1, account=f"Avec l’Hôpital du quartier et sa sœur. {ACCOUNT}")
    published(session, 2)
    session.commit()
    pasted = ("quar\u00adtier", "quar\u200btier", "l\u02bchôpital", "hôpi\ufefftal")
    for words in ("hôpital", "HOPITAL", "hopit", "l’hôpital sœur", "soeur", *pasted):
        with subtests.test(words=ascii(words)):
            assert titles(visitor, f"mots={words}") == ["Récit 01"]
            assert [mark.get_text() for mark in visitor.page.select(".card mark")][:1] in (
                ["Hôpital"],
                ["quartier"],
                ["sœur"],
            )
            assert "1 retour ·" in visitor.text


def test_stop_words_are_searched_but_neither_marked_nor_excerpted(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    account = f"{'La lettre de la ville dit le lieu et la date. ' * 6}Rendez-vous à l’arrêt, à cause du bus. {ACCOUNT}"
    published(session, 1, account=account)
    published(session, 2, account=f"Un arrêt de bus sans le mot. {ACCOUNT}", title="Cause")
    session.commit()
    for words in ["l’arrêt de bus", "L'ARRET de Bus", "la cause de l’arrêt"]:
        with subtests.test(words=words):
            assert "Récit 01" in titles(visitor, f"mots={words}")
            card = visitor.page.select(".card")[-1]
            assert "Rendez-vous à l’arrêt" in card.get_text()
            assert {mark.get_text() for mark in card.select("mark")} <= {"arrêt", "bus", "cause"}


def test_stop_words_alone_are_marked(visitor: Visitor, session: Session) -> None:
    readable(session, 1, account=f"Au conseil et au centre. {ACCOUNT}")
    assert titles(visitor, "mots=au et") == ["Récit 01"]
    assert {mark.get_text().lower() for mark in visitor.page.select(".card mark")} >= {"au", "et"}


def test_the_result_quotes_the_words_once_and_states_the_order(visitor: Visitor, session: Session) -> None:
    readable(session, 1)
    visitor.get("/articles/crpv?mots=« gardiens »")
    assert "1 retour · « gardiens » : retirer ce choix ✕" in visitor.text
    readable(session, 2)
    visitor.get("/articles/crpv?mots=gardiens")
    assert "2 retours · « gardiens » : retirer ce choix ✕ Les derniers reçus d’abord" in visitor.text


def test_words_that_are_too_long_are_refused(visitor: Visitor) -> None:
    assert visitor.get(f"/articles/crpv?mots={'a' * 201}").status == 414
    assert "moins de mots" in visitor.text


def test_words_and_filters_combine(visitor: Visitor, session: Session) -> None:
    published(session, 1, situation=Situation.PAST)
    published(session, 2, situation=Situation.PLANNED)
    session.commit()
    assert titles(visitor, "mots=gardiens") == ["Récit 02", "Récit 01"]
    assert titles(visitor, "mots=gardiens&situation=past") == ["Récit 01"]
    assert titles(visitor, "mots=gardiens&situation=regular") == []
    assert "Aucun retour ne dit" in visitor.text


def test_words_without_results_and_query_syntax_find_nothing(visitor: Visitor, session: Session) -> None:
    readable(session, 1)
    for words in ["introuvable", "!!!", "%25", "«", "AND OR NEAR", '"', "a* z("]:
        assert titles(visitor, f"mots={words}") == [], words
        assert visitor.status == 200, words


def test_results_are_paged(visitor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    one = published(session, 1)
    received_last = [*reversed(multiply(session, one, 44)), one.public_id]
    monkeypatch.setattr(search_results, "BATCH", 7)
    seen, query = [], "mots=gardiens"
    for _ in range(3):
        links = visitor.get(f"/articles/crpv?{query}").page.select(".card__title a")
        seen += [str(link["href"]).removeprefix("/temoignages/")[:20] for link in links]
        further = visitor.page.select(".further a[rel=next]")
        query = str(further[0]["href"]).partition("?")[2].partition("#")[0] if further else ""
    assert query == ""
    assert seen == received_last


def test_a_search_that_takes_too_long_links_to_its_next_page(
    visitor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(session, 0, situation=Situation.PAST)
    for number in range(1, 8):
        published(session, number)
    session.commit()
    monkeypatch.setattr(search_results, "BATCH", 2)
    monkeypatch.setattr(search_results, "MAX_BATCHES", 2)
    assert titles(visitor, "mots=gardiens&situation=past") == []
    assert "Rien encore" in visitor.text
    query = str(visitor.page.select(".further a[rel=next]")[0]["href"]).partition("?")[2].partition("#")[0]
    assert titles(visitor, query) == ["Récit 00"]


def test_a_search_in_a_small_facet_goes_through_the_facet(
    visitor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The results are in the order of the whole; by the index of words alone, they would take another page."""
    for number in range(3):
        account = {"account": ACCOUNT.replace("gardiens", "voisins")} if number == 1 else {}
        published(session, number, situation=Situation.PAST, **account)
    multiply(session, published(session, 3), 25)
    published(session, 29, situation=Situation.PAST)
    session.commit()
    monkeypatch.setattr(search_results, "BATCH", 2)
    monkeypatch.setattr(search_results, "MAX_BATCHES", 5)
    assert titles(visitor, "mots=gardiens&situation=past") == ["Récit 29", "Récit 02", "Récit 00"]
    assert not visitor.page.select(".further a[rel=next]")
    monkeypatch.setattr(search_results, "FEW", 3)
    assert titles(visitor, "mots=gardiens&situation=past&anew=1") == ["Récit 29"]


def test_the_words_of_a_page_that_are_not_its_author_s_are_found_too(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    """Its default heading, its situation, its région, its partner, its byline."""
    published(session, 1, title="", attribution=Attribution.REGION)
    elsewhere = {
        "department": session.get_one(Department, "93"),
        "partner_known": PartnerKnown.UNKNOWN,
        "partner": None,
    }
    published(session, 2, situation=Situation.PLANNED, **elsewhere)
    session.commit()
    for words in ["Bretagne, collaboration régulière", "Un CLSM, en région", "Bretagne", "RésO Villes"]:
        with subtests.test(words=words):
            assert titles(visitor, f"mots={words}") == ["Bretagne, collaboration régulière"]
            marked = {mark.get_text() for mark in visitor.page.select(".card mark")}
            words_marked = {each for word in marked for each in plain(word)}
            assert words_marked >= set(significant_terms(words)), "each word is marked where it is found"


def test_a_word_of_the_facts_alone_is_excerpted(visitor: Visitor, session: Session) -> None:
    readable(session, 1, other_partners="Le bailleur Zinzolin")
    assert titles(visitor, "mots=zinzolin") == ["Récit 01"]
    assert [mark.get_text() for mark in visitor.page.select(".card mark")] == ["Zinzolin"]


def test_a_word_is_marked_for_each_of_its_prefixes_only() -> None:
    for word in ["Œuvre", "ﬁn", "Straße", "İzmir", "½", "Ⅷ", "élu", "A1", "L", "ĳ", "coëtlogon", "42"]:
        for each in plain(word):
            for end in range(1, len(each) + 1):
                assert search_results.begins_with(word, (each[:end],)), word
            assert not search_results.begins_with(word, (each + "x",)), word


def test_every_word_of_a_long_search_must_match(visitor: Visitor, session: Session) -> None:
    many = "un deux trois quatre cinq six sept huit neuf dix onze"
    readable(session, 1, account=f"Nous avons dit {many}. {ACCOUNT}")
    assert titles(visitor, f"mots={many}") == ["Récit 01"]
    assert titles(visitor, f"mots={many} zinzolin") == []


def test_one_letter_is_a_prefix_too(visitor: Visitor, session: Session) -> None:
    """SQLite's index has no prefixes of one sign: the stored words are compared instead."""
    published(session, 1, account="D’abord des gardiens, et un hôpital : le reste vint ensuite, peu à peu.")
    published(session, 2, account="Des gardiens, un zouave, et un hôpital : le reste vint ensuite, peu à peu.")
    session.commit()
    both = ["Récit 02", "Récit 01"]
    for words, expected in (("d", both), ("d z", both[:1]), ("z gardiens", both[:1]), ("9", [])):
        assert titles(visitor, f"mots={words}") == expected, words


@pytest.mark.changes_content
def test_a_search_goes_on_past_the_testimonials_of_another_article(
    app: Flask, visitor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(session, 0, title="Premier venu")
    other = another_article(session, Theme(slug="autres", label="Autre chose", choice="Autre chose", position=0))
    for number in range(1, 6):
        published(session, number, article=other)
    session.commit()
    monkeypatch.setattr(search_results, "BATCH", 2)
    monkeypatch.setattr(search_results, "MAX_BATCHES", 2)
    assert titles(visitor, "mots=gardiens") == []
    query = str(visitor.page.select(".further a[rel=next]")[0]["href"]).partition("?")[2].partition("#")[0]
    assert titles(visitor, query) == ["Premier venu"]
    for path in ("/api/v1/articles/crpv/testimonials", "/articles/crpv/flux.atom"):
        assert "Premier venu" in app.test_client().get(f"{path}?{query}").get_data(as_text=True)


def test_an_excerpt_shows_the_first_word_found_and_cutting_loses_nothing() -> None:
    text = "Un début assez long pour être coupé. " * 8 + "Enfin l’élève arrive. " + "La suite. " * 40
    pieces = excerpt(text, ["eleve"])
    assert [piece.text for piece in pieces if piece.is_found] == ["élève"]
    shown = "".join(piece.text for piece in pieces)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300
    assert "".join(piece.text for piece in cut_at_words(text, ["eleve"])) == text
