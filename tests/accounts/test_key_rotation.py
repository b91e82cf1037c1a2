"""Rotation of the key: what an older one signed goes on until it is taken out of SECRET_KEY_FALLBACKS."""

import json
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy.orm import Session

import app as package
from app.accounts import login_attempts, passkeys
from app.accounts.models import User
from app.accounts.queries import has_or_had, keep_former_address
from app.cli.doctor import key_findings
from app.links import Link
from app.testimonials.refusals import InvitationRefusal
from app.tokens import Token
from config import Testing
from tests.accounts.signing_in import is_signed_in, set_up_totp, sign_in, totp_code
from tests.acts import published, signed_in, stored
from tests.factories import EDITOR, PASSWORD, a_testimonial, a_transcript
from tests.moderation.test_answers import invitations, invite
from tests.testimonials.test_invitation_refusals import REFUSED, letter, refuse
from tests.visitor import Visitor

OLD, NEW = "o" * 32, "n" * 32
SETTINGS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "WTF_CSRF_SECRET_KEY")


def use_keys(app: Flask, *keys: str) -> Flask:
    """Have the application be as if it had been started with other keys, newest first."""
    given = {"SECRET_KEY": keys[0], "SECRET_KEY_FALLBACKS": ",".join(keys[1:])}
    settings = Testing(instance=Path(app.config["INSTANCE"]), database="sqlite://", **given)
    app.config.update({name: getattr(settings, name) for name in SETTINGS})
    return app


def findings(app: Flask, session: Session) -> list[str]:
    session.rollback()
    with app.app_context():
        return [str(each) for each in key_findings(session)]


@pytest.fixture
def app(app: Flask) -> Flask:
    """Give the application as it was before the rotation."""
    return use_keys(app, OLD)


def declared() -> dict[str, Token]:
    modules = [import_module(info.name) for info in walk_packages(package.__path__, "app.")]
    return {each.purpose: each for module in modules for each in vars(module).values() if isinstance(each, Token)}


ID = "0123456789abcdefghij"
# What a token of each purpose claims, and how its signature under OLD begins: those are in mailboxes.
SIGNED: dict[str, tuple[tuple[Any, ...], str]] = {
    "draft": ((ID,), "PvgcAl_i"),
    "draft-kept": ((ID,), "A38QxwAn"),
    "private-link": ((ID, 3), "iBI26r15"),
    "answer": ((ID, "clé", "00000000"), "gxXRr6v4"),
    "invitation": (("marque", "00000000"), "jPkOsMAO"),
    "receipt": ((ID,), "jkzHTsIF"),
    "notice": (("clé",), "IU8y-q3D"),
    "address": ((ID,), "o7c_tyRq"),
    "address-asked": (("clsm@ville.example", 1), "E7CcLWfE"),
    "question": ((ID,), "AHAwb2jF"),
    "received-question": ((ID,), "ZgfqoTeI"),
    "alert": ((ID,), "nhfLJnea"),
    "account-link": ((ID,), "k1bC6GX4"),
    "passkey": (("entry", 1, "x"), "z745R16T"),
    "device": ((7, "x"), "ehvoRvP2"),
    "kept-form": ((7, 1, "/moderation", [["words", "é"]]), "eGpVKWDz"),
    "shown": (("clé", 1), "7Qq32D2r"),
    "sure": (("clé",), "jRsp18Tu"),
}


@pytest.mark.one_engine
def test_every_token_is_read_under_an_older_key_and_under_no_other(app: Flask) -> None:
    kinds = declared()
    assert {*kinds} == {*SIGNED}
    assert {each.endpoint for each in kinds.values() if isinstance(each, Link)} <= {*app.view_functions}
    with app.app_context():
        for purpose, (claims, signature) in SIGNED.items():
            use_keys(app, OLD)
            token = kinds[purpose].make(*claims)
            assert token.rpartition(".")[2].startswith(signature), purpose
            use_keys(app, NEW, OLD)
            assert kinds[purpose].read(token) == claims
            assert kinds[purpose].make(*claims) != token
            for keys in ((NEW,), (NEW, "p" * 32)):
                use_keys(app, *keys)
                assert not any(kinds[purpose].read(token)), purpose


@pytest.mark.one_engine
def test_a_session_goes_on_until_its_key_is_taken_out(app: Flask, session: Session) -> None:
    used, unused = signed_in(Visitor(app), session), signed_in(Visitor(app), session)
    use_keys(app, NEW, OLD)
    assert is_signed_in(used)
    use_keys(app, NEW)
    assert is_signed_in(used), "its cookie leaves anew with each page"
    assert not is_signed_in(unused)


@pytest.mark.one_engine
def test_a_form_left_open_is_taken_until_its_key_is_taken_out(app: Flask) -> None:
    """The form of a stranger: only its cookie and its CSRF token, both signed, tell that it is theirs."""
    path, visitor = "/mon-temoignage/nouveau-lien", Visitor(app)
    opened = visitor.get(path).csrf_token
    use_keys(app, NEW, OLD)
    sent = visitor.client.post(path, data={"email": "a@exemple.fr", "csrf_token": opened})
    assert sent.status_code == 200
    assert "n’est plus valable" not in sent.text
    use_keys(app, NEW)
    assert visitor.client.post(path, data={"email": "a@exemple.fr", "csrf_token": opened}).status_code == 422


@pytest.mark.one_engine
def test_an_authenticator_does_not_depend_on_the_key(app: Flask, editor: User, session: Session) -> None:
    set_up_totp(sign_in(Visitor(app)))
    session.rollback()
    half_way = sign_in(Visitor(app))
    use_keys(app, NEW, OLD)
    assert half_way.fill(code=totp_code(editor, 1)).press("Continuer").path == "/moderation"
    session.rollback()
    editor.totp_counter = (editor.totp_counter or 0) - 1  # as if half a minute had passed
    session.commit()
    use_keys(app, NEW)
    assert sign_in(Visitor(app)).fill(code=totp_code(editor, 1)).press("Continuer").path == "/moderation"


@pytest.mark.one_engine
def test_an_authenticator_is_set_up_while_a_key_is_added(app: Flask, editor: User, session: Session) -> None:
    visitor = sign_in(Visitor(app)).get("/mon-compte/second-facteur")
    secret = visitor.page.select(".secret")[0].get_text().replace(" ", "")
    use_keys(app, NEW, OLD)
    visitor.fill(code=pyotp.TOTP(secret).now()).press("Associer cette application")
    session.rollback()
    assert editor.totp_secret == secret


def test_a_refusal_of_invitations_is_honoured_under_every_key(app: Flask, session: Session) -> None:
    text, other = published(session), published(session, 1)
    session.commit()
    desk = signed_in(Visitor(app), session)
    invite(desk, text)
    refuse(Visitor(app), letter(app, session)[1])
    assert len(stored(session, InvitationRefusal)) == 1
    waiting = len(invitations(session))
    assert findings(app, session) == []
    use_keys(app, NEW, OLD)
    assert REFUSED in invite(desk, other).text
    assert len(invitations(session)) == waiting
    rest = "1 refusals of invitations rest on"
    assert findings(app, session)[1:] == [f"ok: the older keys must stay: {rest} them, and would count no more"]
    use_keys(app, NEW)
    lost = [f"warning: {rest} a key that is not set: add it to SECRET_KEY_FALLBACKS, unless others know it"]
    assert findings(app, session) == lost


def test_a_teller_s_code_rests_on_its_key_until_it_is_entered(app: Flask, session: Session) -> None:
    """It is the only way in of who gave no address: a key that goes takes it away."""
    _, code = a_transcript(session)
    session.commit()
    use_keys(app, NEW, OLD)
    assert "must stay: 1 codes of texts told by voice rest" in findings(app, session)[1]
    Visitor(app).get("/mon-temoignage").fill(code=code or "").press("Ouvrir ma page")
    assert len(findings(app, session)) == 1


@pytest.mark.one_engine
def test_a_former_address_is_known_under_every_key(app: Flask, session: Session, editor: User) -> None:
    with app.app_context():
        keep_former_address(editor)
        keep_former_address(editor)
        editor.email = "une-autre@ville-exemple.fr"
        session.commit()
        use_keys(app, NEW, OLD)
        assert has_or_had(editor, EDITOR)
    assert "must stay: 2 former addresses of the team rest" in findings(app, session)[1]


@pytest.mark.one_engine
def test_the_doctor_counts_the_texts_whose_links_end_with_the_older_keys(app: Flask, session: Session) -> None:
    for number in range(2):
        a_testimonial(session, email=f"a{number}@exemple.fr")
    a_transcript(session)  # no address, and a code instead
    session.commit()
    assert findings(app, session) == []
    use_keys(app, NEW, OLD, "p" * 32)
    assert findings(app, session)[0] == (
        "ok: the site has 3 keys; texts whose author has an address, to which private links went: 2;"
        " those of the older keys end when these are taken out"
    )


@pytest.mark.one_engine
def test_attempts_go_on_while_a_key_is_added(app: Flask, session: Session, editor: User) -> None:
    for _ in range(6):
        sign_in(Visitor(app), password="faux")
    use_keys(app, NEW, OLD)
    assert sign_in(Visitor(app), password=PASSWORD).status == 422, "the delay runs on"


@pytest.mark.one_engine
def test_requests_are_counted_on_while_a_key_is_added(app: Flask) -> None:
    statuses = []
    for number in range(11):
        use_keys(app, *((OLD,) if number < 10 else (NEW, OLD)))
        statuses.append(app.test_client().post("/mon-temoignage/nouveau-lien").status_code)
    assert statuses == [422] * 10 + [429]


@pytest.mark.one_engine
def test_a_used_value_is_used_under_every_key(app: Flask, session: Session) -> None:
    assert login_attempts.is_first_attempt(session, "challenge", "x")
    use_keys(app, NEW)
    assert not login_attempts.is_first_attempt(session, "challenge", "x")


@pytest.mark.one_engine
def test_a_known_browser_stays_known(app: Flask, editor: User) -> None:
    visitor = sign_in(Visitor(app))
    use_keys(app, NEW, OLD)
    sign_in(visitor)
    use_keys(app, NEW)
    for _ in range(6):
        sign_in(Visitor(app), password="faux")
    assert sign_in(Visitor(app)).status == 422, "a stranger waits"
    assert is_signed_in(sign_in(visitor)), "its cookie is that of the newest key"


@pytest.mark.one_engine
def test_a_passkey_s_owner_keeps_its_handle(app: Flask, editor: User) -> None:
    with app.test_request_context():
        before = json.loads(passkeys.registration_options(editor))["user"]
        use_keys(app, NEW, OLD)
        assert json.loads(passkeys.registration_options(editor))["user"] == before
        assert before["name"] == EDITOR
