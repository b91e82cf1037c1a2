"""Sessions: stored as digests, ended at once, limited by an idle and an absolute period."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import sessions
from app.accounts.models import Role, User
from app.accounts.sessions import EditorSession, browser_name
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from tests.accounts.signing_in import ADMIN, is_signed_in, set_up_totp, sign_in, totp_code
from tests.factories import PASSWORD, an_editor
from tests.visitor import Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def copy_of(visitor: Visitor) -> Visitor:
    thief = Visitor(visitor.client.application)
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    thief.client.set_cookie("session", cookie.value)
    return thief


def sign_out(visitor: Visitor) -> None:
    visitor.get("/moderation").press("Se déconnecter")


def prove_identity(visitor: Visitor) -> None:
    visitor.get("/connexion/confirmer").fill(password=PASSWORD).press("Continuer")


@pytest.mark.parametrize("act", [sign_out, sign_in, prove_identity])
def test_a_copied_cookie_is_dead_after(visitor: Visitor, editor: User, act: Callable[[Visitor], object]) -> None:
    """Signing in gives a new identifier, and ends the previous session; so does a proof."""
    sign_in(visitor)
    thief, late = copy_of(visitor), copy_of(visitor)
    assert is_signed_in(thief)
    act(visitor)
    assert is_signed_in(visitor) is (act is not sign_out)
    assert not is_signed_in(thief)
    assert not is_signed_in(late)


def test_a_copied_cookie_is_dead_after_signing_in_again_with_a_second_factor(
    app: Flask, visitor: Visitor, session: Session, editor: User
) -> None:
    set_up_totp(sign_in(visitor))
    thief = copy_of(visitor)
    session.rollback()
    sign_in(visitor).fill(code=totp_code(editor, 1)).press("Continuer")
    assert is_signed_in(visitor)
    assert not is_signed_in(thief), "the old session does not survive the step between password and code"


def test_a_cookie_from_before_signing_in_is_no_session(visitor: Visitor, editor: User) -> None:
    visitor.get("/connexion")
    planted = copy_of(visitor)
    sign_in(visitor)
    assert not is_signed_in(planted)


@pytest.mark.parametrize("how", ["disabled", "demoted", "ended"])
def test_a_session_ends_at_once(app: Flask, session: Session, admin: User, how: str) -> None:
    other = an_editor(session, email="chef@ville-exemple.fr", role=Role.ADMIN)
    session.commit()
    visitor, colleague = Visitor(app), Visitor(app)
    sign_in(visitor, email=ADMIN)
    sign_in(colleague, email=other.email)
    thief = copy_of(visitor)
    button = {"disabled": "Fermer ce compte", "demoted": "Retirer l’administration", "ended": "Terminer ses"}[how]
    colleague.get(f"/administration/equipe/{admin.id}").press(button)
    assert colleague.status == 200
    assert not is_signed_in(visitor)
    assert not is_signed_in(thief)


def test_rights_are_read_at_every_request(session: Session, visitor: Visitor, admin: User) -> None:
    an_editor(session, email="chef@ville-exemple.fr", role=Role.ADMIN)
    session.commit()
    sign_in(visitor, email=ADMIN)
    assert visitor.get("/administration/equipe").status == 200
    session.rollback()
    admin.role = Role.EDITOR
    session.commit()
    assert visitor.get("/administration/equipe").status == 403
    assert is_signed_in(visitor)


def test_only_a_digest_of_the_identifier_is_stored(visitor: Visitor, session: Session, editor: User) -> None:
    sign_in(visitor)
    with visitor.client.session_transaction() as flask_session:
        identifier = flask_session["key"]
    row = session.scalars(select(EditorSession)).one()
    assert identifier not in str(vars(row))
    assert len(identifier) >= 43
    assert len(row.digest) == 64
    assert len(sessions.renew_session(row)) >= 43


def test_a_session_is_idle_for_twelve_hours_at_most(app: Flask, visitor: Visitor, editor: User) -> None:
    sign_in(visitor)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own kind
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    cookie_data = serializer.loads(cookie.value)

    def rested(hours: float) -> bool:
        class Earlier(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(time.time() - hours * 3600)

        serializer.signer = Earlier
        sleeper = Visitor(app)
        sleeper.client.set_cookie("session", serializer.dumps(cookie_data))
        return is_signed_in(sleeper)

    assert rested(11.9)
    assert not rested(12.1)


def test_each_page_renews_the_cookie_of_an_editor_and_leaves_the_row_of_the_session_as_it_is(
    visitor: Visitor, session: Session, editor: User
) -> None:
    sign_in(visitor)

    def stored_rows() -> list[tuple[Any, ...]]:
        session.rollback()
        events, rows = select(AuditEvent.id), select(EditorSession.__table__)
        return [tuple(row) for statement in (events, rows) for row in session.execute(statement)]

    before = stored_rows()
    assert len(before) == 2, "signing in, and the session"
    for path in ("/moderation", "/articles/crpv"):
        answer = visitor.client.get(path)
        assert any(each.startswith("session=") for each in answer.headers.getlist("Set-Cookie")), path
        assert stored_rows() == before, path


def test_a_session_lasts_seven_days_at_most(visitor: Visitor, session: Session, editor: User) -> None:
    sign_in(visitor)
    row = session.scalars(select(EditorSession)).one()
    assert timedelta(days=6, hours=23) < row.ends_at - row.opened_at <= timedelta(days=7)
    assert is_signed_in(visitor)
    row.ends_at = now()
    session.commit()
    assert not is_signed_in(visitor)
    visitor.client.application.test_cli_runner().invoke(args=["clock"])
    session.rollback()
    assert session.scalars(select(EditorSession)).all() == []


def test_an_editor_sees_their_sessions_and_ends_another(app: Flask, session: Session, editor: User) -> None:
    here, there = Visitor(app), Visitor(app)
    there.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    sign_in(here)
    sign_in(there)
    here.get("/mon-compte")
    assert "Firefox, Linux" in here.text
    assert "cette connexion-ci" in here.text
    here.press("Terminer : Firefox")
    assert here.path == "/mon-compte"
    assert not is_signed_in(there)
    assert is_signed_in(here)
    session.rollback()
    assert [event.kind for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))][-1] == (
        Kind.SESSION_ENDED
    )


@pytest.mark.both_engines
def test_the_sessions_of_an_editor_are_listed_the_last_opened_first(session: Session, editor: User) -> None:
    opened = [sessions.digest_of(sessions.open_session(session, editor, FIREFOX)) for _ in range(3)]
    session.commit()
    (middle,) = (each for each in sessions.sessions_of(session, editor) if each.digest == opened[1])
    middle.proved_at = now()  # PostgreSQL moves a row that changes
    session.commit()
    assert [each.digest for each in sessions.sessions_of(session, editor)] == list(reversed(opened))


def test_a_session_past_its_period_is_neither_listed_nor_kept(session: Session, editor: User) -> None:
    past, present = (sessions.digest_of(sessions.open_session(session, editor, FIREFOX)) for _ in range(2))
    session.scalars(select(EditorSession).where(EditorSession.digest == past)).one().ends_at = now()
    session.flush()
    assert [each.digest for each in sessions.sessions_of(session, editor)] == [present]
    sessions.KEPT.expire(session)
    assert session.scalars(select(EditorSession.digest)).all() == [present]


def test_the_audit_log_says_who_ended_whose_session(session: Session, editor: User, admin: User) -> None:
    sessions.open_session(session, editor, FIREFOX)
    session.flush()
    sessions.end_sessions(session, Actor.editor(admin.id), editor)
    session.flush()
    event = session.scalars(select(AuditEvent)).one()
    assert (event.kind, event.user_id, event.account_id) == (Kind.SESSION_ENDED, admin.id, editor.id)


def test_an_editor_ends_all_the_others(app: Flask, editor: User) -> None:
    here, *others = (Visitor(app) for _ in range(3))
    for each in (here, *others):
        sign_in(each)
    here.get("/mon-compte").press("Terminer toutes les autres")
    assert is_signed_in(here)
    assert not any(is_signed_in(each) for each in others)


def test_nobody_ends_the_session_of_another(app: Flask, session: Session, editor: User, admin: User) -> None:
    mine, theirs = Visitor(app), Visitor(app)
    sign_in(mine)
    sign_in(theirs, email=ADMIN)
    row = session.scalars(select(EditorSession).where(EditorSession.user_id == admin.id)).one()
    mine.get("/mon-compte")
    for number in (str(row.id), "0", "rien", "9" * 30, "-1"):
        mine.post("/mon-compte/connexions", [("number", number), ("csrf_token", mine.csrf_token)])
        assert mine.status == 200
    assert is_signed_in(theirs)
    assert is_signed_in(mine)


def test_a_proof_of_identity_lasts_ten_minutes(visitor: Visitor, session: Session, admin: User) -> None:
    sign_in(visitor, email=ADMIN)
    row = session.scalars(select(EditorSession)).one()
    for age, asked in ((timedelta(minutes=9, seconds=45), False), (timedelta(minutes=10, seconds=1), True)):
        row.proved_at = now() - age
        session.commit()
        assert (visitor.get("/mon-compte/mot-de-passe").path == "/connexion/confirmer") is asked
    visitor.fill(password="une phrase de passe").press("Continuer")
    assert visitor.path == "/mon-compte/mot-de-passe"


def test_a_browser_gets_a_short_name(subtests: pytest.Subtests) -> None:
    for agent, words in [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Chrome/140.0 Safari/537.36 OPR/125.0", "Opera, Mac"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Version/19.0 Safari/605", "Safari, iPad"),
        ("", "Navigateur"),
        ("<script>", "Navigateur"),
    ]:
        with subtests.test(agent=agent, words=words):
            assert browser_name(agent) == words


def test_the_session_of_one_editor_is_not_another_s(app: Flask, session: Session, editor: User, admin: User) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    assert is_signed_in(visitor)
    with visitor.client.session_transaction() as flask_session:
        assert flask_session["_user_id"] == str(editor.id)
        flask_session["_user_id"] = str(admin.id)
    assert not is_signed_in(visitor)
