"""The collection beneath an article: its address, its title, what it says of a choice, the way further and back."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.testimonials.attribution import Attribution
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import published, readable
from tests.crowd import multiply
from tests.visitor import Visitor, words_of

ARTICLE = "/articles/crpv"
TITLE = "Travailler avec un centre de ressources politique de la ville – En regard"


def title(visitor: Visitor) -> str:
    assert visitor.page.title is not None
    return words_of(visitor.page.title).removesuffix(TITLE).removesuffix(" – ")


def collection(visitor: Visitor) -> str:
    section = visitor.page.find(id="retours")
    assert isinstance(section, Tag)
    return " ".join(section.get_text(" ").split())


def listed(visitor: Visitor) -> list[str]:
    links = visitor.page.select(".card__title a")
    return [str(link["href"]).removeprefix("/temoignages/")[:20] for link in links]


def address(visitor: Visitor, words: str) -> str:
    for link in visitor.page.select("#retours a"):
        if words_of(link).startswith(words):
            return str(link["href"]).partition("#")[0]
    return ""


CLEANED = {
    "?articulation=&situation=planned&region=&partner=&mots=": "?situation=planned",
    "?articulation=&situation=&region=&partner=&mots=": "",
    "?region=": "",
    "?mots=++&region=53": "?region=53",
    "?apres=": "",
    "?mots=l%27h%C3%B4pital+%26+nous&partner=": "?mots=l%27h%C3%B4pital+%26+nous",
    "?utm_source=lettre&region=": "?utm_source=lettre",
    "?x=&region=": "?x=",
}


def test_empty_parameters_leave_the_address(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    readable(session)
    client = app.test_client()
    for query, clean in CLEANED.items():
        for method in ("GET", "HEAD"):
            with subtests.test(query=query, method=method):
                answer = client.open(f"{ARTICLE}{query}", method=method)
                assert (answer.status_code, answer.headers["Location"]) == (301, f"{ARTICLE}{clean}")
    for query in ("", "?region=53", "?x=", "?utm_source=lettre"):
        assert client.get(f"{ARTICLE}{query}").status_code == 200
    elsewhere = client.get("/articles/%2F%2Failleurs.invalid?region=").headers["Location"]
    assert elsewhere == "http://localhost/articles/ailleurs.invalid?region="
    assert client.get("/articles/rien?region=", follow_redirects=True).status_code == 404
    assert client.get(f"{ARTICLE}?region=&region=53").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles/crpv/testimonials",
        "/articles/crpv/flux.atom",
        "/articles/crpv/integrer",
        "/integration/crpv",
        "/integration/crpv/cadre",
    ],
)
def test_what_others_fetch_answers_where_it_is_asked(app: Flask, session: Session, path: str) -> None:
    readable(session)
    assert app.test_client().get(f"{path}?region=&situation=").status_code == 200


def test_the_clean_address_of_a_choice_is_canonical_and_followed(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    readable(session, 1, situation=Situation.PLANNED)
    readable(session, 2, situation=Situation.PAST)
    for query, clean in (
        ("", ""),
        ("?utm_source=lettre", ""),
        ("?region=53&situation=planned&x=1", "?situation=planned&region=53"),
    ):
        visitor.get(f"{ARTICLE}{query}")
        (canonical,), (feed,) = (visitor.page.select(f"head link[{each}]") for each in ("rel=canonical", "type*=atom"))
        assert canonical["href"] == f"http://localhost{ARTICLE}{clean}"
        assert feed["href"] == f"{ARTICLE}/flux.atom{clean}"
        assert address(visitor, "Suivre ces retours") == f"{ARTICLE}/suivre{clean}"
    followed = visitor.page.select("head link[type*=atom]")[0]["href"]
    entries = ET.fromstring(app.test_client().get(followed).data)  # noqa: S314  # our own feed
    assert len(entries.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    assert not visitor.page.select("meta[name=robots]")
    assert visitor.get(f"{ARTICLE}?mots=gardiens").page.select("meta[name=robots][content=noindex]")


def test_the_title_says_the_choice(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    last = published(session, 1, situation=Situation.PLANNED)
    multiply(session, last, 44)
    readable(session, 2, situation=Situation.PAST)
    further = f"apres={last.public_id}"
    for query, said in {
        "": "",
        "?situation=past": "1 retour : A déjà collaboré",
        "?situation=planned&region=53": "45 retours : En projet, Bretagne",
        "?situation=regular": "Aucun retour : Collaboration régulière",
        "?mots=gardiens&situation=past": "1 retour : A déjà collaboré, « gardiens »",
        "?mots=gardiens": "Les 20 derniers reçus : « gardiens »",
        f"?{further}": "Retours d’expérience, 3 à 22 sur 46",
        f"?situation=planned&{further}": "2 à 21 sur 45 : En projet",
    }.items():
        with subtests.test(query=query):
            assert title(visitor.get(f"{ARTICLE}{query}")) == said


def test_each_choice_is_taken_away_by_a_link(visitor: Visitor, session: Session) -> None:
    readable(session, 1, situation=Situation.PLANNED)
    visitor.get(f"{ARTICLE}?situation=planned&region=53&mots=gardiens")
    links = {words_of(each): each["href"] for each in visitor.page.select(".chosen a")}
    assert links == {
        "En projet : retirer ce choix ✕": f"{ARTICLE}?region=53&mots=gardiens#retours",
        "Bretagne : retirer ce choix ✕": f"{ARTICLE}?situation=planned&mots=gardiens#retours",
        "« gardiens » : retirer ce choix ✕": f"{ARTICLE}?situation=planned&region=53#retours",
        "Tout voir": f"{ARTICLE}#retours",
    }
    visitor.get(f"{ARTICLE}?region=53")
    assert [each["href"] for each in visitor.page.select(".chosen a")] == [f"{ARTICLE}#retours"]


def test_each_page_says_its_ranks_and_has_a_way_back(visitor: Visitor, session: Session) -> None:
    first = published(session, situation=Situation.PLANNED)
    every = [first.public_id, *multiply(session, first, 64)]
    readable(session, 1, situation=Situation.PAST)
    query = f"{ARTICLE}?situation=planned"
    visitor.get(query)
    seen, paths = ["65 retours ·"], [query]
    while path := address(visitor, "Voir les suivants"):
        visitor.get(path)
        paths.append(path)
        seen.append(words_of(visitor.page.select(".chosen__count")[0]))
    assert seen == ["65 retours ·", "21 à 40 sur 65 ·", "41 à 60 sur 65 ·", "61 à 65 sur 65 ·"]
    for place in (3, 2, 1):
        visitor.get(paths[place])
        assert address(visitor, "Revenir aux plus récents") == query
        assert address(visitor, "Revenir aux précédents") == (paths[place - 1] if place > 1 else "")
    assert listed(visitor) == every[20:40]


def test_ranks_are_those_of_the_moment(visitor: Visitor, session: Session) -> None:
    """A text published since, one that ended the page and is withdrawn, one past its end before the clock says so."""
    first = published(session)
    every = [first.public_id, *multiply(session, first, 64)]
    further, further_on = (f"{ARTICLE}?apres={every[place]}" for place in (19, 39))

    def told(path: str) -> str:
        return words_of(visitor.get(path).page.select("#retours .small")[0])

    assert told(further) == "21 à 40 sur 65"
    readable(session, 1)
    assert told(further) == "22 à 41 sur 66"
    assert told(further_on) == "42 à 61 sur 66"
    visitor.get(address(visitor, "Revenir aux précédents"))
    assert listed(visitor) == every[20:40], "the page before, whatever came since"
    by_identifier = {each.public_id: each for each in session.scalars(select(Testimonial))}
    by_identifier[every[19]].withdraw()
    session.commit()
    assert told(further) == "21 à 40 sur 65"
    assert listed(visitor) == every[20:40]
    by_identifier[every[3]].published_until = now() - timedelta(minutes=1)
    session.commit()
    assert told(further) == "20 à 39 sur 64"


@pytest.mark.both_engines
@pytest.mark.slow("more testimonials than are counted")
def test_far_on_ranks_are_not_counted(visitor: Visitor, session: Session) -> None:
    first = published(session)
    every = [first.public_id, *multiply(session, first, 2_100)]
    visitor.get(f"{ARTICLE}?apres={every[1_999]}")
    assert "2 001 à 2 020 sur 2 101" in collection(visitor)
    visitor.get(f"{ARTICLE}?apres={every[2_000]}")
    assert "20 retours plus anciens, sur 2 101" in collection(visitor)
    visitor.get(address(visitor, "Revenir aux précédents"))
    assert listed(visitor) == every[1_981:2_001]
    # Texts before the page that the clock has not ended yet take nothing off a count that stopped.
    for each in session.scalars(select(Testimonial).where(Testimonial.public_id.in_(every[3:6]))):
        each.published_until = now() - timedelta(minutes=1)
    session.commit()
    visitor.get(f"{ARTICLE}?apres={every[2_050]}")
    assert "20 retours plus anciens, sur 2 098" in collection(visitor)
    visitor.get(f"{ARTICLE}?apres={every[1_000]}")
    assert "999 à 1 018 sur 2 098" in collection(visitor)


def test_a_search_counts_nothing_beyond_its_page_and_goes_back_to_its_first(visitor: Visitor, session: Session) -> None:
    multiply(session, published(session), 29)
    visitor.get(f"{ARTICLE}?mots=gardiens")
    assert "Les 20 derniers reçus" in collection(visitor)
    visitor.get(address(visitor, "Voir les suivants"))
    assert "10 retours plus anciens" in collection(visitor)
    assert " sur " not in words_of(visitor.page.select(".chosen")[0])
    assert address(visitor, "Revenir aux plus récents") == f"{ARTICLE}?mots=gardiens"


def test_an_empty_page_says_what_to_do(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    only = readable(session)
    for query, said in {
        "?situation=planned": "Aucun retour ne répond à ce choix. Revenez à tous les retours , ou racontez le vôtre .",
        "?situation=planned&region=53": "ne répond à tous ces choix. Retirez-en un ci-dessus, ou revenez à tous les",
        "?mots=zinzolin": "Aucun retour ne dit « zinzolin ». Essayez un seul mot, ou son début. Tout voir",
        "?mots=zinzolin&region=53": "parmi ceux que vous avez choisis. Essayez un seul mot, ou son début, ou retirez",
        f"?apres={only.public_id}": "Il n’y a pas de retour plus ancien. Revenir aux plus récents",
        f"?apres={only.public_id}&region=53": "pas de retour plus ancien qui réponde à votre choix. Revenir aux plus",
    }.items():
        with subtests.test(query=query):
            assert said in collection(visitor.get(f"{ARTICLE}{query}"))


@pytest.mark.parametrize("attribution", Attribution)
@pytest.mark.parametrize("query", ["", "?mots=gardiens"])
def test_a_card_has_one_link_and_one_line_of_facts(
    visitor: Visitor, session: Session, attribution: Attribution, query: str
) -> None:
    readable(session, attribution=attribution, title="Un titre", advice="Allez-y.", situation=Situation.PAST)
    readable(session, 1, situation=Situation.PLANNED)
    (card,) = visitor.get(f"{ARTICLE}{query}").page.select('.card:has(a:-soup-contains("Un titre"))')
    assert [words_of(link) for link in card.select("a")] == ["Un titre"]
    facts = ["Bretagne", "a déjà collaboré", "RésO Villes"]
    if attribution is Attribution.REGION:
        facts.remove("Bretagne")
    assert [words_of(each).removesuffix(" ·") for each in card.select(".facts__one")] == facts
    assert ("« Allez-y. »" in words_of(card)) is (not query), (
        "a quote, and no more of the account where there is advice"
    )
    assert ("gardiens" in words_of(card)) is bool(query)
