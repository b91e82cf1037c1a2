"""Rotation of SECRET_KEYS: what an older key signed goes on, and rests on the newest once used (decision 0047)."""

import base64
import hmac
import json
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import login_attempts, passkeys
from app.accounts.models import User
from app.testimonials.invitations.refusals import InvitationRefusal
from app.tokens import LinkRefused, read_token, sign_token
from config import Testing
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.acts import committed, private_token, published, signed_in, stored
from tests.factories import EDITOR, PASSWORD, a_transcript
from tests.testimonials.test_invitation_refusals import REFUSED, invitations, invite, letter, refuse
from tests.visitor import Visitor

OLD, NEW = "o" * 32, "n" * 32
SETTINGS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "WTF_CSRF_SECRET_KEY")


def use_keys(app: Flask, *keys: str) -> Flask:
    """Have the application be as if it had been started with other keys, newest first."""
    settings = Testing(
        instance=Path(app.config["INSTANCE"]), database="sqlite://", SECRET_KEY="", SECRET_KEYS=",".join(keys)
    )
    app.config.update({name: getattr(settings, name) for name in SETTINGS})
    return app


def run(app: Flask, *words: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["keys", *words], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture
def app(app: Flask) -> Flask:
    """Give the application as it was before the rotation."""
    return use_keys(app, OLD)


@pytest.fixture
def authenticator(app: Flask, editor: User) -> pyotp.TOTP:
    """Give the authenticator of the editor, by the secret that the page showed once."""
    visitor = sign_in(Visitor(app)).get("/mon-compte/second-facteur")
    totp = pyotp.TOTP(visitor.page.select(".secret")[0].get_text().replace(" ", ""))
    visitor.fill(code=totp.now()).press("Associer cette application")
    return totp


def later_code(totp: pyotp.TOTP, editor: User, session: Session) -> str:
    """Return the code of the time step after the last one used, without waiting for it."""
    session.rollback()
    assert editor.totp_counter is not None
    return totp.generate_otp(editor.totp_counter + 1)


def allow_again(session: Session) -> None:
    """Have the code of now be accepted: as if half a minute had passed."""
    session.rollback()
    session.execute(update(User).values(totp_counter=User.totp_counter - 1))
    session.commit()


def test_a_private_link_goes_on_and_its_page_is_signed_by_the_newest_key(app: Flask, session: Session) -> None:
    testimonial = committed(session)
    old = f"/mon-temoignage/{private_token(testimonial)}"
    use_keys(app, NEW, OLD)
    visitor = Visitor(app).get(old)
    assert visitor.status == 200
    ways = {str(each["href"]) for each in visitor.page.select("main a[href*='/mon-temoignage/']")}
    acts = {str(each["action"]) for each in visitor.page.select("main form[action*='/mon-temoignage/']")}
    assert ways
    assert acts
    assert not [each for each in ways | acts if each.startswith(old)]
    use_keys(app, NEW)
    assert {Visitor(app).get(each).status for each in ways} == {200}
    gone = Visitor(app).get(old)
    assert gone.status == Visitor(app).get("/mon-temoignage/forgé").status
    assert testimonial.public_id not in gone.text


@pytest.mark.one_engine
@pytest.mark.parametrize("purpose", ["receipt", "answer", "notice", "draft", "account-link"])
def test_every_link_is_read_under_an_older_key_and_under_no_other(app: Flask, purpose: str) -> None:
    with app.app_context():
        token = sign_token(purpose, ["x", 1])
        use_keys(app, NEW, OLD)
        assert read_token(purpose, token) == ["x", 1]
        assert sign_token(purpose, ["x", 1]) != token
        for keys in ((NEW,), (NEW, "p" * 32)):
            use_keys(app, *keys)
            with pytest.raises(LinkRefused):
                read_token(purpose, token)


@pytest.mark.one_engine
def test_a_session_goes_on_and_is_signed_anew_at_the_next_page(app: Flask, session: Session) -> None:
    used, unused = signed_in(Visitor(app), session), signed_in(Visitor(app), session)
    use_keys(app, NEW, OLD)
    assert is_signed_in(used)
    use_keys(app, NEW)
    assert is_signed_in(used)
    assert not is_signed_in(unused)


@pytest.mark.one_engine
def test_a_form_left_open_is_taken_and_its_cookie_is_signed_anew(app: Flask) -> None:
    """The form of a stranger: only its cookie and its CSRF token, both signed, tell that it is theirs."""
    path, visitor = "/mon-temoignage/nouveau-lien", Visitor(app)
    opened = visitor.get(path).csrf_token
    use_keys(app, NEW, OLD)
    sent = visitor.client.post(path, data={"email": "a@exemple.fr", "csrf_token": opened})
    assert sent.status_code == 200
    assert "n’est plus valable" not in sent.text
    once = visitor.client.get(path)
    assert once.headers.getlist("Set-Cookie") == [], "it was signed anew by the answer before"
    use_keys(app, NEW)
    assert visitor.get(path).fill(email="a@exemple.fr").press("Envoyer un nouveau lien").status == 200
    other = visitor.client.post(path, data={"email": "a@exemple.fr", "csrf_token": opened})
    assert other.status_code == 422


def test_an_authenticator_keeps_its_secret(
    app: Flask, session: Session, editor: User, authenticator: pyotp.TOTP
) -> None:
    """The password is given before the rotation, the code after it; then the older key goes."""
    visitor = sign_in(Visitor(app))
    use_keys(app, NEW, OLD)
    assert run(app, "check")[0] == 1
    code = later_code(authenticator, editor, session)
    assert visitor.fill(code=code).press("Continuer").path == "/moderation"
    assert run(app, "check")[0] == 0
    use_keys(app, NEW)
    allow_again(session)
    again = sign_in(Visitor(app)).fill(code=code).press("Continuer")
    assert again.path == "/moderation"


@pytest.mark.one_engine
def test_an_authenticator_is_moved_without_its_code(
    app: Flask, session: Session, editor: User, authenticator: pyotp.TOTP
) -> None:
    use_keys(app, NEW)
    code = later_code(authenticator, editor, session)
    assert sign_in(Visitor(app)).fill(code=code).press("Continuer").status == 422, "its key is not set"
    assert "not set" in run(app, "check")[1]
    use_keys(app, NEW, OLD)
    assert run(app, "renew") == (0, "authenticators that rest on the newest key from now on: 1\n")
    assert run(app, "renew") == (0, "authenticators that rest on the newest key from now on: 0\n")
    use_keys(app, NEW)
    assert sign_in(Visitor(app)).fill(code=code).press("Continuer").path == "/moderation"


@pytest.mark.parametrize("keys", [(OLD,), (NEW, OLD)])
def test_an_authenticator_of_before_names_no_key(app: Flask, session: Session, editor: User, keys: tuple[str]) -> None:
    """The secret is derived here as releases before 1.0 did."""
    digest = hmac.digest(OLD.encode(), f"en-regard/totp\0{editor.id} nonce".encode(), "sha256")
    totp = pyotp.TOTP(base64.b32encode(digest[:20]).decode())
    editor.totp_nonce, editor.totp_counter = "nonce", 0
    session.commit()
    use_keys(app, *keys)
    assert sign_in(Visitor(app)).fill(code=totp.now()).press("Continuer").path == "/moderation"
    use_keys(app, keys[0])
    allow_again(session)
    assert sign_in(Visitor(app)).fill(code=totp.now()).press("Continuer").path == "/moderation"


@pytest.mark.one_engine
def test_an_authenticator_of_before_is_moved_while_there_is_one_key(app: Flask, session: Session, editor: User) -> None:
    editor.totp_nonce, editor.totp_counter = "nonce", 0
    session.commit()
    use_keys(app, NEW, OLD)
    assert run(app, "renew")[1].endswith(": 0\n")
    assert "a key that is not known yet: 1 authenticators" in run(app, "check")[1]
    use_keys(app, OLD)
    assert run(app, "renew")[1].endswith(": 1\n")


def test_a_refusal_of_invitations_is_honoured_under_every_key(app: Flask, session: Session) -> None:
    text, other = published(session), published(session, 1)
    session.commit()
    desk = signed_in(Visitor(app), session)
    invite(desk, text)
    refuse(Visitor(app), letter(app, session)[1])
    assert len(stored(session, InvitationRefusal)) == 1
    waiting = len(invitations(session))
    use_keys(app, NEW, OLD)
    assert REFUSED in invite(desk, other).text
    assert len(invitations(session)) == waiting
    code, said = run(app, "check")
    assert code == 1
    assert "0 authenticators, 1 refusals of invitations, 0 codes, 0 former addresses rest on it" in said
    assert "who refused invitations would get them again" in said


def test_a_teller_s_code_rests_on_its_key_until_it_is_entered(app: Flask, session: Session) -> None:
    """It is the only way in of who gave no address: a key that goes takes it away."""
    _, code = a_transcript(session)
    session.commit()
    use_keys(app, NEW, OLD)
    exit_code, said = run(app, "check")
    assert exit_code == 1
    assert "0 authenticators, 0 refusals of invitations, 1 codes, 0 former addresses rest on it" in said.splitlines()[1]
    assert "codes that were not entered since would open nothing" in said
    Visitor(app).get("/mon-temoignage").fill(code=code or "").press("Ouvrir ma page")
    exit_code, said = run(app, "check")
    assert exit_code == 0
    assert "1 codes, 0 former addresses rest on it" in said.splitlines()[0]


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


@pytest.mark.one_engine
def test_one_key_alone_needs_nothing(app: Flask, authenticator: pyotp.TOTP) -> None:
    code, said = run(app, "check")
    assert code == 0
    assert said.splitlines()[0].endswith(
        "signs: 1 authenticators, 0 refusals of invitations, 0 codes, 0 former addresses rest on it"
    )
    assert OLD[:8] not in said
    assert "Example: .venv/bin/flask --app wsgi keys renew" in run(app, "renew", "--help")[1]
