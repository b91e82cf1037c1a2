"""Sign-in by an identity provider: a real one, what it proves, what it falsifies, and the accounts that it opens."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import mails
from app.accounts.models import BoundIdentity, User
from app.audit import AuditEvent, Kind
from app.db import now
from app.mail.outbox import Email
from config import Config, SettingMissing, Testing
from tests.accounts.signing_in import ADMIN, is_signed_in, set_up_totp, sign_in, totp_code
from tests.acts import signed_in
from tests.factories import EDITOR, an_editor
from tests.services.identity_provider import PROVIDER, Claims, Provider, identity_provider, signed
from tests.test_config import PRODUCTION
from tests.visitor import Visitor

pytestmark = [pytest.mark.services, pytest.mark.filterwarnings("ignore:.*:authlib.deprecate.AuthlibDeprecationWarning")]

SETTINGS = {"OIDC_CLIENT_ID": "en-regard", "OIDC_CLIENT_SECRET": "s" * 32, "OIDC_NAME": "ProExemple"}
BACK = "/connexion/identite/retour"
REFUSED = "Cette identité n’ouvre aucun compte ici."
UNPROVED = "Cette connexion n’a pas abouti"
UNAVAILABLE = "Le service qui vérifie votre identité ne répond pas comme il le devrait."
KNOWN = {"email": EDITOR, "email_verified": True}
SILENT: Claims = {"email": None, "email_verified": None}


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture
def provider(served: Provider) -> Provider:
    """The provider as it is by itself; it knows the editor by a verified address."""
    vars(served).update(vars(Provider(served.issuer, app=served.app)))
    served.give("42", **KNOWN)
    return served


def configure(app: Flask, provider: Provider, trusts: str = "") -> Flask:
    """Have an application sign people in by the provider, of which it has read nothing yet."""
    given = SETTINGS | {"OIDC_ISSUER": provider.issuer, "OIDC_TRUSTS": trusts}
    app.config["IDENTITY_PROVIDER"] = Testing(instance=Path("/"), database="sqlite://", **given).IDENTITY_PROVIDER
    return app


@pytest.fixture
def site(app: Flask, provider: Provider) -> Flask:
    return configure(app, provider)


def led_to(visitor: Visitor, path: str = "/connexion/identite") -> str:
    """Return the address of the provider to which one is led."""
    return str(visitor.client.get(path).location)


def come_back(visitor: Visitor, provider: Provider, path: str = "/connexion/identite") -> Visitor:
    """Sign in at the provider, and come back from it."""
    answer = urlsplit(provider.answer(led_to(visitor, path), "42"))
    return visitor.get(f"{answer.path}?{answer.query}")


def enter(visitor: Visitor, provider: Provider) -> Visitor:
    come_back(visitor, provider)
    return visitor.press("Ouvrir mon compte") if visitor.path == "/connexion/identite/continuer" else visitor


def kinds(session: Session) -> list[Kind]:
    session.rollback()
    return list(session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)))


def bound(session: Session) -> list[tuple[int, str]]:
    session.rollback()
    return [(each.user_id, each.subject) for each in session.scalars(select(BoundIdentity))]


def test_the_first_sign_in_binds_the_account_and_the_next_ones_go_by_the_subject_alone(
    site: Flask, provider: Provider, session: Session, editor: User
) -> None:
    visitor = Visitor(site).get("/connexion?next=/moderation?etat=declined")
    assert "Se connecter avec ProExemple" in visitor.text
    link = visitor.page.find("a", string="Se connecter avec ProExemple")
    come_back(visitor, provider, path=str(link["href"]))  # type: ignore[index]  # a link
    assert kinds(session) == [], "coming back changes nothing"
    assert visitor.answer is not None
    assert visitor.answer.request.query_string == b"", "no code stays in the address bar"
    visitor.press("Ouvrir mon compte")
    assert visitor.answer.request.full_path == "/moderation?etat=declined"
    assert is_signed_in(visitor)
    assert bound(session) == [(editor.id, "42")]
    assert kinds(session) == [Kind.IDENTITY_BOUND, Kind.SIGNED_IN]
    letters = session.scalars(select(Email).where(Email.recipient == EDITOR)).all()
    assert [each.message for each in letters] == [mails.SIGN_IN_CHANGED]
    assert "ProExemple" in letters[0].facts["words"]
    provider.give("42", email="une-autre@adresse.fr", email_verified=False)
    assert is_signed_in(enter(Visitor(site), provider)), "the address counts no more"
    assert kinds(session)[2:] == [Kind.SIGNED_IN]


@pytest.mark.one_engine
def test_the_request_has_a_state_a_nonce_and_a_challenge_of_its_own(
    site: Flask, provider: Provider, editor: User
) -> None:
    provider.metadata = {"code_challenge_methods_supported": ["plain", "S256"]}
    asked = [parse_qs(urlsplit(led_to(Visitor(site))).query) for _ in range(2)]
    for each in asked:
        assert each["response_type"] == ["code"]
        assert each["client_id"] == ["en-regard"]
        assert each["redirect_uri"] == [f"http://localhost{BACK}"]
        assert each["scope"] == ["openid email"]
        assert each["code_challenge_method"] == ["S256"]
        assert each.keys() & {"claims", "acr_values"} == set()
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 32
    assert provider.paths == [PROVIDER], "it is read once, and kept"
    enter(Visitor(site), provider)
    assert len(provider.posted[0]["code_verifier"][0]) >= 43


@pytest.mark.one_engine
def test_no_challenge_is_given_to_a_provider_that_does_not_list_it(
    site: Flask, provider: Provider, editor: User
) -> None:
    assert "code_challenge" not in led_to(Visitor(site))
    assert is_signed_in(enter(Visitor(site), provider))
    assert "code_verifier" not in provider.posted[0]


@pytest.mark.parametrize("case", ["unknown", "unverified", "silent", "no address", "disabled", "invited", "bound"])
def test_what_opens_no_account_is_refused_in_one_sentence(
    site: Flask, provider: Provider, session: Session, editor: User, case: str
) -> None:
    told: dict[str, Claims] = {
        "unknown": {"email": "inconnue@exemple.fr", "email_verified": True},
        "unverified": {"email": EDITOR, "email_verified": False},
        "silent": {"email": EDITOR},
        "no address": {},
    }
    match case:
        case "disabled":
            editor.disabled_at = now()
        case "invited":
            editor.password_hash = ""
        case "bound":
            editor.identities.append(BoundIdentity(issuer=provider.issuer, subject="another"))
        case _:
            pass
    session.commit()
    before = bound(session)
    provider.give("42", **told.get(case, KNOWN))
    visitor = enter(Visitor(site), provider)
    assert visitor.status == 403
    assert REFUSED in visitor.text
    assert not is_signed_in(visitor)
    assert bound(session) == before
    assert kinds(session) == [Kind.SIGN_IN_FAILED]


def test_an_identity_opens_the_account_it_is_bound_to_whatever_address_it_takes(
    site: Flask, provider: Provider, session: Session, editor: User
) -> None:
    enter(Visitor(site), provider)
    an_editor(session, email="une-autre@ville-exemple.fr")
    session.commit()
    provider.give("42", email="une-autre@ville-exemple.fr", email_verified=True)
    visitor = enter(Visitor(site), provider)
    assert EDITOR in visitor.get("/mon-compte").text
    assert bound(session) == [(editor.id, "42")]
    session.get_one(User, editor.id).disabled_at = now()
    session.commit()
    assert REFUSED in enter(Visitor(site), provider).text, "nor another's once its account is disabled"


def test_a_proof_opens_an_account_once(site: Flask, provider: Provider, session: Session, editor: User) -> None:
    visitor = come_back(Visitor(site), provider)
    with visitor.client.session_transaction() as kept:
        proof = kept["identity"]
    visitor.press("Ouvrir mon compte").press("Se déconnecter")
    visitor.get("/connexion")
    with visitor.client.session_transaction() as kept:
        kept["identity"] = proof
    assert REFUSED in visitor.get("/connexion/identite/continuer").press("Ouvrir mon compte").text


OTHER = "https://autre.exemple"
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "first"}, private=True)
SECRET = OctKey.import_key("s" * 32)
PAST, FUTURE = int(time.time()) - 3600, int(time.time()) + 3600
JWT = "application/jwt"

# Each way in which a provider, or who answers in its place, lies. What the browser brings back:
ANSWERS = ("forged", "no state", "replayed", "other browser", "other nonce", "late", "denied", "other issuer")
# what the ID token says,
CLAIMS: dict[str, Claims] = {
    "audience": {"aud": "another"},
    "audiences": {"aud": ["en-regard", "another"], "azp": "another"},
    "audiences without a party": {"aud": ["en-regard", "another"]},
    "party": {"azp": "another"},
    "issuer": {"iss": OTHER},
    "no issuer": {"iss": None},
    "expired": {"exp": PAST},
    "endless": {"exp": None},
    "issued tomorrow": {"iat": FUTURE},
    "not good yet": {"nbf": FUTURE},
    "nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "nobody": {"sub": ""},
    "no subject": {"sub": None},
    "access token": {"at_hash": "x" * 22},
    "a subject that no database stores": {"sub": "4\0002"},
    "a subject that no cookie holds": {"sub": "4" * 256},
}
# how it is signed,
SIGNATURES: dict[str, Any] = {
    "another key": lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, OTHER_KEY),
    "unknown key": lambda claims: jwt.encode({"alg": "RS256", "kid": "second"}, claims, OTHER_KEY),
    "the client's secret": lambda claims: jwt.encode({"alg": "HS256"}, claims, SECRET),
    "none": lambda claims: f"eyJhbGciOiJub25lIn0.{signed(claims).split('.')[1]}.",
    "cut": lambda claims: signed(claims)[:-40],
}
# and what its other answer says of somebody.
PEOPLE = {
    "somebody else": Response(json.dumps(KNOWN | {"sub": "43"}), mimetype="application/json"),
    "somebody else, signed": Response(signed(KNOWN | {"sub": "43"}), mimetype=JWT),
    "another issuer": Response(signed(KNOWN | {"sub": "42", "iss": OTHER}), mimetype=JWT),
    "unsigned": Response(signed(KNOWN | {"sub": "42"})[:-40], mimetype=JWT),
    "of another key": Response(SIGNATURES["another key"](KNOWN | {"sub": "42"}), mimetype=JWT),
    "by the client's secret": Response(SIGNATURES["the client's secret"](KNOWN | {"sub": "42"}), mimetype=JWT),
}


@pytest.mark.one_engine
def test_a_provider_that_lies_proves_nothing(
    site: Flask, provider: Provider, session: Session, editor: User, subtests: pytest.Subtests
) -> None:
    for case in (*ANSWERS, *CLAIMS, *SIGNATURES, *PEOPLE):
        with subtests.test(case=case):
            vars(provider).update(claims=CLAIMS.get(case, {}), sign=SIGNATURES.get(case, signed), answers={})
            if case in PEOPLE:
                provider.claims, provider.answers = SILENT, {"/userinfo": PEOPLE[case]}
            visitor = come_back_with_another(Visitor(site), provider, case)
            assert visitor.status == 403
            assert UNPROVED in visitor.text
            assert not is_signed_in(visitor)
            assert bound(session) == []
            assert kinds(session) == []
    vars(provider).update(claims={}, answers={})
    assert come_back_with_another(Visitor(site), provider, "nothing").path == "/connexion/identite/continuer"


def come_back_with_another(visitor: Visitor, provider: Provider, case: str) -> Visitor:
    query = urlsplit(provider.answer(led_to(visitor), "42")).query
    if case == "replayed":
        visitor.get(f"{BACK}?{query}")
        led_to(visitor)
    changes: dict[str, Claims] = {"other nonce": {"nonce": "x" * 43}, "late": {"asked_at": time.time() - 601}}
    with visitor.client.session_transaction() as kept:
        kept["identity-request"] = asked = kept["identity-request"] | changes.get(case, {})
    code = query.partition("&")[0]
    queries = {
        "forged": query.replace("state=", "state=x"),
        "no state": code,
        "replayed": f"{code}&state={asked['state']}",
        "denied": query.replace(code, "error=access_denied"),
        "other issuer": f"{query}&iss={OTHER}",
    }
    visitor = Visitor(visitor.client.application) if case == "other browser" else visitor
    return visitor.get(f"{BACK}?{queries.get(case, query)}")


@pytest.mark.one_engine
def test_an_address_that_only_the_other_answer_tells_is_read_there_plain_or_signed(
    site: Flask, provider: Provider, session: Session, editor: User
) -> None:
    told = {"sub": "42", "email": EDITOR.upper(), "email_verified": True, "iss": provider.issuer}
    provider.claims, provider.answers = SILENT, {"/userinfo": Response(signed(told), mimetype=JWT)}
    assert is_signed_in(enter(Visitor(site), provider))
    assert provider.paths[-1] == "/userinfo"
    session.rollback()
    session.delete(session.scalars(select(BoundIdentity)).one())
    session.commit()
    provider.answers.clear()
    assert is_signed_in(enter(Visitor(site), provider)), "plain"


@pytest.mark.one_engine
def test_keys_are_read_anew_for_an_unknown_one_and_after_an_hour(
    site: Flask, provider: Provider, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.accounts.identities import client  # noqa: PLC0415  # it loads authlib

    assert is_signed_in(enter(Visitor(site), provider))
    new = RSAKey.generate_key(2048, {"kid": "second"}, private=True)
    provider.keys, provider.sign = [new], lambda claims: jwt.encode({"alg": "RS256", "kid": "second"}, claims, new)
    assert is_signed_in(enter(Visitor(site), provider))
    assert (provider.paths.count("/jwks"), provider.paths.count(PROVIDER)) == (2, 1)
    provider.keys = [OTHER_KEY]
    monkeypatch.setattr(client, "CACHE_PERIOD", 0)
    assert UNPROVED in come_back(Visitor(site), provider).text, "the provider has withdrawn it"


NONSENSE = {
    "a page": Response("<html>bonjour</html>"),
    "a list": Response("[]", mimetype="application/json"),
    "nothing": Response("{}", mimetype="application/json"),
    "an error": Response("{}", 500),
    "a redirection": Response("", 302, {"Location": "/"}),
    "too much": Response(" " * 300_000 + "{}", mimetype="application/json"),
}


@pytest.mark.one_engine
def test_a_provider_that_answers_nonsense_is_one_sentence(
    app: Flask, provider: Provider, session: Session, editor: User, subtests: pytest.Subtests
) -> None:
    provider.claims = SILENT
    for path, case in product((PROVIDER, "/jwks", "/oauth2/token", "/userinfo"), NONSENSE):
        with subtests.test(path=path, case=case):
            configure(app, provider)
            provider.answers.clear()
            visitor, back = Visitor(app), urlsplit("/connexion/identite")
            if path != PROVIDER:
                back = urlsplit(provider.answer(led_to(visitor), "42"))
            provider.answers[path] = NONSENSE[case]
            visitor.get(f"{back.path}?{back.query}")
            assert visitor.status in {403, 503}
            assert UNAVAILABLE in visitor.text or UNPROVED in visitor.text
            assert "Se connecter" in visitor.text, "one may still use a password"
            assert provider.paths[-1] == path
    assert kinds(session) == []


@pytest.mark.one_engine
def test_metadata_that_cannot_be_trusted_are_refused(site: Flask, provider: Provider, editor: User) -> None:
    addresses = ("authorization_endpoint", "token_endpoint", "end_session_endpoint")
    for untrue in ({"issuer": OTHER}, *({name: "https://localhost:1/"} for name in addresses)):
        provider.metadata = {**untrue}
        assert Visitor(configure(site, provider)).get("/connexion/identite").status == 503
    told: list[Claims] = [{"jwks_uri": None}, {"verify": False, "scope": "all"}]
    for metadata in told:
        provider.metadata = metadata
        visitor = come_back(Visitor(configure(site, provider)), provider)
        assert visitor.status == (200 if "verify" in metadata else 503), "none but the issuer's scheme, and our options"
    assert "scope=openid+email" in led_to(Visitor(site))


@pytest.mark.one_engine
@pytest.mark.parametrize("start", ["Server: ", "\r\n"], ids=["in its headers", "in its body"])
def test_a_provider_that_never_ends_is_one_sentence_and_delays_nobody_else(
    app: Flask, editor: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, start: str
) -> None:
    from app.accounts.identities import client  # noqa: PLC0415  # it loads authlib

    over, turns = threading.Event(), threading.BoundedSemaphore(2)
    monkeypatch.setattr(client, "TURNS", turns)
    monkeypatch.setattr(client, "LONGEST_ANSWER", 0.3)

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(4096)
            connection.sendall(f"HTTP/1.1 200 OK\r\n{start}".encode())
            while not over.wait(0.1):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        configure(app, Provider(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        try:
            assert UNAVAILABLE in Visitor(app).get("/connexion/identite").text
            assert "TimeoutError" in caplog.text
            monkeypatch.setattr(client, "PATIENCE", 0.01)
            assert turns.acquire(blocking=False)
            assert not turns.acquire(blocking=False), "its thread waits on, and holds its turn"
            assert UNAVAILABLE in Visitor(app).get("/connexion/identite").text
            assert "others wait for it" in caplog.text
            assert is_signed_in(sign_in(Visitor(app)))
        finally:
            over.set()
            thread.join()


@pytest.mark.one_engine
def test_a_provider_that_is_nowhere_is_one_sentence(app: Flask, provider: Provider) -> None:
    configure(app, Provider("http://localhost:1"))
    assert UNAVAILABLE in Visitor(app).get("/connexion/identite").text


@pytest.mark.one_engine
def test_the_account_s_second_factor_is_asked_for_after_the_provider(
    site: Flask, provider: Provider, session: Session, editor: User
) -> None:
    set_up_totp(sign_in(Visitor(site)))
    session.rollback()
    provider.claims = {"amr": ["pwd", "mfa"]}
    visitor = enter(Visitor(site), provider)
    assert visitor.path == "/connexion/second-facteur"
    assert not is_signed_in(visitor)
    visitor.get("/connexion/second-facteur").fill(code=totp_code(editor, 1)).press("Continuer")
    assert is_signed_in(visitor)
    assert visitor.press("Se déconnecter").path == "/connexion/identite/fin"


# What OIDC_TRUSTS says, what the provider says, and whether that counts for a second factor.
TRUSTS: list[tuple[str, Claims, bool]] = [
    ("mfa", {"amr": ["pwd", "mfa"]}, True),
    ("mfa", {"amr": ["pwd"]}, False),
    ("mfa", {}, False),
    ("mfa", {"acr": "eidas2"}, False),
    ("eidas2, eidas3", {"acr": "eidas2"}, True),
    ("eidas2 eidas3", {"acr": "eidas1", "amr": ["mfa"]}, False),
    ("mfa eidas2", {"acr": "eidas1", "amr": ["mfa"]}, True),
    ("email", {"acr": "email", "amr": ["mfa"]}, False),
    ("", {"acr": "eidas2", "amr": ["mfa"]}, False),
]


@pytest.mark.one_engine
def test_the_provider_s_second_factor_counts_where_the_owner_says_so(
    app: Flask, provider: Provider, editor: User, subtests: pytest.Subtests
) -> None:
    app.config["REQUIRE_SECOND_FACTOR"] = True
    for trusts, claims, opens in TRUSTS:
        with subtests.test(trusts=trusts, claims=claims):
            configure(app, provider, trusts)
            provider.claims = claims
            visitor = enter(Visitor(app), provider).get("/moderation")
            assert visitor.path == ("/moderation" if opens else "/mon-compte/second-facteur")
            password = sign_in(Visitor(app)).get("/moderation")
            assert password.path == "/mon-compte/second-facteur", "it counts for the provider's sessions alone"


@pytest.mark.one_engine
def test_what_the_owner_trusts_is_asked_for_as_the_provider_takes_it(app: Flask, provider: Provider) -> None:
    acr, amr = {"essential": True, "values": ["eidas2", "eidas3"]}, {"essential": True}
    trusts = ("email mfa eidas2 eidas3", "eidas2 eidas3", "mfa")
    asked = [parse_qs(urlsplit(led_to(Visitor(configure(app, provider, each)))).query) for each in trusts]
    assert [each.get("acr_values") for each in asked] == [["eidas2 eidas3"], ["eidas2 eidas3"], None]
    assert not any("claims" in each for each in asked)
    provider.metadata = {"claims_parameter_supported": True}
    asked = [parse_qs(urlsplit(led_to(Visitor(configure(app, provider, each)))).query) for each in trusts]
    expected = [{"acr": acr, "amr": amr}, {"acr": acr}, {"amr": amr}]
    assert [json.loads(each["claims"][0]) for each in asked] == [{"id_token": each} for each in expected]
    assert not any("acr_values" in each for each in asked)


@pytest.mark.one_engine
def test_an_owner_may_trust_the_addresses_of_a_provider_that_says_nothing(
    app: Flask, provider: Provider, session: Session, editor: User
) -> None:
    configure(app, provider, "email")
    provider.give("42", email=EDITOR, email_verified=False)
    assert REFUSED in enter(Visitor(app), provider).text
    provider.give("42", email=EDITOR)
    assert is_signed_in(enter(Visitor(app), provider))


KELVIN = "\u212aim@exemple.fr"  # in small letters kim@exemple.fr, of somebody else


def test_an_address_that_is_none_opens_no_account(
    site: Flask, provider: Provider, session: Session, editor: User, subtests: pytest.Subtests
) -> None:
    an_editor(session, email="kim@exemple.fr")
    session.commit()
    for address in ("e\0@exemple.fr", "a" * 9_000 + "@exemple.fr", KELVIN):
        with subtests.test(address=address):
            provider.claims = {"email": address, "email_verified": True}
            visitor = enter(Visitor(site), provider)
            assert visitor.status == 403
            assert bound(session) == []


@pytest.mark.one_engine
def test_a_session_is_as_fresh_as_the_proof_given_to_the_provider(
    site: Flask, provider: Provider, editor: User, subtests: pytest.Subtests
) -> None:
    present = int(time.time())
    for told in (present - 30, present - 700, None, 1e300, -1e18, float("inf"), True):
        with subtests.test(told=told):
            provider.claims = {"auth_time": told}
            visitor = enter(Visitor(site), provider)
            assert visitor.status in {200, 403, 503}
            assert is_signed_in(visitor) or told not in {present - 30, present - 700, None}
            if is_signed_in(visitor):
                opened = "/mon-compte/courriel" if told == present - 30 else "/connexion/confirmer"
                assert visitor.get("/mon-compte/courriel").path == opened


@pytest.mark.one_engine
def test_signing_out_offers_to_sign_out_of_the_provider_too(site: Flask, provider: Provider, editor: User) -> None:
    visitor = enter(Visitor(site), provider).press("Se déconnecter")
    assert visitor.path == "/connexion/identite/fin"
    assert not is_signed_in(visitor)
    farewell = urlsplit(led_to(visitor, "/connexion/identite/terminer"))
    query = parse_qs(farewell.query)
    assert f"{farewell.scheme}://{farewell.netloc}{farewell.path}" == f"{provider.issuer}/oauth2/end_session"
    assert query["post_logout_redirect_uri"] == ["http://localhost/connexion"]
    assert query["id_token_hint"][0].count(".") == 2
    assert sign_in(visitor).press("Se déconnecter").path.startswith("/articles"), "not after a password"


def test_one_unbinds_one_s_identity(site: Flask, provider: Provider, session: Session, editor: User) -> None:
    elsewhere, visitor = enter(Visitor(site), provider), enter(Visitor(site), provider).get("/mon-compte")
    assert "Identité liée : ProExemple" in visitor.text
    visitor.press("Délier cette identité")
    assert is_signed_in(visitor)
    assert not is_signed_in(elsewhere), "whoever had it may have opened that session"
    visitor.get("/mon-compte")
    assert "aucune identité liée" in visitor.text
    assert bound(session) == []
    assert kinds(session)[-2:] == [Kind.IDENTITY_UNBOUND, Kind.SESSION_ENDED]
    letters = session.scalars(select(Email.facts).where(Email.message == mails.SIGN_IN_CHANGED).order_by(Email.id))
    assert ["déliée" in each["words"] for each in letters] == [False, True]


def test_an_admin_unbinds_an_account_s_identity(
    site: Flask, provider: Provider, session: Session, editor: User, admin: User
) -> None:
    visitor = enter(Visitor(site), provider)
    by_admin = signed_in(Visitor(site), session, email=ADMIN).get(f"/administration/equipe/{editor.id}")
    by_admin.press("Délier son identité")
    assert "Délier son identité" not in by_admin.text
    assert bound(session) == []
    assert not is_signed_in(visitor)
    assert session.scalars(select(AuditEvent.user_id).where(AuditEvent.kind == Kind.IDENTITY_UNBOUND)).all() == [
        admin.id
    ]


@pytest.mark.one_engine
def test_without_a_provider_its_pages_do_not_exist(app: Flask, session: Session, editor: User) -> None:
    visitor = Visitor(app)
    for page in ("", "/retour", "/continuer", "/fin", "/terminer"):
        assert visitor.get(f"/connexion/identite{page}").status == 404, page
    assert "identite" not in str(visitor.get("/connexion").page)
    assert "identité" not in sign_in(visitor).get("/mon-compte").text


PRODUCTION_PROVIDER = PRODUCTION | SETTINGS | {"OIDC_ISSUER": "https://identite.exemple/api/v2"}


def test_an_impossible_provider_stops_the_start(subtests: pytest.Subtests) -> None:
    for changed, sentence in [
        ({"OIDC_CLIENT_ID": "", "OIDC_NAME": " "}, "OIDC_CLIENT_ID, OIDC_NAME must be set where OIDC_ISSUER is"),
        ({"OIDC_ISSUER": "http://identite.exemple"}, "OIDC_ISSUER must be https://"),
        ({"OIDC_ISSUER": "identite.exemple"}, "OIDC_ISSUER must be https://"),
        ({"OIDC_ISSUER": "https://identite.exemple?x=1"}, "OIDC_ISSUER must be https://"),
    ]:
        told = f"^{sentence}.*: see docs/operating.md$"
        with subtests.test(changed=changed), pytest.raises(SettingMissing, match=told):
            Config(PRODUCTION_PROVIDER | changed)


def test_there_is_no_provider_by_default_and_its_secret_is_never_written_out() -> None:
    assert Config(PRODUCTION).IDENTITY_PROVIDER is None
    provider = Config(PRODUCTION_PROVIDER).IDENTITY_PROVIDER
    assert provider is not None
    assert (provider.trusts_email, provider.trusts_mfa, provider.levels) == (False, False, [])
    assert "s" * 32 not in repr(provider)
