"""Addresses of the network: nowhere in the database, nor in the logs; digests that change every day."""

import io
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import login_attempts
from app.accounts.login_attempts import Attempts
from app.db import Base
from app.web import rate_limits
from app.web.rate_limits import RateCounter
from tests.acts import committed
from tests.factories import EDITOR, PASSWORD, an_editor
from tests.visitor import Visitor

ADDRESSES = {"IPv4": "203.0.113.77", "IPv6": "2001:db8:41:7::beef"}


def spellings(address: str) -> set[str]:
    """Return how an address, or its network, could be written."""
    parsed = ip_address(address)
    begins = address.rpartition(".")[0] if parsed.version == 4 else "2001:db8:41:7"
    return {address, begins, parsed.exploded, str(int(parsed)), parsed.packed.hex(), repr(parsed.packed)}


def everything(session: Session) -> str:
    session.rollback()
    rows = {name: [*map(tuple, session.execute(select(table)))] for name, table in Base.metadata.tables.items()}
    session.rollback()
    return repr(rows)


def moved_to(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Set the day of the digests alone."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    monkeypatch.setattr(rate_limits, "now", lambda: moment)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_of_the_network_is_stored_and_logged_nowhere(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, written: io.StringIO, address: str
) -> None:
    """After a submission, a request for a link, a notice, a draft, a refused and a successful sign-in."""
    an_editor(session)
    testimonial = committed(session, status="published")
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = address
    posts: list[tuple[str, dict[str, Any]]] = [
        ("/mon-temoignage/nouveau-lien", {"email": "quelqu-un@exemple.fr"}),
        (f"/temoignages/{testimonial.public_id}/signaler", {"words": "Je m’y reconnais.", "email": "a@exemple.fr"}),
        ("/articles/crpv/temoigner", {"step": "send"}),
        ("/connexion", {"email": EDITOR, "password": "faux"}),
        ("/connexion", {"email": EDITOR, "password": PASSWORD}),
        ("/connexion/mot-de-passe-oublie", {"email": EDITOR}),
    ]
    for path, fields in posts:
        token = visitor.get(path).page.select_one("[name=csrf_token]")
        fields |= {"csrf_token": token["value"] if token else ""}
        visitor.client.post(path, data=fields, headers={"X-Forwarded-For": address})
    monkeypatch.setitem(app.view_functions, "privacy.your_data", lambda: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor.client.get("/vos-donnees")
    rows, said = everything(session), written.getvalue()
    assert session.scalars(select(RateCounter.key).where(RateCounter.key.contains("address:"))).first()
    assert session.scalars(select(Attempts.key).where(Attempts.key.startswith("network:"))).first()
    assert "ZeroDivisionError" in said
    assert [each for each in spellings(address) if each in rows + said] == []


@pytest.mark.one_engine
def test_the_digest_of_an_address_changes_every_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        days = ("2026-03-29T00:00", "2026-03-29T23:59", "2026-03-30T00:00")
        names = []
        for day in days:
            moved_to(monkeypatch, day)
            parsed = rate_limits.parse_address("203.0.113.7")
            counted = rate_limits.daily_name("address", "203.0.113.7"), rate_limits.network_key(parsed)
            tried = (login_attempts.attempt_key(kind, "203.0.113.7") for kind in ("network", "reset-network"))
            names.append((*counted, *tried))
        assert names[0] == names[1]
        assert all(before != after for before, after in zip(names[1], names[2], strict=True))
        app.config["SECRET_KEY"] = "another"
        assert rate_limits.daily_name("address", "203.0.113.7") not in names[2]


def test_what_a_network_was_counted_for_is_forgotten_at_midnight(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the module says: never more than twice a limit around midnight; an e-mail address's count goes on."""
    path = "/mon-temoignage/nouveau-lien"

    def ask(of: str, email: str = "") -> int:
        return app.test_client().post(path, data={"email": email}, environ_overrides={"REMOTE_ADDR": of}).status_code

    moved_to(monkeypatch, "2026-11-28T23:59")
    assert [ask("203.0.113.7") for _ in range(11)] == [422] * 10 + [429]
    for number in range(4):
        ask(f"198.51.{number}.1", "a@exemple.fr")
    assert ask("198.51.9.1", "a@exemple.fr") == 429
    moved_to(monkeypatch, "2026-11-29T00:00")
    assert [ask("203.0.113.7") for _ in range(11)] == [422] * 10 + [429]
    assert ask("198.51.9.2", "a@exemple.fr") == 429, "a mailbox is as protected at midnight"


def test_an_account_s_failures_are_not_forgotten_at_midnight(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        names = []
        for day in ("2026-11-28T23:59", "2026-11-29T00:00"):
            moved_to(monkeypatch, day)
            names.append([login_attempts.attempt_key(kind, "x") for kind in ("account", "device", "factor", "reset")])
        assert names[0] == names[1]
