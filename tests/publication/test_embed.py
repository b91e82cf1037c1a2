"""Embeds: the element, the framed pages, oEmbed, the instructions, and their errors."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.testimonials.attribution import Attribution
from app.testimonials.situation import Situation
from tests.acts import published, readable
from tests.crowd import multiply
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

ELEMENT, FRAME = "/integration/crpv", "/integration/crpv/cadre"
OEMBED = "/oembed?url=http://localhost"
SCRIPT = Path("static/integration/en-regard.js")
ELSEWHERE = {"Origin": "https://site.exemple"}


def ask(app: Flask, path: str) -> TestResponse:
    return app.test_client().get(path, headers=ELSEWHERE)


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_the_element_is_given_html_without_a_document(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    answer = ask(app, ELEMENT)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    html = answer.text
    assert not re.search(r"<(!doctype|html|head|body|script|style|link)|\sid=|\sstyle=|\son\w+=", html, re.IGNORECASE)
    section = BeautifulSoup(html, "html.parser").find("section", recursive=False)
    assert section is not None
    every_class = re.findall('class="([^"]*)"', html)
    assert every_class
    assert all(re.fullmatch("en-regard(__[a-z]+)?", name) for name in every_class)
    links = {str(link["href"]) for link in BeautifulSoup(html, "html.parser").find_all("a")}
    assert links == {
        "http://localhost",
        "http://localhost/articles/crpv",
        "http://localhost/articles/crpv#retours",
        "http://localhost/articles/crpv/temoigner",
        f"http://localhost/temoignages/{testimonial.public_id}-recit-00",
    }


@pytest.mark.parametrize("path", [ELEMENT, FRAME])
@pytest.mark.parametrize("attribution", Attribution)
def test_a_widget_shows_the_facts_of_the_article_page(
    app: Flask, session: Session, visitor: Visitor, path: str, attribution: Attribution
) -> None:
    readable(session, attribution=attribution, title="Une règle : « parler » !")
    card = visitor.get("/articles/crpv?region=53").page.select_one(".card")
    assert card is not None
    document = words(ask(app, path).text)
    parts = [
        card.select_one(".card__title"),
        card.select_one(".quote"),
        card.select_one(".byline"),
        *card.select(".facts__one"),
    ]
    for each in parts:
        assert each is not None
        assert words(str(each)).removesuffix(" ·") in document
    assert ("Camille Exemple" in document) is (attribution is Attribution.FULL)


def test_a_widget_has_filters_and_a_limit(app: Flask, session: Session) -> None:
    planned, past = (published(session, situation=each) for each in (Situation.PLANNED, Situation.PAST))
    assert past.published_at is not None
    planned.published_at = past.published_at - timedelta(milliseconds=500)
    turns = ((each.public_id, *multiply(session, each, 14)) for each in (past, planned))
    every = [public_id for pair in zip(*turns, strict=True) for public_id in pair]

    def shown(path: str) -> list[str]:
        return [*dict.fromkeys(re.findall(r"/temoignages/(\w{20})-", ask(app, path).text))]

    for path in (ELEMENT, FRAME):
        assert shown(path) == every[:3]
        assert shown(f"{path}?nombre=1") == every[:1]
        assert shown(f"{path}?nombre=20") == every[:20]
        assert shown(f"{path}?nombre=2&situation=past") == every[:4:2]
        assert "Lire les 15 retours" in words(ask(app, f"{path}?situation=past").text)
        assert 'articles/crpv?situation=past#retours"' in ask(app, f"{path}?situation=past").text
        assert shown(f"{path}?situation=regular") == []
        assert "Aucun retour ne répond à ce choix" in words(ask(app, f"{path}?situation=regular").text)


def test_a_widget_costs_four_statements_at_any_size(app: Flask, session: Session) -> None:
    testimonial = published(session)
    for more in (0, 199):
        multiply(session, testimonial, more)
        for path in (ELEMENT, FRAME, "/articles/crpv/integrer"):
            for query in ("", "?nombre=20", "?situation=regular&region=53"):
                with page_statements(app) as statements:
                    assert ask(app, path + query).status_code == 200
                assert 2 <= len(statements) <= 4, statements


def test_oembed_and_the_frame_of_one_cost_no_more(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    of_one = f"/integration/temoignages/{testimonial.public_id}/cadre"
    for path in (f"{OEMBED}/articles/crpv", f"{OEMBED}/temoignages/{testimonial.public_id}", of_one):
        with page_statements(app) as statements:
            assert ask(app, path).status_code == 200
        assert len(statements) <= 3, statements


ASKED = [
    *(("nombre=0", 422), ("nombre=21", 422), ("nombre=-1", 422), ("nombre=1e9", 422), ("nombre=", 422)),
    *(("nombre=%C2%B2", 422), ("nombre=3.0", 422), ("nombre=999999999999999999999", 422)),
    *(("situation=flying", 404), ("region=99", 404), ("articulation=rien", 404), ("partner=rien", 404)),
    *(("situations=past", 400), ("mots=gardiens", 400), ("region=53&region=11", 400), ("region=%zz", 400)),
    *(("x=" + "a" * 10_000, 414), ("region=", 200), ("nombre=20", 200)),
]


def test_an_invalid_query_is_refused_in_the_outlet_s_format(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    readable(session)
    for path in (ELEMENT, FRAME):
        for query, status in ASKED:
            with subtests.test(path=path, query=query):
                answer = ask(app, f"{path}?{query}")
                is_text = path == ELEMENT and status != 200
                assert (answer.status_code, answer.mimetype) == (status, "text/plain" if is_text else "text/html")
                if path == ELEMENT:
                    assert answer.headers["Access-Control-Allow-Origin"] == "*"
                else:
                    assert "en-regard" in answer.text
                    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_an_unreachable_database_is_reported_in_the_outlet_s_format(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise OperationalError("", {}, psycopg.OperationalError())

    for endpoint in ("element", "frame", "oembed"):
        monkeypatch.setitem(app.view_functions, f"embed.{endpoint}", away)
    for path in (ELEMENT, FRAME, f"{OEMBED}/articles/crpv"):
        answer = app.test_client().get(path.replace("crpv", "rien"))
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "masthead" not in answer.text
        assert "ne répond pas" in answer.text


@pytest.mark.parametrize("path", ["/integration/rien", "/integration/rien/cadre", f"{OEMBED}/articles/rien"])
def test_an_unknown_article_is_404_in_the_outlet_s_format(app: Flask, path: str) -> None:
    answer = ask(app, path)
    assert answer.status_code == 404
    assert "n’existe pas" in (answer.get_json()["error"] if answer.is_json else answer.text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (ELEMENT, "text/plain"),
        (FRAME, "text/html"),
        (f"{OEMBED}/articles/crpv", "application/json"),
        ("/integration/crpv/rien/du/tout", "text/plain"),
    ],
)
def test_a_write_is_refused_in_the_outlet_s_format(app: Flask, path: str, kind: str) -> None:
    answer = app.test_client().post(path)
    assert answer.status_code == (405 if "rien" not in path else 404)
    assert answer.mimetype == kind
    assert ("se lit" if "rien" not in path else "n’existe pas") in (
        answer.get_json()["error"] if answer.is_json else answer.text
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_frame_with_a_truncated_identifier_shows_the_error(app: Flask) -> None:
    answer = ask(app, "/integration/temoignages/2d694eba38006cf6fde/cadre")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "n’existe pas" in answer.text


def test_an_invalid_size_is_refused_by_name(app: Flask) -> None:
    answer = ask(app, f"{OEMBED}/articles/crpv&maxwidth=0")
    assert answer.status_code == 422
    assert "maxwidth" in answer.get_json()["error"]
    assert "10\u202f000" in answer.get_json()["error"]


@pytest.mark.parametrize("path", [ELEMENT, FRAME])
def test_a_widget_without_results_says_so_and_links_to_the_article(app: Flask, session: Session, path: str) -> None:
    assert "votre retour serait le premier" in ask(app, path).text
    readable(session)
    answer = ask(app, f"{path}?region=28")
    assert "Aucun retour ne répond à ce choix" in answer.text
    assert 'href="http://localhost/articles/crpv#retours"' in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_oembed_returns_the_frame_of_a_page(app: Flask, session: Session) -> None:
    testimonial = readable(session, title="Où l’on s’est parlé")
    of_one = f"http://localhost/integration/temoignages/{testimonial.public_id}/cadre"
    for url, frame in (
        ("http://localhost/articles/crpv", "http://localhost/integration/crpv/cadre"),
        ("https://localhost/articles/crpv?situation=regular%26mots=x", "/integration/crpv/cadre?situation=regular"),
        (f"http://localhost/temoignages/{testimonial.public_id}-ou-l-on", of_one),
    ):
        document = ask(app, f"/oembed?url={url}").get_json()
        assert (document["version"], document["type"], document["provider_name"]) == ("1.0", "rich", "En regard")
        (shown,) = BeautifulSoup(document["html"], "html.parser").find_all("iframe")
        assert str(shown["src"]).endswith(frame)
        assert str(shown["title"]) == document["title"]
        assert (shown["width"], shown["height"]) == (str(document["width"]), str(document["height"]))
        assert ask(app, str(shown["src"]).removeprefix("http://localhost")).status_code == 200


def test_oembed_returns_no_words_of_an_author(app: Flask, session: Session) -> None:
    testimonial = readable(session, attribution=Attribution.FULL, title="Où l’on s’est parlé")
    document = words(str(ask(app, f"{OEMBED}/temoignages/{testimonial.public_id}").get_json()))
    assert "Camille" not in document
    assert "parlé" not in document


OEMBED_ASKED = [
    ("", 400),
    ("url=", 404),
    ("url=https://autre.exemple/articles/crpv", 404),
    ("url=http://localhost.autre.exemple/articles/crpv", 404),
    ("url=http://localhost@autre.exemple/articles/crpv", 404),
    ("url=javascript://localhost/articles/crpv", 404),
    ("url=http://[", 404),
    ("url=//localhost/articles/crpv", 404),
    ("url=http://localhost/charte", 404),
    ("url=http://localhost/articles/crpv/temoigner", 404),
    ("url=http://localhost/articles/crpv?region=99", 404),
    ("url=http://localhost/temoignages/00000000000000000000", 404),
    ("url=http://localhost/articles/crpv&format=xml", 501),
    ("url=http://localhost/articles/crpv&maxwidth=0", 422),
    ("url=http://localhost/articles/crpv&maxwidth=-4", 422),
    ("url=http://localhost/articles/crpv&maxheight=1e3", 422),
    ("url=http://localhost/articles/crpv&maxheight=99999999999999", 422),
    ("url=http://localhost/articles/crpv&maxheight=%C2%B2", 422),
    ("url=http://localhost/articles/crpv&x=" + "a" * 10_000, 414),
    ("url=a&url=b", 400),
    ("url=http://localhost/articles/crpv&dnt=1&maxwidth=320&maxheight=200", 200),
]


def test_every_oembed_answer_is_json(app: Flask, subtests: pytest.Subtests) -> None:
    for query, status in OEMBED_ASKED:
        with subtests.test(query=query):
            answer = ask(app, f"/oembed?{query}")
            assert answer.status_code == status
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.is_json
            if status == 200:
                assert (answer.get_json()["width"], answer.get_json()["height"]) == (320, 200)


def test_pages_link_their_oembed(app: Flask, session: Session, visitor: Visitor) -> None:
    testimonial = readable(session)
    for path in ("/articles/crpv", f"/temoignages/{testimonial.public_id}"):
        (link,) = visitor.get(path).page.select("link[type='application/json+oembed']")
        answer = ask(app, str(link["href"]).removeprefix("http://localhost"))
        assert answer.get_json()["type"] == "rich"


def test_the_script_weighs_four_kilobytes_with_its_styles() -> None:
    weight = len(gzip.compress(SCRIPT.read_bytes(), compresslevel=6))
    assert 1_000 < weight <= 4_096
    assert ":host" in SCRIPT.read_text(encoding="utf-8")
    assert not re.search(r"import|innerHTML|eval|cookie =|localStorage|style=", SCRIPT.read_text(encoding="utf-8"))


def test_the_script_is_revalidated_and_readable_by_any_site(app: Flask, session: Session) -> None:
    answer = ask(app, "/integration/en-regard.js")
    assert answer.data == SCRIPT.read_bytes()
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = app.test_client().get("/integration/en-regard.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_instructions_give_each_snippet_for_the_filters(app: Flask, session: Session, visitor: Visitor) -> None:
    readable(session, situation=Situation.PLANNED)
    assert visitor.get("/articles/crpv").page.select("a[href='/articles/crpv/integrer']")
    visitor.get("/articles/crpv/integrer").fill(situation="planned", nombre="5").press("Préparer le code")
    assert visitor.status == 200
    codes = {str(each["id"]): each.get_text() for each in visitor.page.select("pre")}
    assert '<en-regard-retours article="crpv" situation="planned" nombre="5">' in codes["element-code"]
    assert "http://localhost/integration/en-regard.js" in codes["element-code"]
    assert '<a href="http://localhost/articles/crpv?situation=planned#retours">' in codes["element-code"]
    assert "/integration/crpv/cadre?situation=planned&amp;nombre=5" in codes["cadre-code"]
    for name in ("oembed-code", "json-code", "atom-code"):
        assert ask(app, codes[name].removeprefix("http://localhost")).status_code == 200
    assert (
        "/cadre?situation=planned" in ask(app, codes["oembed-code"].removeprefix("http://localhost")).get_json()["html"]
    )
    assert codes["json-code"].endswith("?situation=planned&limite=5")
    assert visitor.get("/articles/crpv/integrer?nombre=99").status == 422
    assert visitor.get("/articles/rien/integrer").status == 404
