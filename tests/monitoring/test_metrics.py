"""/metrics: who may read them, and what they say of the platform."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import now
from app.erasure_journal import WaitingEntry
from app.mail.outbox import Email
from app.monitoring.heartbeat import Heartbeat, Process
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from config import Config, SettingMissing
from tests.acts import committed
from tests.factories import AUTHOR, a_notice, a_testimonial
from tests.page_cache.workers import recorded_statements
from tests.test_config import PRODUCTION
from tests.visitor import Visitor

TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}

Samples = Mapping[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def open_by_token(app: Flask) -> Flask:
    app.config["METRICS_TOKEN"] = TOKEN
    return app


def samples(app: Flask) -> Samples:
    """Return each number by its name and the values of its labels, in the order of their names."""
    answer = app.test_client().get("/metrics", headers=BEARER)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(answer.text)
    return {
        (each.name.removeprefix("en_regard_"), tuple(value for _, value in sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


@pytest.mark.one_engine
def test_metrics_are_not_there_unless_a_setting_opens_them(app: Flask) -> None:
    assert app.test_client().get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}é", 403),
        ("Bearer ", 403),
        (f"Basic {TOKEN}", 403),
        (TOKEN, 403),
        ("", 403),
    ],
)
def test_a_token_opens_metrics(open_by_token: Flask, given: str, status: int) -> None:
    answer = open_by_token.test_client().get("/metrics", headers={"Authorization": given, "Host": "10.0.0.7"})
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("en_regard_ready" in answer.text) is (status == 200)


@pytest.mark.parametrize("value", ["t" * 31, "two words " * 5])
def test_a_token_that_is_short_or_of_several_words_stops_the_start(value: str) -> None:
    sentence = "^METRICS_TOKEN must have 32 signs at least, letters and digits.*: see docs/operating.md$"
    with pytest.raises(SettingMissing, match=sentence):
        Config(PRODUCTION | {"METRICS_TOKEN": value})
    assert Config(PRODUCTION | {"METRICS_TOKEN": TOKEN}).METRICS_TOKEN == TOKEN


def fill(session: Session, moment: Any) -> None:
    for number, status in enumerate([Status.PUBLISHED, Status.PUBLISHED, *Status]):
        a_testimonial(session, status=status, email=f"a{number}@exemple.fr")
    session.flush()
    for each in session.query(Testimonial).where(Testimonial.status == Status.PENDING):
        each.waiting_since = moment - timedelta(hours=5)
    a_notice(session, session.query(Testimonial).where(Testimonial.status == Status.PUBLISHED).limit(1).one())
    session.commit()
    session.execute(text("DELETE FROM email"))
    for due, sent, refusal in (
        (moment - timedelta(minutes=10), None, None),
        (moment - timedelta(minutes=1), None, "451"),
        (moment + timedelta(hours=1), None, "unreadable: KeyError"),
        (None, None, "550"),
        (None, moment, None),
    ):
        email = Email(message=mails.RENEWAL, recipient=AUTHOR, facts={}, testimonial_id=None, due_at=due)
        email.sent_at, email.last_refusal = sent, refusal
        session.add(email)
    session.add(WaitingEntry(line="a line\n"))
    session.add(Heartbeat(process=Process.CLOCK, machine="one", since=moment, at=moment))
    session.commit()


def test_metrics_count_texts_what_waits_and_letters(open_by_token: Flask, session: Session) -> None:
    moment = now()
    fill(session, moment)
    found = samples(open_by_token)
    assert (found["ready", ()], found["database_up", ()]) == (1, 1)
    assert found["testimonials", ("crpv", "published")] == 3
    assert {labels: value for (name, labels), value in found.items() if name == "testimonials"} == {
        ("crpv", status.value): 3 if status is Status.PUBLISHED else 1 for status in Status
    }
    assert {labels: value for (name, labels), value in found.items() if name == "waiting"} == {
        ("unconfirmed", "author"): 1,
        ("pending", "editor"): 2,  # the reported one too: it is in that list until the notice is answered
        ("changes_requested", "author"): 1,
        ("proof_sent", "author"): 1,
        ("noticed", "editor"): 1,
        ("contested", "editor"): 0,
    }
    assert 5 * 3600 <= found["waiting_oldest_seconds", ("pending", "editor")] < 6 * 3600
    assert found["waiting_oldest_seconds", ("contested", "editor")] == 0
    states = ("due", "retried", "failed", "unreadable")
    assert [found["emails", (state,)] for state in states] == [2, 2, 1, 1]
    assert 600 <= found["emails_oldest_due_seconds", ()] < 3600
    assert found["journal_lines_waiting", ()] == 1
    assert found["heartbeat_timestamp_seconds", ("one", "clock")] == pytest.approx(moment.timestamp())


def test_metrics_count_requests_by_endpoint_and_pages_of_the_cache(open_by_token: Flask, session: Session) -> None:
    client = open_by_token.test_client()
    before = samples(open_by_token)
    for _ in range(3):
        client.get("/articles")
    client.get("/rien")
    client.post("/connexion")
    after = samples(open_by_token)

    def gained(name: str, *labels: str) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    assert [gained("cached_pages_total", each) for each in ("rendered", "hit")] == [1, 2]
    assert gained("request_seconds_count", "publication.article_list") == 1
    assert gained("request_seconds_bucket", "publication.article_list", "+Inf") == 1
    assert 0 < gained("request_seconds_sum", "publication.article_list") < 60
    assert gained("responses_total", "publication.article_list", "2xx") == 1
    assert gained("responses_total", "none", "4xx") == 1
    assert gained("responses_total", "accounts.sign_in", "4xx") == 1
    assert gained("responses_total", "monitoring.metrics", "2xx") == 1


def test_metrics_ask_the_database_as_often_however_much_it_holds(open_by_token: Flask, session: Session) -> None:
    committed(session)
    samples(open_by_token)
    with recorded_statements(open_by_token) as statements:
        samples(open_by_token)
        few = len(statements)
        fill(session, now())
        statements.clear()
        samples(open_by_token)
    assert 5 < len(statements) == few <= 12


@pytest.mark.changes_content
def test_a_database_of_before_leaves_the_metrics_of_the_server(open_by_token: Flask, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    found = samples(open_by_token)
    assert (found["ready", ()], found["database_up", ()]) == (0, 0)
    assert ("cached_pages_total", ("hit",)) in found
    assert "emails" not in {name for name, _ in found}


@pytest.mark.one_engine
def test_metrics_hold_no_personal_data(open_by_token: Flask, session: Session) -> None:
    fill(session, now())
    Visitor(open_by_token).get("/articles/crpv?mots=secret")
    words = open_by_token.test_client().get("/metrics", headers=BEARER).text
    for private in ("@", "secret", "Ville-Exemple", "Camille", TOKEN):
        assert private not in words
