"""A journal of erasures that cannot be written: the line waits in the database, and everyone is told."""

import os
import resource
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import Role
from app.db import now
from app.erasure_journal import WaitingEntry, journal_fault, journal_path, write_again, write_lines
from app.testimonials.draft import Draft, save_draft
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from config import Testing
from tests.acts import committed, private_page, signed_in, stored
from tests.databases import copy_sqlite
from tests.factories import AUTHOR, a_testimonial, the_article
from tests.services.ports import kept_port
from tests.services.server import ROOT, gunicorn
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

SENTENCE = "the journal of erasures cannot be written ({}: {}): erasures and withdrawals wait in the database"


def a_folder_in_its_place(path: Path) -> None:
    path.mkdir()


def a_full_disk(path: Path) -> None:
    path.symlink_to("/dev/full")


FAULTS = pytest.mark.parametrize("break_it", [a_folder_in_its_place, a_full_disk])


def mend(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        path.rmdir()


def run(app: Flask, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def acts(line: str) -> tuple[str, str]:
    public_id, at, what = line.removesuffix("\n").split("\t")
    assert at <= now().isoformat()
    return public_id, what


@FAULTS
def test_withdrawing_and_erasing_stay_possible_and_their_lines_wait(
    app: Flask, visitor: Visitor, session: Session, break_it: Callable[[Path], None]
) -> None:
    withdrawn = a_testimonial(session, status=Status.PUBLISHED)
    erased = a_testimonial(session, email="b@exemple.fr")
    key = str(uuid.uuid4())
    draft = save_draft(session, the_article(session), key=key, email=AUTHOR, answers={"title": "Trois"})
    session.commit()
    draft_id, draft_path = draft.public_id, f"/brouillon/{draft.token}"
    break_it(journal_path())
    visitor.get(private_page(withdrawn)).press("Retirer mon texte")
    assert visitor.status == 200
    visitor.get(f"{private_page(erased)}/effacer").press("Effacer mon texte et mes coordonnées")
    assert visitor.status == 200
    visitor.get(draft_path).press("Effacer ce brouillon")
    assert visitor.status == 200
    waiting = stored(session, WaitingEntry)
    expected = [(withdrawn.public_id, "publication"), (erased.public_id, "erased"), (draft_id, "erased")]
    assert [acts(entry.line) for entry in waiting] == expected
    session.expire_all()
    assert (withdrawn.status, erased.status) == (Status.WITHDRAWN, Status.ERASED)
    assert session.scalars(select(Draft)).all() == []
    session.rollback()
    said = "lines of the journal of erasures"
    code, told = run(app, "clock")
    assert code == 1
    assert f"3 {said} are not written (" in told
    assert len(stored(session, WaitingEntry)) == 3
    mend(journal_path())
    assert f"{said} that waited, and are written: 3" in run(app, "clock")[1]
    assert stored(session, WaitingEntry) == []
    lines = journal_path().read_text(encoding="utf-8").splitlines()
    assert [acts(line) for line in lines] == expected
    assert run(app, "clock") == (0, "")


@FAULTS
def test_an_act_that_fails_leaves_no_line_waiting(
    app: Flask, session: Session, break_it: Callable[[Path], None]
) -> None:
    testimonial = committed(session)
    break_it(journal_path())
    testimonial.withdraw()
    assert session.scalars(select(WaitingEntry)).all() != [], "in the transaction that it records"
    session.rollback()
    assert session.scalars(select(WaitingEntry)).all() == []


@pytest.mark.changes_content
@FAULTS
def test_where_neither_can_be_written_the_act_gets_503_and_nothing_is_done(
    app: Flask, visitor: Visitor, session: Session, break_it: Callable[[Path], None]
) -> None:
    testimonial = committed(session)
    session.execute(text("DROP TABLE waiting_entry"))
    session.commit()
    break_it(journal_path())
    for path, button in (("/effacer", "Effacer mon texte"), ("", "Retirer mon texte")):
        visitor.get(f"{private_page(testimonial)}{path}").press(button)
        assert visitor.status == 503
        assert visitor.answer is not None
        assert visitor.answer.headers["Retry-After"] == "60"
        assert "La plateforme reprend son souffle Rien n’a été enregistré." in visitor.text
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.status is Status.PENDING


@FAULTS
def test_no_backup_is_called_good_while_lines_wait(
    app: Flask, session: Session, break_it: Callable[[Path], None]
) -> None:
    assert run(app, "erasures", "check") == (0, f"the journal of erasures is whole: {journal_path()}\n")
    testimonial = committed(session)
    break_it(journal_path())
    code, said = run(app, "erasures", "check")
    assert code == 1
    assert "it is not a file" in said
    testimonial.withdraw()
    session.commit()
    code, said = run(app, "erasures", "check")
    assert code == 1
    assert "1 lines of the journal of erasures are not written (" in said
    assert "Error: a backup made now is not good: mend the journal, then run this again" in said
    mend(journal_path())
    code, said = run(app, "erasures", "check")
    assert code == 0
    assert said.splitlines()[-1] == f"the journal of erasures is whole: {journal_path()}"
    with journal_path().open("a") as file:
        file.write("damaged\n")
    code, said = run(app, "erasures", "check")
    assert code == 1
    assert f"Error: line 2 of {journal_path()}, which cannot be read" in said


def test_admins_read_that_lines_wait(app: Flask, session: Session) -> None:
    testimonial = committed(session)
    admin = signed_in(Visitor(app), session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    assert "ne s’écrit plus" not in admin.get("/administration/journal").text
    journal_path().mkdir()
    testimonial.withdraw()
    session.commit()
    assert "Le fichier des effacements ne s’écrit plus : une ligne attend dans la base." in (
        admin.get("/administration/journal").text
    )


def test_a_line_cut_short_by_a_full_disk_leaves_the_file_as_it_was(app: Flask, session: Session) -> None:
    """A limit on the size of files is what a process can be given of a full disk."""
    first = committed(session)
    first.withdraw()
    session.commit()
    before = journal_path().read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            write_lines("a line of more than ten signs\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert journal_path().read_bytes() == before


def test_a_fault_is_said_in_one_sentence_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "erasures.log"
    assert journal_fault(path) == ""
    assert journal_fault(tmp_path / "not" / "yet" / "there" / "erasures.log") == ""
    assert list(tmp_path.iterdir()) == [], "looking creates nothing"
    path.touch()
    assert journal_fault(path) == ""
    path.unlink()
    path.mkdir()
    assert journal_fault(path).startswith(SENTENCE.format(path, "it is not a file"))
    assert "\n" not in journal_fault(path)


def test_the_file_of_another_owner_is_said(tmp_path: Path) -> None:
    others = Path("/etc/passwd")
    before = os.geteuid()
    if before == 0:  # who may write to every file
        os.seteuid(65534)
    try:
        assert journal_fault(others).startswith(SENTENCE.format(others, "this account may not write to it"))
    finally:
        os.seteuid(before)


def test_a_server_says_at_start_that_the_journal_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_app(Testing(instance=tmp_path, database="sqlite://"))
    assert "journal" not in capsys.readouterr().err
    (tmp_path / "erasures.log").mkdir()
    create_app(Testing(instance=tmp_path, database="sqlite://"))
    said = capsys.readouterr().err
    assert said.count(SENTENCE.format(tmp_path / "erasures.log", "it is not a file")) == 1
    assert len(said.splitlines()) == 1


@pytest.mark.one_engine
def test_a_journal_is_read_by_its_account_alone(app: Flask, tmp_path: Path) -> None:
    app.config["JOURNAL_COPY"] = str(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    with app.app_context():
        write_again(["a\t2026-11-30\n"])
        files = journal_path(), tmp_path / "elsewhere" / "erasures.log"
    assert [stat.S_IMODE(each.stat().st_mode) for each in files] == [0o600, 0o600], "as backups"


@pytest.mark.slow("two commands and a server")
@pytest.mark.services
def test_prepare_the_server_and_the_deliverer_say_it(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "erasures.log").mkdir()
    with kept_port() as port:
        environment = dict(os.environ)
        environment |= {"INSTANCE": str(tmp_path), "EN_REGARD_ENV": "development"}
        environment["PUBLIC_URL"] = f"http://localhost:{port}"
        environment["DATABASE_URL"] = copy_sqlite(sqlite_template, tmp_path / "migrated.sqlite3")
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        for command in (["prepare"], ["mail", "deliver"]):
            done = subprocess.run(  # noqa: S603  # written just above
                [*flask, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
            )
            assert (done.stdout + done.stderr).count("the journal of erasures cannot be written") == 1, command
        with gunicorn(environment, tmp_path / "output", "/.well-known/security.txt", "--workers", "2"):
            pass
    assert (tmp_path / "output").read_text().count("the journal of erasures cannot be written") == 1
