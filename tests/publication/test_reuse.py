"""Product rule 4: each outlet gives the words of the authors who agreed to its purpose, and hides no testimonial."""

import re
from datetime import timedelta
from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.articles.sites import withdraw_site
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import a_site, amend_text, committed, first_wordings, published, readable
from tests.factories import by_editor
from tests.publication.outlets import WRITTEN, keyed_addresses

ATOM = "{http://www.w3.org/2005/Atom}"
LIST = "/api/v1/articles/crpv/testimonials"
ELEMENT, FRAME = "/integration/crpv", "/integration/crpv/cadre"

# The word that stands in all that the author wrote, and no other.
WORD = "zinzolin"

# What an author agreed to: the wording of publication, and that of reuse, None where refused. Then whose words go out:
# to a site of the network, and to an open outlet.
AGREEMENTS = [
    (1, None, False, False),
    (1, 1, False, False),
    (1, 2, True, True),
    (2, None, True, False),
    (2, 1, True, False),
    (2, 2, True, True),
]


def agreed(session: Session, publication: int, reuse: int | None, **changes: Any) -> Testimonial:
    """Return a published testimonial whose author agreed to these wordings, each of its answers with the word."""
    texts: dict[str, Any] = dict.fromkeys(WRITTEN, f"Du {WORD} partout")
    texts |= {"account": f"On y parle de {WORD}. " * 9, "link": f"https://{WORD}.example/"}
    texts |= {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": f"Centre {WORD}"}
    earlier = [
        purpose for purpose, number in ((Purpose.PUBLICATION, publication), (Purpose.REUSE, reuse)) if number == 1
    ]
    facts = texts | {"status": Status.PUBLISHED, "reuse": reuse is not None} | changes
    with first_wordings(*earlier):
        return committed(session, **facts)


def open_addresses(testimonial: Testimonial) -> list[str]:
    page = f"/temoignages/{testimonial.public_id}"
    return [
        *(LIST, f"{LIST}?situation=regular&limite=1", f"{LIST}?mots={WORD}", f"{LIST}?mots={WORD[:3]}"),
        f"/api/v1/testimonials/{testimonial.public_id}",
        *("/api/v1/articles", "/api/v1/articles/crpv"),
        *("/articles/crpv/flux.atom", "/articles/crpv/flux.atom?region=53", f"/articles/crpv/flux.atom?mots={WORD}"),
        *("/oembed?url=http://localhost/articles/crpv", f"/oembed?url=http://localhost{page}"),
        *(ELEMENT, f"{ELEMENT}?region=53&nombre=20", FRAME, f"/integration/temoignages/{testimonial.public_id}/cadre"),
    ]


def told(answer: TestResponse) -> str:
    """Return all that a response says, but what the request said: the words searched come back in the addresses."""
    text = f"{answer.get_data(as_text=True)}\n{answer.headers}".lower()
    return re.sub(r"mots=[a-z]+|« [a-z]+ »", "", text.replace("\u00a0", " ").replace("\u202f", " "))


@pytest.mark.both_engines
@pytest.mark.parametrize(("publication", "reuse", "to_sites", "to_all"), AGREEMENTS)
def test_each_outlet_gives_the_words_of_those_whose_consent_names_it(  # noqa: PLR0917  # fixtures, by name
    app: Flask, session: Session, publication: int, reuse: int | None, to_sites: bool, to_all: bool
) -> None:
    testimonial = agreed(session, publication, reuse)
    site = a_site(session)
    session.commit()
    speaking = set()
    for path, method in product(open_addresses(testimonial), ("GET", "HEAD", "OPTIONS")):
        answer = app.test_client().open(path, method=method)
        assert answer.status_code == 200
        if WORD in told(answer):
            speaking.add(path)
    wordless = {path for path in open_addresses(testimonial) if "oembed" in path or path.startswith("/api/v1/articles")}
    wordless -= {path for path in wordless if path.startswith(LIST)}
    assert speaking == (set(open_addresses(testimonial)) - wordless if to_all else set())
    for path in keyed_addresses(testimonial, site.key):
        answer = app.test_client().get(path)
        assert answer.status_code == 200
        assert (WORD in told(answer)) is to_sites, path
        assert testimonial.public_id in answer.text
    page = f"/temoignages/{testimonial.public_id}"
    for path in ("/articles/crpv", f"/articles/crpv?mots={WORD}", page, "/sitemap.xml"):
        assert WORD in told(app.test_client().get(path, follow_redirects=True)), path


def test_a_withheld_testimonial_has_its_choices_and_null_for_its_words(app: Flask, session: Session) -> None:
    testimonial = agreed(session, 2, None)
    (item,) = app.test_client().get(LIST).get_json()["testimonials"]
    published_at = testimonial.published_at
    assert published_at is not None
    theme = testimonial.latest.themes[0]
    withheld = ("account", "outcome", "obstacles", "advice", "years", "other_partners", "link", "sequel", "quote")
    assert item == {
        **dict.fromkeys((*withheld, "signature", "became", "became_on")),
        "id": testimonial.public_id,
        "url": f"http://localhost/temoignages/{testimonial.public_id}",
        "self": f"http://localhost/api/v1/testimonials/{testimonial.public_id}",
        "article": "http://localhost/api/v1/articles/crpv",
        "articulations": [{"value": theme.slug, "label": item["articulations"][0]["label"]}],
        "published_at": published_at.isoformat(timespec="seconds"),
        "updated_at": item["updated_at"],
        "title": "Bretagne, collaboration régulière",
        "situation": {"value": "regular", "label": "Collaboration régulière"},
        "situation_line": "Collaboration régulière",
        "region": {"value": "53", "label": "Bretagne"},
        "partner": {"value": "autre", "label": "Un autre CRPV"},
        "replies": [],
        "answers": [],
        "recorded": False,
        "words_withheld": True,
    }
    alone = app.test_client().get(f"/api/v1/testimonials/{testimonial.public_id}").get_json()
    assert alone == item | {"html": None}
    assert app.test_client().get(item["url"], follow_redirects=True).status_code == 200


def test_a_withheld_entry_of_the_feed_has_a_composed_title_and_a_link(app: Flask, session: Session) -> None:
    testimonial = agreed(session, 2, None, partner_known=PartnerKnown.UNKNOWN, partner_other="")
    (entry,) = ET.fromstring(app.test_client().get("/articles/crpv/flux.atom").data).findall(f"{ATOM}entry")  # noqa: S314  # our own feed
    page = f"http://localhost/temoignages/{testimonial.public_id}"
    assert (entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}title")) == (page, "Bretagne, collaboration régulière")
    assert [link.get("href") for link in entry.findall(f"{ATOM}link")] == [page]
    assert entry.find(f"{ATOM}author") is None, "the feed's own stands for it"
    assert entry.find(f"{ATOM}content") is None
    assert "se lit à côté de l’article" in (entry.findtext(f"{ATOM}summary") or "")


def test_counts_and_pages_are_the_same_with_and_without_words(app: Flask, session: Session) -> None:
    """Every second author refused reuse: nothing is hidden from who follows, and no page is shorter."""
    several = [published(session, number, reuse=number % 2 == 0) for number in range(7)]
    for number, each in enumerate(several):
        each.published_at = now() - timedelta(hours=number)
    session.commit()
    client, seen, path = app.test_client(), list[str](), f"{LIST}?limite=3"
    while path:
        page = client.get(path).get_json()
        assert page["total"] == 7
        seen += [each["id"] for each in page["testimonials"]]
        path = page["next"].removeprefix("http://localhost") if page["next"] else ""
    assert seen == [each.public_id for each in several]
    choices = client.get("/api/v1/articles/crpv").get_json()
    assert choices["total"] == 7
    assert client.get(f"{ELEMENT}?nombre=7").text.count("en-regard__return") == 7


def test_words_cannot_be_guessed_by_asking(app: Flask, session: Session) -> None:
    """Neither by a result, nor by a cursor."""
    silent = agreed(session, 2, 1)
    speaking = readable(session, title=f"Le {WORD} de qui accepte")
    for path in (f"{LIST}?mots={WORD}", f"{LIST}?mots={WORD[:4]}", f"{LIST}?mots={WORD}&region=53"):
        found = app.test_client().get(path).get_json()
        assert [each["id"] for each in found["testimonials"]] == [speaking.public_id]
        assert (found["total"], found["next_cursor"]) == (None, None)
    feed = app.test_client().get(f"/articles/crpv/flux.atom?mots={WORD}").text
    assert (speaking.public_id in feed, silent.public_id in feed) == (True, False)
    here = app.test_client().get(f"/articles/crpv?mots={WORD}").text
    assert (speaking.public_id in here, silent.public_id in here) == (True, True)


def test_a_new_version_is_given_on_the_consent_in_force(app: Flask, session: Session) -> None:
    """An amended text that an editor publishes is as withheld as the one before."""
    testimonial = agreed(session, 1, None)
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        amend_text(testimonial, {Purpose.PUBLICATION: True}, title=f"Encore du {WORD}")
    session.commit()
    assert WORD not in told(app.test_client().get(LIST))


def test_a_key_opens_on_its_host_alone(app: Flask, session: Session) -> None:
    testimonial = agreed(session, 2, None)
    site = a_site(session, "reseau.example")
    session.commit()
    for path in keyed_addresses(testimonial, site.key):
        headers = app.test_client().get(path, headers={"Origin": "https://ailleurs.example"}).headers
        if "cadre" in path:
            assert headers["Content-Security-Policy"].endswith("; frame-ancestors https://reseau.example")
            assert "Access-Control-Allow-Origin" not in headers
        else:
            assert headers["Access-Control-Allow-Origin"] == "https://reseau.example"
            assert headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'")


def test_a_key_of_no_site_opens_nothing_and_says_so(app: Flask, session: Session) -> None:
    """Withdrawing a site acts at the next request."""
    testimonial = agreed(session, 2, 2)
    site = a_site(session)
    session.commit()
    for path in keyed_addresses(testimonial, site.key):
        assert app.test_client().get(path).status_code == 200
    withdraw_site(session, site, by=by_editor(session))
    session.commit()
    for path in [*keyed_addresses(testimonial, site.key), f"{ELEMENT}?cle=", f"{FRAME}?cle=rien"]:
        answer = app.test_client().get(path)
        assert answer.status_code == 403, path
        assert "celle d’un site du réseau" in answer.text
        assert WORD not in told(answer)
    assert app.test_client().get(f"/articles/crpv/integrer?cle={site.key}").status_code == 404


def test_a_key_opens_neither_the_api_nor_the_feed(app: Flask, session: Session) -> None:
    agreed(session, 2, None)
    site = a_site(session)
    session.commit()
    assert app.test_client().get(f"{LIST}?cle={site.key}").status_code == 400
    assert WORD not in told(app.test_client().get(f"/articles/crpv/flux.atom?cle={site.key}"))


def test_a_site_gets_its_codes_with_its_key(app: Flask, session: Session) -> None:
    site = a_site(session, "reseau.example")
    session.commit()
    page = app.test_client().get(f"/articles/crpv/integrer?region=53&cle={site.key}").text
    for code in (
        f"http://localhost/integration/crpv/cadre?region=53&amp;amp;cle={site.key}",
        f"cle=&#34;{site.key}&#34;",
        "https://reseau.example",
    ):
        assert code in page, code
    assert "flux.atom" not in page
    assert site.key not in app.test_client().get("/articles/crpv/integrer").text
