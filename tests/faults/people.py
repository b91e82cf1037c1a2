"""People under fire: authors who send until they are answered, and readers."""

import http.client
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import TypeVar
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import tokens
from app.db import db
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.testimonial import Testimonial
from tests.faults.site import Site
from tests.testimonials.test_form import WRITE, preview
from tests.testimonials.test_sending import all_fields
from tests.visitor import Visitor

SEE_OTHER, UNAVAILABLE, OK = 303, 503, 200
PATIENCE = 120.0  # seconds, for a machine busy with other things

Fields = list[tuple[str, str]]
Act = TypeVar("Act")


@dataclass
class Client:
    """Requests with one session, over one connection while it lasts."""

    port: int
    cookie: str = ""
    unanswered: int = 0
    """How many requests got no answer, or the one that says « later »."""
    connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, fields: Fields | None = None) -> tuple[int, str]:
        """Return status and body; raise `OSError` or `HTTPException` where no answer comes."""
        # Each request from another town: nobody sends as much as we do.
        address = ".".join(str(random.randint(1, 220)) for _ in range(4))  # noqa: S311  # no secret
        headers = {"Cookie": f"session={self.cookie}", "X-Forwarded-For": address}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass
class People:
    """What they did, by whom it was acknowledged; `problems` is what should never happen."""

    site: Site
    is_patient: bool = True
    """Whether no answer, or a 503, is tried again, as people do; else it is a problem."""
    sent: list[str] = field(default_factory=list)
    decided: list[tuple[str, str]] = field(default_factory=list)
    """Text and decision, in the order of the answers."""
    waits: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        with self.app.app_context():
            visitor = Visitor(self.app)
            own = {"key", "shown", "sure", "email", "step"}
            self.fields = [(name, value) for name, value in all_fields(preview(visitor)) if name not in own]
            self.cookie = cookie_of(visitor)

    @property
    def app(self) -> Flask:
        return self.site.app

    def letter(self) -> tuple[str, Fields]:
        """Return an address, and the fields of a form that was shown a minute ago."""
        email, key = f"auteure{next(self.numbers)}@exemple.fr", str(uuid.uuid4())
        with self.app.app_context():
            shown = tokens.sign_token("shown", [key, int(time.time()) - 60])
        return email, [*self.fields, ("key", key), ("shown", shown), ("email", email)]

    def acknowledge(self, acts: list[Act], act: Act) -> None:
        with self.changed:
            acts.append(act)
            self.changed.notify_all()

    def wait_for_acts(self, number: int, *, decisions: int = 0) -> None:
        """Wait until so many more texts, and so many more decisions, are acknowledged."""
        with self.changed:
            sent, decided = len(self.sent) + number, len(self.decided) + decisions
            assert self.changed.wait_for(
                lambda: self.problems or (len(self.sent) >= sent and len(self.decided) >= decided), PATIENCE
            ), "nothing comes"
        assert not self.problems, self.problems[:2]

    def attempt(self, client: Client, method: str, path: str, fields: Fields | None = None) -> tuple[int, str]:
        """Return an answer, trying again while none comes where people are patient."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            begun = time.monotonic()
            try:
                status, body = client.send(method, path, fields)
            except (OSError, http.client.HTTPException) as error:
                client.unanswered += 1
                if not self.is_patient:
                    return 0, type(error).__name__
            else:
                self.waits.append(time.monotonic() - begun)
                if status != UNAVAILABLE or not self.is_patient:
                    return status, body
                client.unanswered += 1
            time.sleep(0.05)
        return 0, "nothing comes"

    def author(self, *, whole: bool = False) -> None:
        """Send letters, one after the other; `whole`: open the form and the preview before."""
        client = Client(self.site.port, self.cookie)
        while True:
            email, fields = self.letter()
            steps: list[tuple[str, Fields | None, int]] = [("POST", [*fields, ("step", "send")], SEE_OTHER)]
            if whole:
                steps = [("GET", None, OK), ("POST", [*fields, ("step", "preview")], OK), *steps]
            for method, each, expected in steps:
                status, body = self.attempt(client, method, WRITE, each)
                if status != expected:
                    self.acknowledge(self.problems, f"{method} {status}: {told(body)}")
                    break
            else:
                self.acknowledge(self.sent, email)
            if self.stopped.is_set():
                return client.close()

    def reader(self, pages: Sequence[str]) -> None:
        client = Client(self.site.port)
        for page in cycle(pages):
            status, body = self.attempt(client, "GET", page)
            if status != OK:
                self.acknowledge(self.problems, f"{page} {status}: {told(body)}")
            if self.stopped.is_set():
                break
        client.close()

    @contextmanager
    def acting(self, acts: list[Callable[[], None]]) -> Iterator[None]:
        """Have everybody act until the block ends, and what each began is done."""
        threads = [threading.Thread(target=act, daemon=True) for act in acts]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            self.stopped.set()
            for each in threads:
                each.join(timeout=PATIENCE)
        assert not [each for each in threads if each.is_alive()], "somebody is still waiting"

    def assert_kept_once(self) -> None:
        """Compare what was acknowledged with what is stored: nothing lost, nothing twice, nothing unasked."""
        assert not self.problems, self.problems[:2]
        with self.app.app_context(), Session(db.engine) as session:
            counted = select(Testimonial.email, func.count()).group_by(Testimonial.email)
            counted = counted.where(Testimonial.email.like("auteure%"))
            times = {row[0]: row[1] for row in session.execute(counted)}
            assert {email: times.get(email, 0) for email in self.sent} == dict.fromkeys(self.sent, 1)
            assert sum(times.values()) == len(self.sent)
            receipts = select(func.count()).select_from(Email).where(Email.message == mails.RECEIPT)
            assert session.scalar(receipts.where(Email.recipient.like("auteure%"))) == len(self.sent)
        for check in (["privacy", "verify"], ["catalog", "check"]):
            result = self.app.test_cli_runner().invoke(args=check, catch_exceptions=False)
            assert result.exit_code == 0, result.output


def told(body: str) -> str:
    """Return the title and the errors of a page that should not have been the answer."""
    page = BeautifulSoup(body, "html.parser")
    return " | ".join(
        each.get_text(" ", strip=True) for each in page.select("title, .error, .errors, [role=alert], .summary")
    )


def cookie_of(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    return cookie.value
