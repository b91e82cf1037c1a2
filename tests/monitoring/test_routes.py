"""What monitors ask: at any host, by a stranger, never cached nor logged; and what each answer says."""

import io
import socket
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.erasure_journal import WaitingEntry, journal_path
from config import Testing
from tests.acts import signed_in
from tests.page_cache.workers import recorded_statements
from tests.services.ports import kept_port
from tests.visitor import Visitor

ELSEWHERE = {"Host": "10.0.0.7:8000"}


@pytest.mark.one_engine
def test_health_asks_nothing_of_the_database_even_for_an_editor(app: Flask, session: Session) -> None:
    client = signed_in(Visitor(app), session).client
    with recorded_statements(app) as statements:
        answer = client.get("/health")
        assert (answer.status_code, answer.text, answer.mimetype) == (200, "alive\n", "text/plain")
        assert statements == []
        client.get("/vos-donnees")
    assert statements != [], "the session is looked for elsewhere"


def test_ready_says_why_a_process_may_not_be_sent_requests(app: Flask, session: Session, tmp_path: Path) -> None:
    client = app.test_client()
    answer = client.get("/ready")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ready\n", "text/plain")
    session.add(WaitingEntry(line="0123456789\tanother line\n"))
    session.commit()
    journal_path().mkdir()
    answer = client.get("/ready")
    assert (answer.status_code, answer.text) == (503, "the journal of erasures cannot be written\n")
    journal_path().rmdir()
    for copy in (tmp_path / "missing", f"sqlite:///{tmp_path}/missing/journal.sqlite3", tmp_path):
        app.config["JOURNAL_COPY"] = str(copy)
        answer = client.get("/ready")
        said = "" if copy == tmp_path else "the second place of the journal of erasures takes no line\n"
        assert (answer.status_code, answer.text) == (200, f"ready\n{said}"), "requests are sent to it all the same"


@pytest.mark.one_engine
@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_monitors_ask_at_any_host_and_nothing_is_cached_logged_or_kept(
    app: Flask,
    written: io.StringIO,
    path: str,
) -> None:
    client = app.test_client()
    for method in ("GET", "HEAD"):
        answer = client.open(path, method=method, headers=ELSEWHERE)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    assert written.getvalue() == ""
    assert client.get("/vos-donnees", headers=ELSEWHERE).status_code == 400, "the host is checked elsewhere"


@pytest.mark.one_engine
def test_a_database_that_refuses_is_not_ready_and_the_process_is_healthy(
    tmp_path: Path,
    written: io.StringIO,
) -> None:
    with kept_port() as closed:
        url = f"postgresql://somebody:secret@127.0.0.1:{closed}/somewhere"
        client = create_app(Testing(instance=tmp_path, database=url)).test_client()
        assert client.get("/health").status_code == 200
        answers = [client.get("/ready") for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(503, "the database does not answer\n")}
    assert written.getvalue().count("ready for requests: the database does not answer") == 1, "once, not each time"
    assert "secret" not in written.getvalue()


@pytest.mark.one_engine
def test_a_database_that_hangs_gets_an_answer_and_one_connection(tmp_path: Path) -> None:
    """Whoever listens here never speaks: a connection waits for the first word of the server for ever."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://somebody@127.0.0.1:{mute.getsockname()[1]}/somewhere"
        client = create_app(Testing(instance=tmp_path, database=url)).test_client()
        answers = [client.get("/ready") for _ in range(2)]
        assert [(answer.status_code, answer.text) for answer in answers] == [
            (503, "the database does not answer\n")
        ] * 2
        mute.setblocking(False)
        first, _ = mute.accept()
        with pytest.raises(BlockingIOError):
            mute.accept()
        first.close()
