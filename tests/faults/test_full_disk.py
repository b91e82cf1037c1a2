"""A full disk: a clear sentence, nothing half stored, and all goes on once there is room.

A limit on the size of files, given to the running server, is what a process can be given of a full disk: it ends the
write that reaches it, wherever that is in a transaction, for the database, the journal of erasures and the log.
"""

import random
import resource
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.db import db
from app.erasure_journal import journal_path, read_entries
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page
from tests.browser.test_whole_path import fill_in
from tests.factories import a_testimonial
from tests.faults import ROUNDS
from tests.faults.people import OK, SEE_OTHER, UNAVAILABLE, Client, People, told
from tests.faults.site import Site
from tests.testimonials.test_form import WRITE

pytestmark = [pytest.mark.services, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

SENTENCES = (
    "La plateforme reprend son souffle",
    "Rien n’a été enregistré. Revenez en arrière : ce que vous avez écrit y est encore",
)
PAGE_SIZE = 4096  # bytes, of SQLite


@contextmanager
def full_disk(served: Site, size: int) -> Iterator[None]:
    """Have no file of the server grow beyond a size in bytes."""
    limit_files(served, size)
    try:
        yield
    finally:
        limit_files(served, resource.RLIM_INFINITY)


def limit_files(served: Site, size: int) -> None:
    for each in served.processes:
        resource.prlimit(each, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def size_of_log(served: Site) -> int:
    """Return the size of SQLite's write-ahead log, where what is sent goes first."""
    return Path(f"{served.database.removeprefix('sqlite:///')}-wal").stat().st_size


def assert_is_told(status: int, body: str) -> None:
    assert status == UNAVAILABLE, told(body)
    for sentence in SENTENCES:
        assert sentence in body.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.slow("a server, authors and a browser")
def test_what_a_full_disk_refuses_is_told_and_stored_once_it_is_sent_again(served: Site, browser: Browser) -> None:
    people = People(served)
    with people.acting([people.author] * 4), closing(Client(served.port, people.cookie)) as client:
        for _ in range(ROUNDS):
            people.wait_for_acts(4)
            email, fields = people.letter()
            # Some pages more: the write that fails is in the midst of a transaction.
            with full_disk(served, size_of_log(served) + random.randrange(24 * PAGE_SIZE)):  # noqa: S311  # no secret
                while (answer := client.send("POST", WRITE, [*fields, ("step", "send")]))[0] == SEE_OTHER:
                    people.acknowledge(people.sent, email)
                    email, fields = people.letter()
                assert_is_told(*answer)
                assert client.send("GET", WRITE)[0] == OK, "the form is still shown"
                assert stored_of(served.app, email) == [], "nothing half stored"
            assert client.send("POST", WRITE, [*fields, ("step", "send")])[0] == SEE_OTHER, "there is room again"
            people.acknowledge(people.sent, email)
    email, _ = people.letter()
    send_by_browser(served, browser, email)
    people.acknowledge(people.sent, email)
    people.assert_kept_once()


@pytest.mark.slow("a server")
def test_an_erasure_on_a_full_disk_is_done_whole_or_not_at_all(served: Site) -> None:
    people = People(served)
    csrf = [(name, value) for name, value in people.fields if name == "csrf_token"]
    with served.app.app_context(), Session(db.engine) as session:
        facts = [{"email": f"ecrite{number}@exemple.fr"} for number in range(ROUNDS)]
        texts = [a_testimonial(session, status=Status.PUBLISHED, **each) for each in facts]
        session.commit()
        pages = {each.public_id: private_page(each) for each in texts}
    with closing(Client(served.port, people.cookie)) as client:
        for public_id, page in pages.items():
            # No room for its line either, or for its line and a part of the transaction.
            for room in (0, size_of_log(served) + random.randrange(4 * PAGE_SIZE)):  # noqa: S311  # no secret
                with full_disk(served, room):
                    assert_is_told(*client.send("POST", f"{page}/effacer", csrf))
                    assert client.send("GET", page)[0] == OK, "its author still reads it"
                assert statuses(served.app)[public_id] is Status.PUBLISHED
            assert client.send("POST", f"{page}/effacer", csrf)[0] == SEE_OTHER
            assert statuses(served.app)[public_id] is Status.ERASED
    with served.app.app_context():
        assert {each.public_id for each in read_entries(journal_path())} == set(pages)
    for command in (["erasures", "check"], ["catalog", "check"]):
        result = served.app.test_cli_runner().invoke(args=command, catch_exceptions=False)
        assert result.exit_code == 0, result.output


def send_by_browser(served: Site, browser: Browser, email: str) -> None:
    """Send while the disk is full, go back, and send what is still there."""
    page = browser.new_page(java_script_enabled=False, base_url=served.url)
    page.goto(WRITE)
    with served.app.app_context():  # nobody fills the form in so quickly
        shown = tokens.sign_token("shown", [page.locator("[name=key]").input_value(), int(time.time()) - 60])
    page.locator("[name=shown]").evaluate("(field, value) => { field.value = value }", shown)
    fill_in(page)
    page.get_by_label("Courriel professionnel").fill(email)
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_role("radio", name="Oui").first.check()
    page.get_by_label("J’atteste").check()
    with full_disk(served, 0):
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("heading", name=SENTENCES[0])).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", name="Votre texte est arrivé")).to_be_visible()
    page.context.close()


def stored_of(app: Flask, email: str) -> list[int]:
    with app.app_context(), Session(db.engine) as session:
        return list(session.scalars(select(Testimonial.id).where(Testimonial.email == email)))


def statuses(app: Flask) -> dict[str, Status]:
    with app.app_context(), Session(db.engine) as session:
        return {each.public_id: each.status for each in session.scalars(select(Testimonial))}
