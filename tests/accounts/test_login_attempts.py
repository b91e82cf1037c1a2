"""Failed attempts: counted by account and address across workers; a stranger locks nobody out."""

from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.accounts import authentication, login_attempts
from app.accounts.authentication import network_prefix
from app.accounts.login_attempts import FREE_ATTEMPTS, AttemptBudget, Attempts
from app.accounts.models import User
from app.db import now
from config import Testing
from tests.accounts.signing_in import extend_delays, is_signed_in, sign_in
from tests.application import release
from tests.factories import EDITOR, an_editor
from tests.visitor import FarClient, Visitor

# Digests of the network change at midnight: no test here counts on both sides of it.
pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("one_day")]

WRONG = "ce n’est pas celui-là"


def from_address(visitor: Visitor, address: str) -> Visitor:
    visitor.client.environ_base["REMOTE_ADDR"] = address
    return visitor


def fail(visitor: Visitor, times: int, email: str = EDITOR) -> Visitor:
    for _ in range(times):
        sign_in(visitor, email=email, password=WRONG)
    return visitor


def let_time_pass(session: Session) -> None:
    session.rollback()
    for row in session.scalars(select(Attempts)):
        row.free_at = now() - timedelta(seconds=1)
    session.commit()


def test_after_a_few_failures_sign_in_waits_then_works(visitor: Visitor, session: Session, editor: User) -> None:
    fail(visitor, FREE_ATTEMPTS["account"])
    assert is_signed_in(sign_in(visitor)), "the free failures cost nothing"
    stranger = fail(Visitor(visitor.client.application), FREE_ATTEMPTS["account"] + 1)
    extend_delays(session)
    sign_in(stranger)
    assert stranger.status == 422
    let_time_pass(session)
    assert is_signed_in(sign_in(stranger))


def test_failures_are_counted_across_workers(
    app: Flask, session: Session, editor: User, database: str, tmp_path: Path
) -> None:
    other = create_app(Testing(instance=tmp_path, database=database))
    other.test_client_class = FarClient
    fail(Visitor(app), 3)
    fail(Visitor(other), 3)
    extend_delays(session)
    for each in (app, other):
        assert sign_in(Visitor(each)).status == 422
    let_time_pass(session)
    assert is_signed_in(sign_in(Visitor(other)))
    release(other)


def test_a_stranger_s_failures_do_not_lock_out_an_editor(
    app: Flask, session: Session, visitor: Visitor, editor: User
) -> None:
    sign_in(visitor).press("Se déconnecter")
    stranger = fail(Visitor(app), FREE_ATTEMPTS["account"] + 1)
    extend_delays(session)
    assert sign_in(stranger).status == 422
    assert is_signed_in(sign_in(visitor)), "a browser that has signed in before has a budget of its own"


def test_a_known_browser_has_a_budget_too(visitor: Visitor, session: Session, editor: User) -> None:
    sign_in(visitor).press("Se déconnecter")
    fail(visitor, FREE_ATTEMPTS["device"] + 1)
    extend_delays(session)
    assert sign_in(visitor).status == 422


def test_a_device_cookie_is_valid_for_one_editor_and_cannot_be_forged(
    session: Session, visitor: Visitor, editor: User
) -> None:
    other = an_editor(session, email="autre@ville-exemple.fr")
    session.commit()
    sign_in(visitor)
    cookie = visitor.client.get_cookie("device")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert authentication.is_known_device(cookie.value, editor)
    assert not authentication.is_known_device(cookie.value, other)
    assert not authentication.is_known_device(cookie.value + "x", editor)
    assert not authentication.is_known_device("", editor)


def test_failures_on_many_accounts_from_one_address_are_limited(app: Flask, session: Session, editor: User) -> None:
    guesser = from_address(Visitor(app), "203.0.113.5")
    for number in range(FREE_ATTEMPTS["network"] + 1):
        sign_in(guesser, email=f"{number}@exemple.fr", password=WRONG)
    extend_delays(session)
    assert sign_in(guesser).status == 422
    assert is_signed_in(sign_in(from_address(Visitor(app), "203.0.113.6")))
    assert sign_in(from_address(Visitor(app), "203.0.113.5")).status == 422, (
        "signing in from elsewhere does not reset the network's budget"
    )


def test_an_ipv6_subscriber_counts_as_one_address() -> None:
    assert network_prefix("2001:db8:1:2:3::4") == network_prefix("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_prefix("2001:db8:1:3::1") != network_prefix("2001:db8:1:2::1")
    assert network_prefix("203.0.113.5") == network_prefix("::ffff:203.0.113.5") == "203.0.113.5"


def test_every_refusal_reads_the_same_and_costs_one_hash(
    app: Flask, session: Session, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_editor(session, email="fermee@ville-exemple.fr").disabled_at = now()
    an_editor(session, email="invitee@ville-exemple.fr").password_hash = ""
    session.commit()
    fail(Visitor(app), FREE_ATTEMPTS["account"] + 1, email="essayee@ville-exemple.fr")
    fail(Visitor(app), FREE_ATTEMPTS["account"] + 1)
    extend_delays(session)
    hashes: list[bool] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
        hashes.append(password_hash.startswith("$argon2id$"))
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    answers = set()
    cases = [
        ("inconnue@ville-exemple.fr", WRONG),
        ("fermee@ville-exemple.fr", None),
        ("invitee@ville-exemple.fr", ""),
        ("essayee@ville-exemple.fr", WRONG),
        (EDITOR, None),
    ]
    for number, (email, password) in enumerate(cases, start=1):
        visitor = from_address(Visitor(app), f"198.51.100.{number}")
        if password is None:
            sign_in(visitor, email=email)
        else:
            sign_in(visitor, email=email, password=password or "n’importe quoi")
        answers.add((visitor.status, visitor.text, str(visitor.page.select_one(".field--password"))))
        assert hashes == [True] * number, email
    assert len(answers) == 1
    assert "ne vont pas ensemble" in next(iter(answers))[1]


def test_the_delay_doubles_up_to_a_quarter_of_an_hour(app: Flask, session: Session) -> None:
    with app.app_context():
        named = login_attempts.attempt_key("account", "x")
        waits = []
        for _ in range(20):
            budget = AttemptBudget(session, [named])
            budget.draw()
            row = budget.rows[0]
            waits.append(round((row.free_at - now()).total_seconds()))
        assert waits[5:9] == [2, 4, 8, 16]
        assert max(waits) == waits[-1] == 15 * 60
        session.get_one(Attempts, named).last_at = now() - timedelta(days=2)
        session.flush()
        assert AttemptBudget(session, [named]).rows[0].failures == 0, "after a day without failures the count restarts"
        assert "x" not in named.partition(":")[2]


def test_old_attempts_are_deleted_by_the_scheduled_job(app: Flask, session: Session, editor: User) -> None:
    fail(Visitor(app), 1)
    session.rollback()
    for row in session.scalars(select(Attempts)):
        row.last_at = now() - timedelta(days=2)
    session.commit()
    app.test_cli_runner().invoke(args=["clock"])
    session.rollback()
    assert session.scalars(select(Attempts)).all() == []
