"""A server of two workers in production: every line of its log is JSON, and its metrics are those of all workers."""

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.services.ports import kept_port
from tests.services.server import PATIENCE, gunicorn, run_forked, wait_until
from tests.test_config import PREPARE, PRODUCTION

pytestmark = pytest.mark.services

TOKEN = "t" * 32
SECRET = "/mon-temoignage/WyJhIiwxXQ.aaaaaaaaaaaaaaaaaaaaaaaaaaa"


class Served:
    """A server, the file of its log, and its port."""

    def __init__(self, url: str, log: Path, port: int) -> None:
        self.url, self.log, self.port = url, log, port

    def lines(self) -> list[dict[str, Any]]:
        """Return the whole lines of the log so far; one that is no JSON is an error."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def workers(self) -> list[int]:
        booting = (line["event"] for line in self.lines())
        return [int(event.rpartition(" ")[2]) for event in booting if event.startswith("Booting worker with pid: ")]

    def get(self, path: str, **headers: str) -> str:
        request = urllib.request.Request(self.url + path, headers=headers)  # noqa: S310  # our own address on loopback
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # as above
            return str(answer.read().decode())

    def sample(self, name: str, **labels: str) -> float:
        text = self.get("/metrics", Authorization=f"Bearer {TOKEN}")
        samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
        (value,) = [each.value for each in samples if each.name == name and labels.items() <= each.labels.items()]
        return float(value)

    def refused(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            return connection.makefile("rb").readline()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with kept_port() as port:
        environment = inherited | PRODUCTION
        environment |= {"PUBLIC_URL": f"https://127.0.0.1:{port}", "INSTANCE": str(tmp_path)}
        environment |= {"METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": "2"}
        code, said = run_forked(PREPARE, environment)
        assert code == 0, said
        log = tmp_path / "log"
        with gunicorn(environment, log, "/health") as url:
            served = Served(url, log, port)
            yield served
    events = [line["event"] for line in served.lines()]
    assert served.log.read_text().endswith("\n")
    assert (events[0][:8], events[-1]) == ("Starting", "Shutting down: Master")
    for private in ("mon-temoignage", "camille", TOKEN, "secret", "/articles"):
        assert private not in said + served.log.read_text(), private


@pytest.mark.slow("a server of two workers, one killed")
def test_every_line_of_a_server_is_json_and_its_counts_outlive_a_worker(served: Served) -> None:
    for _ in range(20):
        served.get("/articles")
    sent = {result: served.sample("en_regard_cached_pages_total", result=result) for result in ("hit", "rendered")}
    assert sum(sent.values()) == 20, "pages of the warming are not counted"
    assert sent["rendered"] <= 2, "a worker renders a page once"
    before = served.sample("en_regard_responses_total", endpoint="monitoring.health", status="2xx")
    killed = served.workers()[0]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: any(str(killed) in each["event"] and "SIGKILL" in each["event"] for each in served.lines()))
    wait_until(lambda: len(served.workers()) == 3)
    for _ in range(20):
        served.get("/health")
    assert served.sample("en_regard_responses_total", endpoint="monitoring.health", status="2xx") == before + 20
    served.get("/articles/crpv?mots=secret")
    wait_until(lambda: any(line.get("endpoint") == "publication.article" for line in served.lines()))
    assert b" 400 " in served.refused(f"GET {SECRET} HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert b" 400 " in served.refused(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nqui: camille@exemple.fr\r\n x\r\n\r\n")
    wait_until(lambda: sum(line["event"] == "Invalid request" for line in served.lines()) == 2)
