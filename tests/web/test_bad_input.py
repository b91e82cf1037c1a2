"""Malformed, oversized and forged requests get a French error page with the right status, and store nothing."""

import sqlite3
from contextlib import closing
from importlib import import_module
from io import BytesIO
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.account_links import ACCOUNT
from app.db import db
from app.features.alerts.models import ALERT
from app.features.invitations.models import INVITATION
from app.features.notices.reader_routes import NOTICE
from app.features.questions.models import QUESTION, RECEIVED
from app.links import PRIVATE_PAGE, Link
from app.privacy.address.requests import ADDRESS
from app.testimonials import erasure
from app.testimonials.draft import DRAFT, DRAFT_SAVED
from app.testimonials.lifecycle import Status
from app.testimonials.responses.invitation import ANSWER
from app.testimonials.submission.submit import RECEIPT
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_private_link, sign_token
from config import Testing
from tests.acts import private_token
from tests.factories import a_testimonial
from tests.services.ports import kept_port
from tests.visitor import Visitor

WRITE = "/articles/crpv/temoigner"


def nothing_is_stored(session: Session) -> bool:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Testimonial)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/articles/%00",
        "/articles/crpv?region=%00",
        "/articles/crpv?region=%ED%A0%80",  # a lone surrogate
        "/articles/crpv?region=%C3%28",
        "/articles/crpv?region=%",
        "/articles/crpv?region=%zz",
        "/articles/crpv?region=11&region=12",
        "/moderation?avant=9999999999",
        "/moderation?avant=-1",
        "/moderation?avant=1e3",
        "/moderation?avant=%D9%A1",  # a digit, in Arabic
    ],
)
def test_a_query_string_that_is_not_utf8_is_refused(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 400
    assert "illisible" in visitor.text


@pytest.mark.parametrize("referrer", ["http://[", "//[", "http://localhost:port/moderation"])
def test_a_referrer_that_is_no_address_leads_nowhere(app: Flask, referrer: str) -> None:
    answer = app.test_client().post("/moderation/ecarter", headers={"Referer": referrer})
    assert (answer.status_code, answer.location) == (302, "/connexion")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        *(("PATH_INFO", raw) for raw in ("/articles/\xff\xfe", "/mon-temoignage/\xed\xa0\x80", "/a\x00")),
        *(("RAW_URI", raw) for raw in ("/articles/%zz", "/articles/%e", "/mon-temoignage/a%")),
    ],
)
def test_a_path_that_is_not_utf8_or_of_a_broken_escape_is_refused(app: Flask, name: str, raw: str) -> None:
    answer = app.test_client().get("/vos-donnees", environ_overrides={name: raw})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        *(b"title=%00", b"title=%ED%A0%80", b"title=%FF", b"title=\xff\xfe", b"\x00=1", b"%C3%28=1"),
        *(b"title=%", b"title=100%&x=1", b"%g1=1", b"title=a&title=b", b"revision=99999999999", b"revision=1.5"),
    ],
)
def test_a_body_that_is_not_utf8_is_refused(app: Flask, session: Session, body: bytes) -> None:
    answer = app.test_client().post(WRITE, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert nothing_is_stored(session)


def test_a_form_of_too_many_fields_gets_413(app: Flask, session: Session) -> None:
    client = app.test_client()
    few, many = ("&".join(f"n{number}=1" for number in range(count)) for count in (500, 501))
    assert client.post(WRITE, data=few, content_type="application/x-www-form-urlencoded").status_code == 422
    assert client.post(WRITE, data=many, content_type="application/x-www-form-urlencoded").status_code == 413
    assert nothing_is_stored(session)


def test_an_unknown_host_is_refused(app: Flask, visitor: Visitor) -> None:
    for host in ("attaquant.exemple", "localhost.attaquant.exemple", "127.0.0.1.nip.io", "local\u212aost"):
        answer = app.test_client().get("/vos-donnees", headers={"Host": host.encode().decode("latin-1")})
        assert answer.status_code == 400, host
        assert answer.get_data(as_text=True).startswith("Cette adresse n’est pas celle de la plateforme")
        assert "attaquant" not in answer.get_data(as_text=True)
    assert visitor.get("/vos-donnees").status == 200


def test_an_unreachable_database_gets_503(tmp_path: Path) -> None:
    with kept_port() as closed:
        nowhere = f"postgresql://nobody@127.0.0.1:{closed}/nothing?connect_timeout=1"
        each_page_says_so(create_app(Testing(instance=tmp_path, database=nowhere)).test_client())


def each_page_says_so(client: FlaskClient) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    for answer in (client.get("/articles/crpv"), client.post(WRITE), client.get("/moderation")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert "reprend son souffle" in answer.get_data(as_text=True)
    for path in ("/api/v1/articles", "/api/v1/articles/crpv/testimonials?mots=loin"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["title"] == "Indisponible un instant"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_locked_database_gets_503(app: Flask, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("app.db"), "BUSY_TIMEOUT", 50)
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = app.test_client().post("/mon-temoignage/nouveau-lien", data={"email": "a@exemple.fr"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        other.execute("ROLLBACK")
    assert app.test_client().post("/mon-temoignage/nouveau-lien", data={"email": "a@exemple.fr"}).status_code == 422


def test_a_body_that_is_no_form_gets_415(app: Flask) -> None:
    client = app.test_client()
    assert client.post(WRITE, json={"title": "x"}).status_code == 415
    assert client.post(WRITE, data={"file": (BytesIO(b"x"), "x.txt")}).status_code == 415


def test_a_body_over_256_kb_gets_413(visitor: Visitor, session: Session) -> None:
    assert visitor.post(WRITE, [("account", "a" * 255 * 1024)]).status == 422
    visitor.post(WRITE, [("account", "a" * 256 * 1024)])
    assert visitor.status == 413
    assert "trop lourd" in visitor.text
    assert nothing_is_stored(session)


def test_a_body_without_a_length_is_bounded_too(app: Flask, session: Session) -> None:
    chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    for size, status in ((300 * 1024, 413), (200 * 1024, 422)):
        answer = app.test_client().post(
            WRITE,
            input_stream=BytesIO(b"account=" + b"a" * size),
            content_type="application/x-www-form-urlencoded",
            environ_overrides=chunked,
        )
        assert answer.status_code == status
    assert nothing_is_stored(session)


# A kind of link, a page that its tokens open, and what is advised where they do not.
NEW_LINK, NEW_INVITATION, ASKED_AGAIN = "nouveau lien", "autre invitation", "la question n’est pas partie"
LINKED: list[tuple[Link, str, str, str]] = [
    (DRAFT, "GET", "/brouillon/{}", NEW_LINK),
    (DRAFT, "POST", "/brouillon/{}/effacer", NEW_LINK),
    (DRAFT_SAVED, "GET", "/brouillon/garde/{}", NEW_LINK),
    (INVITATION, "GET", "/invitation/{}", NEW_INVITATION),
    (PRIVATE_PAGE, "GET", "/mon-temoignage/{}", NEW_LINK),
    (PRIVATE_PAGE, "GET", "/mon-temoignage/{}/effacer", NEW_LINK),
    (PRIVATE_PAGE, "GET", "/mon-temoignage/{}/mes-donnees", NEW_LINK),
    (PRIVATE_PAGE, "POST", "/mon-temoignage/{}/retirer", NEW_LINK),
    (RECEIPT, "GET", "/recu/{}", NEW_LINK),
    (ANSWER, "GET", "/repondre/{}", NEW_INVITATION),
    (ANSWER, "POST", "/repondre/{}", NEW_INVITATION),
    (NOTICE, "GET", "/signalement/{}", NEW_LINK),
    (ADDRESS, "GET", "/vos-donnees/mon-adresse/{}", NEW_LINK),
    (ADDRESS, "GET", "/vos-donnees/mon-adresse/{}/mes-donnees.json", NEW_LINK),
    (ADDRESS, "GET", "/vos-donnees/mon-adresse/{}/effacer", NEW_LINK),
    (ACCOUNT, "GET", "/connexion/lien/{}", "Ce lien n’ouvre plus rien"),
    (INVITATION, "POST", "/invitation/{}/refuser", NEW_INVITATION),
    (ANSWER, "GET", "/repondre/{}/refuser", NEW_INVITATION),
    (ANSWER, "POST", "/repondre/{}/refuser", NEW_INVITATION),
    (QUESTION, "GET", "/question/{}", ASKED_AGAIN),
    (RECEIVED, "GET", "/question/{}/recue", ASKED_AGAIN),
    (ALERT, "GET", "/suivre/{}", NEW_LINK),
    (ALERT, "POST", "/suivre/{}/arreter", NEW_LINK),
]
KINDS = {link for link, *_ in LINKED}


@pytest.mark.parametrize(
    ("link", "method", "page", "way_on"), LINKED, ids=lambda value: getattr(value, "purpose", value)
)
def test_every_refused_link_gets_the_same_page_for_the_same_work(  # noqa: PLR0917  # fixtures, which pytest gives by name
    app: Flask, session: Session, link: Link, method: str, page: str, way_on: str
) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    erased = a_testimonial(session, email="b@exemple.fr")
    good, alphabet = private_token(testimonial), f"{ascii_uppercase}{ascii_lowercase}{digits}-_"
    refused = [
        sign_private_link(testimonial.public_id, testimonial.link_generation - 1),
        private_token(erased),
        good[:-9] + ("x" if good[-9] != "x" else "y") + good[-8:],
        sign_token("private-link", [testimonial.public_id]),
        "x",
        "é",
        good.upper(),
        f"{good}=",
        f"{good}!!",
        good[:-1] + alphabet[alphabet.index(good[-1]) ^ 1],  # the same bytes once decoded
        good.split(".")[0] + ".a",
        "a" * 5000,
        link.make(),
        link.make(None),
    ]
    claims = [testimonial.public_id if kind is str else 1 for kind in link.claims]
    refused += [each.make(*claims) for each in KINDS - {link}]
    looks_for_a_row = link not in {QUESTION, RECEIVED, ALERT} and "/refuser" not in page
    if looks_for_a_row and link is not INVITATION:  # elsewhere its signature suffices, and the page says what is gone
        refused.append(link.make(*("0" * 20 if kind is str else 1 for kind in link.claims)))
    if link is RECEIPT:
        refused.append(link.make(erased.public_id))
    erasure.erase_testimonial(erased)
    session.commit()
    client = app.test_client()
    executed: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *seen: executed.append(seen[2]))
    answers = set()
    for token in refused:
        executed.clear()
        answer = client.open(page.format(token), method=method)
        assert answer.status_code == 404, token
        # Settings of a new connection are no work done for a token.
        work = tuple(each for each in executed if not each.startswith("PRAGMA"))
        answers.add((answer.data, str(answer.headers), work))
    assert len(answers) == 1, "one page for all, and one query: it reveals nothing"
    ((body, _, statements),) = answers
    assert way_on in body.decode()
    assert sum("SELECT" in statement for statement in statements) == looks_for_a_row


def test_an_unknown_page_gets_a_404_in_french(visitor: Visitor) -> None:
    assert visitor.get("/rien-de-tel").status == 404
    assert visitor.get("/articles/rien").status == 404
    assert visitor.get("/temoignages/rien").status == 404
    assert "n’existe pas" in visitor.text


def test_a_refused_method_gets_the_allow_header(app: Flask) -> None:
    answer = app.test_client().post("/vos-donnees")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.both_engines
def test_a_database_error_is_logged_without_its_parameters(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused, quoted = text("SELECT * FROM nothing WHERE x = :x"), {"x": "fuite@exemple.fr"}

    def breaking() -> str:
        db.session.execute(refused, quoted)
        return ""

    monkeypatch.setitem(app.view_functions, "privacy.your_data", breaking)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert Visitor(app).get("/vos-donnees").status == 500
    assert "fuite@" not in caplog.text
    assert "SELECT" not in caplog.text
    assert "breaking" in caplog.text, "the traceback is logged"


def test_an_unhandled_error_gets_the_error_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "privacy.your_data", lambda: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor = Visitor(app).get("/vos-donnees")
    assert visitor.status == 500
    assert "de notre côté" in visitor.text
    assert "Si cela se répète, écrivez à contact@en-regard.invalid en citant le code 500" in visitor.text
    assert "ZeroDivision" not in visitor.text
