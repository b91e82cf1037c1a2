"""PostgreSQL that hangs: readers are told so in time, /health is sent all the same, and a busy server is waited for."""

import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app.db import postgresql_connections
from app.page_cache.middleware import Stamps
from bench.server import family
from tests.faults.site import Postgres, site
from tests.services import postgres
from tests.services.server import PATIENCE

pytestmark = [pytest.mark.services, pytest.mark.one_engine]

ARTICLE = "/articles/crpv"
UNREAD = [f"{ARTICLE}?mots=jamais{number}" for number in range(5)]  # one more than a worker has threads


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310  # our own address on loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextmanager
def hung(server: Postgres) -> Iterator[None]:
    """Stop a server's processes: the kernel still acknowledges what is sent to them, and nobody reads it."""
    processes = list(family(server.leash.pid))[1:]
    for each in processes:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            os.kill(each, signal.SIGCONT)


@pytest.mark.slow("a server, and the patience of its connections")
def test_a_hung_database_keeps_no_reader_waiting_nor_health_from_being_sent(
    own_postgres: Postgres, tmp_path: Path, compiled_templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    database = own_postgres.url.update_query_dict({"connect_timeout": "2"}).render_as_string()
    with site(tmp_path, database, compiled_templates) as served:
        url = served.url.replace("127.0.0.1", "localhost")  # the name that pages are cached under
        fresh = get(url + ARTICLE)
        assert fresh[0] == 200
        with hung(own_postgres), ThreadPoolExecutor(len(UNREAD)) as others:
            unread = others.map(get, [url + path for path in UNREAD])
            assert get(url + "/health") == (200, "alive\n")
            assert get(url + ARTICLE)[0] == 503, "kept, but nothing says that its words still stand"
            assert [status for status, _ in unread] == [503] * len(UNREAD)
            assert get(url + ARTICLE)[0] == 503
        while get(url + ARTICLE) != fresh:
            pass
        assert get(url + UNREAD[0])[0] == 200


def test_a_busy_database_is_waited_for(postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it takes connections; also one statement that nobody answers for some seconds."""
    monkeypatch.setattr(postgresql_connections, "LONGEST_SILENCE", 0.05)
    engine = create_engine(postgres_server.url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1 FROM pg_sleep(0.4)")) == 1
    assert Stamps(engine).rows("SELECT 1 FROM pg_sleep(0.4)") == [(1,)]
    engine.dispose()


@pytest.mark.slow("the shortest patience of the driver, twice")
def test_a_database_that_never_speaks_is_given_up_then_asked_by_one_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        engine = create_engine(f"postgresql+psycopg://somebody@127.0.0.1:{mute.getsockname()[1]}/x?connect_timeout=2")
        moment = 1e9
        monkeypatch.setattr(postgresql_connections, "monotonic", lambda: moment)
        for _ in range(3):
            with pytest.raises(OperationalError):
                engine.connect()
        assert callers(mute) == 1
        moment += postgresql_connections.PAUSE
        for _ in range(2):
            with pytest.raises(OperationalError):
                engine.connect()
        assert callers(mute) == 1


@pytest.mark.parametrize("silent_for", [0, 60])
def test_a_connection_to_a_silent_server_is_closed_and_replaced(
    postgres_server: postgres.Server, silent_for: int
) -> None:
    engine = create_engine(postgres_server.url, pool_pre_ping=True)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, postgresql_connections.WatchedConnection)
        if silent_for:
            driver.server.silent_until = monotonic() + silent_for
            with pytest.raises(OperationalError):
                connection.execute(text("SELECT 1"))
            driver.server.silent_until = 0.0
        assert connection.invalidated is driver.closed is bool(silent_for)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def callers(listener: socket.socket) -> int:
    """Return how many have connected since the last time."""
    listener.setblocking(False)
    number = 0
    try:
        while True:
            listener.accept()[0].close()
            number += 1
    except BlockingIOError:
        return number


def test_connections_end_when_the_network_loses_them(postgres_server: postgres.Server) -> None:
    engine = create_engine(postgres_server.url)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        given = driver.info.get_parameters()
    assert {name: given[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")} == {
        "connect_timeout": "5",
        "tcp_user_timeout": "30000",
        "keepalives_idle": "60",
    }
    engine.dispose()
