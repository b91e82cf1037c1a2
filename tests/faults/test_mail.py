"""A mail server that hangs up or hangs, deliverers that are killed: each e-mail leaves, and once.

Servers that are down, or that answer 451 or 550: tests/mail/test_outbox.py.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import now
from app.mail import outbox
from app.mail.outbox import Email
from app.testimonials import mails
from tests.acts import stored
from tests.faults import ROUNDS
from tests.faults.site import KEY
from tests.mail.samples import SAMPLE_FACTS
from tests.services import smtp
from tests.services.server import start_forked, wait_until
from tests.test_config import DELIVERER

pytestmark = [pytest.mark.both_engines, pytest.mark.services]

KILLED = (ROUNDS + 1) // 2  # deliverers: each round starts two anew
MANY = 30  # lines: more than a server says in a dialogue


def an_email(session: Session, number: int) -> str:
    """Put an e-mail in the outbox; return its Message-ID."""
    facts = SAMPLE_FACTS[mails.CONFIRMED]
    email = outbox.enqueue(session, mails.CONFIRMED, to=f"a{number}@exemple.fr", **facts)
    session.flush()
    return email.message_id


@pytest.mark.one_engine
@pytest.mark.parametrize("hangs", [False, True], ids=["hangs up", "hangs"])
@pytest.mark.slow("a mail server that hangs at each line")
def test_a_server_that_stops_anywhere_in_the_dialogue_is_tried_again(
    app: Flask, session: Session, mail_server: smtp.Peer, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    times = []
    for line in range(MANY):
        sent = an_email(session, line)
        session.commit()
        mail_server.stop_after(line, hangs=hangs)
        with monkeypatch.context() as patch:
            if hangs:
                patch.setattr("app.mail.transport.TIMEOUT", 0.3)
            output = app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False).output
        mail_server.accept()
        session.rollback()
        if "kept" in output:
            assert session.scalars(select(Email.sent_at).order_by(Email.id.desc())).first() is None
            session.execute(update(Email).where(Email.sent_at.is_(None)).values(due_at=now()))
            session.commit()
            app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
        times.append(sum(each.message["Message-ID"] == sent for each in mail_server.received))
        if "kept" not in output:
            break
    assert all(each.sent_at for each in stored(session, Email))
    if hangs:  # a machine that is slower than the patience of this test is sent some of them again
        assert set(times) <= {1, 2}
        return
    *before, unanswered, accepted = times
    assert len(before) > 5, "the greeting, the two lines of EHLO, MAIL, RCPT, DATA"
    assert before == [1] * len(before)
    assert unanswered == 2, "it was taken, and nobody said so: it bears the same Message-ID"
    assert accepted == 1, "it has left, whatever is answered to QUIT"


@contextmanager
def deliverers(app: Flask, mail_server: smtp.Peer, folder: Path) -> Iterator[list[ForkServerProcess]]:
    """Run `flask mail loop` twice until the block ends, once both have begun."""
    settings = {
        "EN_REGARD_ENV": "development",
        "SECRET_KEY": KEY,
        "INSTANCE": str(app.config["INSTANCE"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "SMTP_URL": mail_server.url,
        "MAIL_FROM": "bonjour@exemple.fr",
    }
    outputs = [folder / f"deliverer-{uuid4()}" for _ in range(2)]
    two = [start_forked(DELIVERER, os.environ | settings, each) for each in outputs]
    try:
        for each in outputs:
            wait_until(partial(has_begun, each))
        yield two
    finally:
        for process in two:
            process.kill()
            process.join()


def has_begun(output: Path) -> bool:
    return output.exists() and output.read_text().startswith("e-mails go to")


@pytest.mark.slow("two deliverers, and their pauses")
def test_two_deliverers_send_each_email_once_and_the_claim_of_a_killed_one_lapses(
    app: Flask, session: Session, mail_server: smtp.Peer, tmp_path: Path
) -> None:
    sent: list[str] = []

    def add(number: int) -> None:
        session.rollback()  # what was read is of the past: SQLite lets nobody write after it
        sent.extend(an_email(session, len(sent) + each) for each in range(number))
        session.commit()

    def has_left(number: int) -> Callable[[], bool]:
        return lambda: sum(each.sent_at is not None for each in stored(session, Email)) >= number

    def was_received(number: int) -> Callable[[], bool]:
        return lambda: len(mail_server.received) >= number

    for _ in range(KILLED):
        with deliverers(app, mail_server, tmp_path) as (_, second):
            before = Counter(each.message["Message-ID"] for each in mail_server.received)
            add(12)
            wait_until(has_left(len(sent)))
            received = Counter(each.message["Message-ID"] for each in mail_server.received)
            assert received - before == Counter(sent[-12:])
            add(6)
            wait_until(was_received(received.total() + 1))
            second.kill()
            second.join()
            # All but what it had claimed; that waits for the ten minutes of its claim, which pass now.
            wait_until(has_left(len(sent) - 1))
            session.rollback()
            session.execute(update(Email).where(Email.sent_at.is_(None)).values(due_at=now() - timedelta(seconds=1)))
            session.commit()
            wait_until(has_left(len(sent)))
    received = Counter(each.message["Message-ID"] for each in mail_server.received)
    assert set(received) == set(sent)
    assert received.total() <= len(sent) + KILLED, "twice only what was accepted as its deliverer was killed"
