"""The second factor: setup, sign-in, single use, and its requirement in production."""

import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import mails
from app.accounts.login_attempts import FREE_ATTEMPTS, Attempts
from app.accounts.models import RecoveryCode, User
from app.audit import AuditEvent, Kind
from app.db import now
from app.mail.outbox import Email
from app.web.qr_code import draw_qr_code
from config import Config, Development
from tests.accounts.signing_in import extend_delays, is_signed_in, set_up_totp, sign_in, totp_code
from tests.concurrency import together
from tests.factories import EDITOR
from tests.test_config import PRODUCTION
from tests.visitor import Visitor


@pytest.fixture
def codes(app: Flask, session: Session, editor: User) -> list[str]:
    visitor = Visitor(app)
    codes = set_up_totp(sign_in(visitor))
    session.rollback()
    return codes


def sign_in_with_code(visitor: Visitor, code: str) -> Visitor:
    return sign_in(visitor).fill(code=code).press("Continuer")


def test_setting_up_shows_a_qr_code_then_ten_recovery_codes_once(
    visitor: Visitor, session: Session, editor: User
) -> None:
    sign_in(visitor).get("/mon-compte/second-facteur")
    assert visitor.page.select("svg.qr path")
    codes = set_up_totp(visitor)
    assert len(set(codes)) == 10
    session.rollback()
    assert editor.has_second_factor
    assert all(each.code_hash.startswith("$argon2id$") for each in editor.recovery_codes)
    visitor.get("/mon-compte")
    assert not any(code in visitor.page.get_text() for code in codes)
    emails = session.scalars(select(Email.message).where(Email.recipient == EDITOR)).all()
    assert emails == [mails.SIGN_IN_CHANGED]


def test_the_qr_code_matches_segno_s_own_drawing() -> None:
    import segno  # noqa: PLC0415  # an oracle for this one test

    size, path = draw_qr_code("otpauth://totp/x?secret=ABC")
    matrix = [list(row) for row in segno.make("otpauth://totp/x?secret=ABC", error="m").matrix_iter(border=4)]
    assert size == len(matrix)
    drawn = [[0] * size for _ in range(size)]
    for run in path.split("z")[:-1]:
        place, _, rest = run.removeprefix("M").partition("h")
        x, y = map(int, place.split())
        for step in range(int(rest.partition("v")[0])):
            drawn[y][x + step] = 1
    assert drawn == [[int(bool(module)) for module in row] for row in matrix]


def test_a_wrong_code_sets_nothing_up(visitor: Visitor, session: Session, editor: User) -> None:
    sign_in(visitor).get("/mon-compte/second-facteur")
    for wrong in ("000000", "", "abcdef", "١٢٣٤٥٦", "1" * 5000):
        visitor.fill(code=wrong).press("Associer cette application")
        assert visitor.status == 422
    session.rollback()
    assert not editor.has_second_factor


def test_the_password_alone_opens_nothing(app: Flask, codes: list[str]) -> None:
    visitor = sign_in(Visitor(app))
    assert visitor.path == "/connexion/second-facteur"
    assert not is_signed_in(visitor)


def test_a_code_signs_in_and_leads_to_the_requested_page(app: Flask, editor: User, codes: list[str]) -> None:
    visitor = Visitor(app).get("/moderation?etat=declined")
    visitor.fill(email=EDITOR, password="une phrase de passe").press("Se connecter")
    visitor.fill(code=totp_code(editor, 1)).press("Continuer")
    assert visitor.answer is not None
    assert visitor.answer.request.full_path == "/moderation?etat=declined"


def test_a_code_works_once(app: Flask, editor: User, codes: list[str]) -> None:
    assert sign_in_with_code(Visitor(app), totp_code(editor)).status == 422, "the code of the setup is used"
    code = totp_code(editor, 1)
    assert sign_in_with_code(Visitor(app), f" {code[:3]} {code[3:]} ").path == "/moderation"
    assert sign_in_with_code(Visitor(app), code).status == 422


def test_an_old_code_and_a_future_code_are_refused(app: Flask, editor: User, codes: list[str]) -> None:
    for steps in (-3, 4, 2880):
        assert sign_in_with_code(Visitor(app), totp_code(editor, steps)).status == 422


def test_a_recovery_code_works_once(app: Flask, session: Session, editor: User, codes: list[str]) -> None:
    assert sign_in_with_code(Visitor(app), codes[3].upper().replace("-", " ")).path == "/moderation"
    assert sign_in_with_code(Visitor(app), codes[3]).status == 422
    assert sign_in_with_code(Visitor(app), codes[4]).path == "/moderation"
    session.rollback()
    assert editor.recovery_codes_left == 8


def test_new_recovery_codes_void_the_old(app: Flask, session: Session, editor: User, codes: list[str]) -> None:
    visitor = sign_in_with_code(Visitor(app), totp_code(editor, 1))
    visitor.get("/mon-compte").press("Créer dix nouveaux codes")
    new = [code.get_text() for code in visitor.page.select(".codes .secret")]
    assert len(new) == 10
    assert sign_in_with_code(Visitor(app), codes[0]).status == 422
    assert sign_in_with_code(Visitor(app), new[0]).path == "/moderation"
    assert len(session.scalars(select(RecoveryCode)).all()) == 10


@pytest.mark.both_engines
def test_of_two_uses_of_one_code_at_once_one_is_refused(app: Flask, editor: User, codes: list[str]) -> None:
    visitors = [sign_in(Visitor(app)) for _ in range(2)]
    code = totp_code(editor, 1)
    together(*(partial(visitor.fill(code=code).press, "Continuer") for visitor in visitors))
    assert sorted(visitor.status for visitor in visitors) == [200, 422]


def test_guessing_codes_is_limited(app: Flask, session: Session, editor: User, codes: list[str]) -> None:
    guesser = sign_in(Visitor(app))
    for _ in range(FREE_ATTEMPTS["factor"] + 1):
        guesser.fill(code="000000").press("Continuer")
    extend_delays(session)
    guesser.fill(code=totp_code(editor, 1)).press("Continuer")
    assert guesser.status == 422
    session.rollback()
    for row in session.scalars(select(Attempts)):
        row.free_at = now() - timedelta(seconds=1)
    session.commit()
    guesser.fill(code=totp_code(editor, 1)).press("Continuer")
    assert guesser.path == "/moderation"


def test_failed_codes_from_elsewhere_do_not_lock_out_the_editor_s_browser(
    app: Flask, session: Session, editor: User, codes: list[str]
) -> None:
    known = sign_in_with_code(Visitor(app), codes[0]).press("Se déconnecter")
    guesser = sign_in(Visitor(app))
    for _ in range(FREE_ATTEMPTS["factor"] + 1):
        guesser.fill(code="000000").press("Continuer")
    extend_delays(session)
    assert sign_in_with_code(Visitor(app), codes[1]).status == 422, "an unknown browser waits"
    assert is_signed_in(sign_in_with_code(known, codes[2])), (
        "a browser that has signed in before has a budget of its own"
    )


def test_a_known_browser_has_a_limit_of_codes_too(app: Flask, session: Session, editor: User, codes: list[str]) -> None:
    known = sign_in(sign_in_with_code(Visitor(app), codes[0]).press("Se déconnecter"))
    for _ in range(FREE_ATTEMPTS["factor"] + 1):
        known.fill(code="000000").press("Continuer")
    extend_delays(session)
    assert known.fill(code=codes[1]).press("Continuer").status == 422


def test_failures_in_a_known_browser_are_reset_by_a_sign_in(
    app: Flask, session: Session, editor: User, codes: list[str]
) -> None:
    visitor = sign_in_with_code(Visitor(app), codes[0]).press("Se déconnecter")
    for _ in range(FREE_ATTEMPTS["device"]):
        sign_in(visitor, password="ce n’est pas celui-là")
    sign_in_with_code(visitor, codes[1]).press("Se déconnecter")
    sign_in(visitor, password="ce n’est pas celui-là")
    extend_delays(session)
    assert is_signed_in(sign_in_with_code(visitor, codes[2]))


@pytest.mark.parametrize("change", ["password", "disabled", "time", "other"])
def test_a_pending_sign_in_ends_with_time_or_a_change_of_the_account(
    app: Flask, session: Session, editor: User, codes: list[str], change: str
) -> None:
    visitor = sign_in(Visitor(app))
    if change == "password":
        editor.set_password("une tout autre phrase")
    if change == "disabled":
        editor.disabled_at = now()
    session.commit()
    with visitor.client.session_transaction() as flask_session:
        number, _, seen = flask_session["pending"]
        if change == "time":
            flask_session["pending"] = [number, int(time.time()) - 601, seen]
        if change == "other":
            flask_session["pending"] = "n’importe quoi"
    visitor.fill(code=totp_code(editor, 1)).press("Continuer")
    assert visitor.path == "/connexion"
    assert not is_signed_in(visitor)


def test_a_stranger_is_asked_for_no_code(visitor: Visitor) -> None:
    assert visitor.get("/connexion/second-facteur").path == "/connexion"


def test_production_requires_a_second_factor_and_development_does_not(tmp_path: Path) -> None:
    folder = {"INSTANCE": str(tmp_path)}
    assert Config(PRODUCTION | folder).REQUIRE_SECOND_FACTOR is True
    assert Config(PRODUCTION | folder | {"REQUIRE_SECOND_FACTOR": "0"}).REQUIRE_SECOND_FACTOR is False
    assert Development(folder).REQUIRE_SECOND_FACTOR is False


def test_no_secret_is_in_the_cookie_while_it_is_set_up(visitor: Visitor, session: Session, editor: User) -> None:
    """A session's cookie is signed, and can be read."""
    sign_in(visitor).get("/mon-compte/second-facteur")
    secret = visitor.page.select(".secret")[0].get_text().replace(" ", "")
    with visitor.client.session_transaction() as kept:
        assert secret not in str(dict(kept))
    visitor.fill(code=pyotp.TOTP(secret).now()).press("Associer cette application")
    session.rollback()
    assert editor.totp_secret == secret
    assert len(secret) == 32
    assert secret not in repr(editor)


def test_second_factor_events_are_audited_without_codes(app: Flask, session: Session, codes: list[str]) -> None:
    sign_in_with_code(Visitor(app), "000000")
    sign_in_with_code(Visitor(app), codes[0])
    session.rollback()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    kinds = [event.kind for event in events]
    assert kinds == [
        Kind.SIGNED_IN,
        Kind.SECOND_FACTOR_SET,
        Kind.RECOVERY_CODES_MADE,
        Kind.SECOND_FACTOR_FAILED,
        Kind.SIGNED_IN,
    ]
    text = " ".join(str(vars(event)) for event in events)
    assert EDITOR not in text
    assert codes[0] not in text
    assert codes[0].replace("-", "") not in text
