"""The maker of a recueil, killed as it sets pages: a real loop with its process, then the loop that comes after."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.db import now
from app.mail.outbox import Email
from app.moderation.recueils import contents, mails
from app.moderation.recueils.models import Recueil, RecueilEntry, RecueilFile
from tests.acts import published, signed_in, stored
from tests.crowd import multiply
from tests.factories import EDITOR, an_editor, the_article
from tests.pdf import NEEDS_PANGO
from tests.services.server import PATIENCE, ROOT, wait_until
from tests.visitor import Visitor

pytestmark = pytest.mark.services

SHEETS = 30  # so many that their pages take longer than the second between two records of progress


@contextmanager
def mail_loop(app: Flask, output: Path) -> Iterator[None]:
    """Run `flask mail loop` on the test's database, in a group of its own, to the end of the block and no longer."""
    environment = {name: value for name, value in os.environ.items() if name != "SMTP_URL"}
    environment |= {
        "EN_REGARD_ENV": "development",
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "INSTANCE": str(app.config["INSTANCE"]),
    }
    with output.open("a") as file:
        process = subprocess.Popen(  # the command is written here
            [sys.executable, "-m", "flask", "--app", "wsgi.py", "mail", "loop"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield
        assert process.poll() is None, output.read_text()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE)


def is_begun(asked: Recueil) -> bool:
    assert asked.is_awaited, "it was made before it could be killed: let it have more sheets"
    return asked.pages_set > 0


def received(app: Flask) -> list[str]:
    emails = (app.config["INSTANCE"] / "mail").glob("*.eml")
    subjects = [str(message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"]) for path in emails]
    return [each for each in subjects if "recueil" in each]


@pytest.mark.both_engines
@pytest.mark.slow("two loops, each with a process that sets the pages of a long file")
def test_a_recueil_whose_maker_is_killed_is_made_once_by_the_next(app: Flask, session: Session, tmp_path: Path) -> None:
    multiply(session, published(session, 1), SHEETS - 1)
    editor = an_editor(session)
    recueil = Recueil(article=the_article(session), author=editor, title="Ce que nous avons appris")
    session.add(recueil)
    with app.app_context():
        held = contents.load_contents(session, recueil.article, recueil.filters)
    assert held is not None
    recueil.ask(editor, held.pages_expected)
    session.commit()
    page = f"/moderation/articles/crpv/recueils/{recueil.id}"
    visitor, output = signed_in(Visitor(app), session), tmp_path / "output"

    def asked() -> Recueil:
        return stored(session, Recueil)[0]

    assert "Il se prépare…" in visitor.get(page).text
    with mail_loop(app, output):
        wait_until(lambda: is_begun(asked()))
    assert asked().pages_set < held.pages_expected
    assert [stored(session, kind) for kind in (RecueilFile, RecueilEntry)] == [[], []]
    assert f"Il se compose : {asked().pages_set} page" in visitor.get(page).text
    asked().due_at = now()  # its claim lapses: five minutes have passed
    session.commit()
    assert "Il se prépare… Nadia Exemple aura un courriel" in visitor.get(page).text
    with mail_loop(app, output):
        wait_until(lambda: bool(received(app)))
        wait_until(lambda: stored(session, Email)[-1].sent_at is not None)
    [kept] = stored(session, RecueilFile)
    assert len(kept.entries) == SHEETS, NEEDS_PANGO
    assert len(PdfReader(BytesIO(kept.content), strict=True).pages) == kept.pages
    assert f"{kept.pages} pages, fait le " in visitor.get(page).text
    [letter] = [each for each in stored(session, Email) if each.message is mails.RECUEIL_READY]
    assert letter.recipient == EDITOR
    assert received(app) == [mails.RECUEIL_READY.subject]
    assert not list(app.config["INSTANCE"].rglob("*.pdf")), "a file is in the database, or nowhere"
