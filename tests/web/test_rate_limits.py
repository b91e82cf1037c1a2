"""Rate limits by address, network and recipient; counters shared by workers, which store no address."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import now
from app.mail.outbox import Email
from app.web.rate_limits import DEFAULT_LIMIT, LIMITS, RateCounter, Window, count_each, parse_limits
from tests.acts import committed, stored
from tests.concurrency import together
from tests.factories import AUTHOR
from tests.page_cache.workers import recorded_statements
from tests.testimonials.test_form import ANSWERS, WRITE
from tests.visitor import Visitor

# Digests of the network change at midnight: no test here counts on both sides of it.
pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("one_day")]

NEW_LINK = "/mon-temoignage/nouveau-lien"


def ask(app: Flask, path: str, *, of: str = "203.0.113.7", **fields: str) -> TestResponse:
    return app.test_client().post(path, data=fields, environ_overrides={"REMOTE_ADDR": of})


def test_the_eleventh_request_for_a_link_in_an_hour_gets_retry_after(app: Flask) -> None:
    assert {ask(app, NEW_LINK).status_code for _ in range(10)} == {422}
    answer = ask(app, NEW_LINK)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3601
    words = answer.get_data(as_text=True)
    assert "Revenez en arrière\u00a0: ce que vous avez écrit y est encore." in words
    assert "Réessayez dans" in words
    assert ask(app, NEW_LINK, of="198.51.100.9").status_code == 422, "others are not concerned"


def test_a_network_has_limits_too(app: Flask) -> None:
    statuses = [ask(app, NEW_LINK, of=f"203.0.113.{number}").status_code for number in range(41)]
    assert statuses == [422] * 40 + [429]
    statuses = [ask(app, NEW_LINK, of=f"2001:db8:1:2::{number:x}").status_code for number in range(41)]
    assert statuses == [422] * 40 + [429], "in IPv6 it is the /64"
    assert ask(app, NEW_LINK, of="2001:db8:1:3::1").status_code == 422


def test_a_refused_request_leaves_no_trace_of_the_typed_address(app: Flask, session: Session) -> None:
    for number in range(5):
        ask(app, NEW_LINK, of=f"203.0.{number}.7", email=AUTHOR)
    keys = " ".join(session.scalars(select(RateCounter.key)))
    assert keys
    assert AUTHOR not in keys
    assert "203.0" not in keys


def test_e_mails_to_one_address_are_limited(app: Flask, session: Session, visitor: Visitor) -> None:
    """From any number of networks, an address gets four e-mails an hour; unknown addresses get the same response."""
    committed(session)
    before = session.scalar(select(func.count()).select_from(Email)) or 0
    session.rollback()
    for email in (AUTHOR, "inconnue@exemple.fr", AUTHOR.upper()):
        statuses = []
        for number in range(5):
            visitor.client.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
            visitor.get(NEW_LINK).fill(email=email).press("Envoyer")
            statuses.append(visitor.status)
            app.test_cli_runner().invoke(args=["mail", "deliver"])  # what waits together comes in one letter
        assert statuses == ([429] * 5 if email.isupper() else [200] * 4 + [429])
    assert session.scalar(select(func.count()).select_from(Email)) == before + 4


# How many e-mails a form sends to one address, from any number of networks: within an hour, or within a day.
RECIPIENTS = {
    "submission.write:send": ("/articles/crpv/temoigner", 10),
    "responses.write:send": ("/repondre/rien", 10),
    "private_page.new_link": (NEW_LINK, 4),
    "address.ask": ("/vos-donnees/mon-adresse", 4),
    "notices.report": ("/temoignages/rien/signaler", 4),
    "colleague_questions.ask": (f"/temoignages/{'0' * 20}/question", 4),
    "alerts.follow": ("/articles/crpv/suivre", 4),
    "drafts.save": ("/articles/crpv/brouillon", 10),
}


@pytest.mark.parametrize("name", [name for name, limits in LIMITS.items() if limits.recipient])
def test_each_form_writes_so_often_to_one_address(app: Flask, name: str) -> None:
    path, most = RECIPIENTS[name]
    fields = {"email": AUTHOR, "step": name.partition(":")[2]}
    statuses = [ask(app, path, of=f"10.{number}.0.1", **fields).status_code for number in range(most + 1)]
    assert statuses.index(429) == most
    assert ask(app, path, of="10.99.0.1", **fields | {"email": "autre@exemple.fr"}).status_code != 429


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\u2060", " "])
def test_invisible_characters_do_not_evade_the_limit_of_a_mailbox(app: Flask, sign: str) -> None:
    statuses = [
        ask(app, NEW_LINK, of=f"10.{number}.0.1", email=sign * number + AUTHOR).status_code for number in range(5)
    ]
    assert statuses == [422] * 4 + [429]


def test_reads_are_never_counted(app: Flask, session: Session) -> None:
    for _ in range(150):
        assert app.test_client().get("/vos-donnees").status_code == 200
    assert session.scalars(select(RateCounter)).all() == []


def test_a_request_is_counted_in_one_statement(app: Flask) -> None:
    with recorded_statements(app) as statements:
        ask(app, NEW_LINK, email=AUTHOR)
    assert [each for each in statements if "rate_counter" in each] == statements[:1]


def test_a_preview_waits_for_nobody_who_writes(app: Flask, session: Session, visitor: Visitor) -> None:
    """Another writes for as long as it takes: no count, no lock of the article keeps an author from reading again."""
    visitor.get(WRITE).fill(**ANSWERS)
    committed(session).hint_count = 3
    session.flush()
    with recorded_statements(app) as statements:
        assert "Relisez votre texte" in visitor.press("Relire mon texte").text
    session.rollback()
    counts = [each for each in statements if "rate_counter" in each]
    assert len(counts) == (session.get_bind().dialect.name == "postgresql"), "on SQLite it is not counted"
    assert not [each for each in statements if "FOR " in each]
    visitor.get(WRITE).fill(**ANSWERS).press("Relire mon texte")
    assert session.scalars(select(RateCounter.count)).all() == ([2] * 4 if counts else [1] * 4), "nobody wrote by then"


def test_a_refused_request_counts_in_no_longer_window(app: Flask, session: Session) -> None:
    """Ten an hour pass; the five others leave the thirty of the day as they were."""
    for _ in range(15):
        ask(app, NEW_LINK)
    counters = session.scalars(select(RateCounter))
    counts = {each.key.partition("/address:")[2].partition("/")[2]: each.count for each in counters}
    assert {key: count for key, count in counts.items() if key} == {"10/3600": 15, "30/86400": 10}


def test_every_limit_of_the_table_is_read_whole() -> None:
    assert parse_limits("12 per 10 minutes; 40 per day") == [(600, 12), (86_400, 40)]
    for limit in [DEFAULT_LIMIT, *LIMITS.values()]:
        for text in (limit.address, limit.network, limit.recipient):
            assert len(parse_limits(text)) == text.count("per "), text


def count(key: str, most: int = 200) -> float | None:
    return count_each([Window(key, 60, most)])


def test_workers_share_their_counters(app: Flask, session: Session) -> None:
    """Two hundred hits from eight threads: none is lost or counted twice."""
    outcomes: list[float | None] = []

    def count_often() -> None:
        with app.app_context():
            outcomes.extend(count("steps") for _ in range(25))

    together(*[count_often] * 8)
    assert outcomes == [None] * 200
    assert session.scalars(select(RateCounter.count)).all() == [200]


def test_a_closed_window_restarts_and_is_deleted(app: Flask, session: Session) -> None:
    with app.app_context():
        assert [count("a", most=2) for _ in range(2)] == [None, None]
        closes_at = count("a", most=2)
        assert closes_at is not None
        assert now().timestamp() < closes_at <= now().timestamp() + 60
        count("b")
        close(session, "a")
        assert count("a", most=2) is None
        close(session, "b")
    app.test_cli_runner().invoke(args=["clock"])
    assert [(each.key, each.count) for each in stored(session, RateCounter)] == [("a", 1)]


def close(session: Session, key: str) -> None:
    session.expire_all()
    session.get_one(RateCounter, key).expires_at = now() - timedelta(seconds=1)
    session.commit()


@pytest.mark.parametrize("remote", ["", "nonsense", "unix:"])
def test_an_unreadable_address_is_counted(app: Flask, remote: str) -> None:
    assert [ask(app, NEW_LINK, of=remote).status_code for _ in range(11)][-1] == 429
