"""`flask backup` and `flask restore`: all that was committed, restored elsewhere, and what was erased since erased."""

import fcntl
import os
import shutil
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

from app.backup.archive import SQLITE_FILE, Writer
from app.db import Base, db
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from config import ROOT
from tests.acts import committed, private_page, published, readable, signed_in
from tests.factories import ACCOUNT, a_testimonial
from tests.services.server import wait_until
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

MakeBackup = Callable[[], Path]

UNFINISHED = "restore-unfinished"
UNHONOURED = (
    "cannot start: the restored database does not honour the erasure journal yet: "
    "run `flask erasures replay`, which says what it lacks\n"
)


def run(app: Flask, *args: str | Path) -> tuple[int, str]:
    with app.app_context():  # not that of the fixture `session`, which is another application's
        done = app.test_cli_runner().invoke(args=[str(each) for each in args])
        db.session.remove()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def done(app: Flask, *args: str | Path) -> str:
    code, said = run(app, *args)
    assert code == 0, said
    return said


def rows_of(app: Flask) -> dict[str, list[str]]:
    """Return every row of the database as text, by table, those of the search among them."""
    with app.app_context(), Session(db.engine.execution_options(sqlite_begin="BEGIN")) as session:
        names = [*Base.metadata.tables, "search_desk", "search_public", "search_open", "alembic_version"]
        columns = {name: "rowid, words" if name.startswith("search_") else "*" for name in names}
        queries = {name: text(f"SELECT {columns[name]} FROM {name}") for name in names}  # noqa: S608  # names of ours
        return {name: sorted(map(str, session.execute(query))) for name, query in queries.items()}


def tables_of(app: Flask) -> int:
    """Count the tables of a database, none of which is made by counting."""
    with app.app_context():
        url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        if url.drivername == "sqlite":
            return int(Path(str(url.database)).exists())
        found = db.session.scalar(text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
        db.session.remove()
        return int(found or 0)


@pytest.mark.slow("a whole backup and its restore")
def test_every_row_is_restored_elsewhere(app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask) -> None:
    readable(session, 1, account=f"Tab\tulation, barre \\ et ligne\nsuivante. {ACCOUNT}")
    committed(session, email="b@exemple.fr")
    session.execute(text("UPDATE rendering SET edition = 'old'"))
    session.commit()
    before = rows_of(app)
    file = backup()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = done(elsewhere, "restore", file)
    assert said.splitlines()[-1].startswith("start the server and `flask mail loop`")
    assert rows_of(elsewhere) == before, "what a release has made stale is renewed after the start"
    assert before["testimonial"]
    assert before["search_public"]
    with elsewhere.app_context(), Session(db.engine) as there:
        newer = a_testimonial(there, email="c@exemple.fr")
        there.commit()
        assert newer.id == max(there.scalars(select(Testimonial.id)).all())


@pytest.mark.slow("a whole backup and its restore")
def test_what_was_erased_since_is_erased_again_by_the_lines_of_both_journals(  # noqa: PLR0917  # fixtures
    app: Flask, session: Session, visitor: Visitor, backup: MakeBackup, elsewhere: Flask, tmp_path: Path
) -> None:
    before, since, kept = (published(session, number, account=f"Zinzolin{number}. {ACCOUNT}") for number in range(3))
    session.commit()
    visitor.get(f"{private_page(before)}/effacer").press("Effacer mon texte et mes coordonnées")
    file = backup()
    inside = (tmp_path / "erasures.log").read_text(encoding="utf-8")
    visitor.get(f"{private_page(since)}/effacer").press("Effacer mon texte et mes coordonnées")
    # The journal in place there lacks the line that is inside, and has one that is not.
    in_place = (tmp_path / "erasures.log").read_text(encoding="utf-8").removeprefix(inside)
    journal = tmp_path / "elsewhere" / "erasures.log"
    journal.write_text(in_place, encoding="utf-8")
    said = done(elsewhere, "restore", file)
    assert "1 erased again, 0 taken back again, 0 links voided again, of 2 told" in said
    assert {*inside.splitlines(), *in_place.splitlines()} < {*journal.read_text(encoding="utf-8").splitlines()}
    with elsewhere.app_context():
        statuses = dict(db.session.execute(select(Testimonial.public_id, Testimonial.status)).all())
        db.session.remove()
    assert statuses == {
        before.public_id: Status.ERASED,
        since.public_id: Status.ERASED,
        kept.public_id: Status.PUBLISHED,
    }
    assert "Zinzolin1" not in str(rows_of(elsewhere))


@pytest.mark.one_engine
def test_lines_of_the_second_place_are_in_the_backup_and_brought_to_the_one_there(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask, tmp_path: Path
) -> None:
    testimonial = readable(session)
    line = f"{testimonial.public_id}\t2026-11-24T10:00:00+00:00\terased"
    for each, name in ((app, "here"), (elsewhere, "there")):
        (tmp_path / name).mkdir()
        each.config["JOURNAL_COPY"] = str(tmp_path / name)
    (tmp_path / "here" / "erasures.log").write_text(f"{line}\n", encoding="utf-8")
    said = done(elsewhere, "restore", backup())
    assert "1 lines added to the journal of erasures" in said
    assert "1 erased again" in said
    for folder in (tmp_path / "there", tmp_path / "elsewhere"):
        assert line in (folder / "erasures.log").read_text(encoding="utf-8").splitlines()


@pytest.mark.one_engine
def test_a_line_that_a_crash_cut_short_is_never_made_whole_by_a_backup(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask, tmp_path: Path
) -> None:
    """Cut before its act, the replacement of a link reads as an erasure in the words of the oldest lines."""
    testimonial = readable(session)
    cut = f"{testimonial.public_id}\t2026-11-24T10:00:00+00:00"
    (tmp_path / "erasures.log").write_text(cut, encoding="utf-8")
    code, said = run(elsewhere, "restore", backup())
    assert code == 1
    assert "0 erased again" in said
    assert "not honoured: line 1 of" in said
    with elsewhere.app_context(), Session(db.engine) as there:
        assert there.scalars(select(Testimonial.status)).all() == [Status.PUBLISHED]
    journal = tmp_path / "elsewhere" / "erasures.log"
    assert journal.read_text(encoding="utf-8") == f"{cut} (torn)\n"
    assert run(elsewhere, "mail", "loop") == (1, UNHONOURED)
    journal.write_text(f"{cut}\tlink\t2\n", encoding="utf-8")
    other = tmp_path / "other.log"
    other.write_text("")
    assert run(elsewhere, "erasures", "replay", other)[0] == 0
    assert UNFINISHED in {each.name for each in (tmp_path / "elsewhere").iterdir()}, (
        "another's journal is not this one's"
    )
    assert run(elsewhere, "erasures", "replay")[0] == 0
    assert UNFINISHED not in {each.name for each in (tmp_path / "elsewhere").iterdir()}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_restore_killed_before_the_replay_lets_nobody_serve_what_it_brought_back(  # noqa: PLR0917  # fixtures
    app: Flask,
    session: Session,
    visitor: Visitor,
    backup: MakeBackup,
    elsewhere: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    testimonial = published(session)
    signed_in(Visitor(app), session)
    file = backup()
    visitor.get(f"{private_page(testimonial)}/effacer").press("Effacer mon texte et mes coordonnées")
    shutil.copy(tmp_path / "erasures.log", tmp_path / "elsewhere")

    def killed(_folder: Path) -> None:
        sys.exit(137)

    monkeypatch.setattr("app.backup.sqlite.sync_folder", killed)  # the file is in its place by then
    assert run(elsewhere, "restore", file)[0] == 137
    with elsewhere.app_context(), Session(db.engine) as there:
        assert there.scalars(select(Testimonial.status)).all() == [Status.PUBLISHED]
    assert run(elsewhere, "mail", "loop") == (1, UNHONOURED)
    assert f"fault: {UNHONOURED.partition(': ')[2]}" in run(elsewhere, "doctor")[1]
    done(elsewhere, "erasures", "replay")
    with elsewhere.app_context(), Session(db.engine) as there:
        assert there.scalars(select(Testimonial.status)).all() == [Status.ERASED]
    assert rows_of(elsewhere)["editor_session"] == []
    assert "the restored database" not in run(elsewhere, "doctor")[1]


@pytest.mark.one_engine
def test_lines_that_wait_are_in_the_backup_which_says_so(
    app: Flask, session: Session, visitor: Visitor, elsewhere: Flask, tmp_path: Path
) -> None:
    """The journal cannot be written: the line waits in the database, and is honoured elsewhere."""
    testimonial = readable(session)
    (tmp_path / "erasures.log").mkdir()
    visitor.get(f"{private_page(testimonial)}/effacer").press("Effacer mon texte et mes coordonnées")
    (tmp_path / "erasures.log").rmdir()
    said = done(app, "backup", tmp_path / "backup.zip")
    assert "1 lines of the journal of erasures are in this backup alone" in said
    said = done(elsewhere, "restore", tmp_path / "backup.zip")
    journal = (tmp_path / "elsewhere" / "erasures.log").read_text(encoding="utf-8")
    assert f"{testimonial.public_id}\t" in journal


@pytest.mark.slow("a backup while others write")
def test_a_backup_during_writes_holds_whole_transactions_and_all_that_was_committed_before(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another text is committed before what texts are made of is copied, one table after the other."""
    committed(session)
    stop, written = threading.Event(), [session.scalars(select(Testimonial.public_id)).one()]
    session.rollback()

    def write() -> None:
        with app.app_context(), Session(db.engine) as own:
            while not stop.is_set():
                one = a_testimonial(own, email=f"{len(written)}@exemple.fr", status=Status.PUBLISHED)
                own.commit()
                written.append(one.public_id)
                own.rollback()

    def member(archive: Writer, name: str) -> AbstractContextManager[Callable[[Any], None]]:
        so_far = len(written)
        if name.endswith(("/consent", "/testimonial", "/version", SQLITE_FILE)):
            wait_until(lambda: len(written) > so_far)
        return open_member(archive, name)

    open_member = Writer.member
    monkeypatch.setattr(Writer, "member", member)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(written) > 1)
        before = len(written)
        file = backup()
        assert len(written) > before, "nothing was written during the backup"
    finally:
        stop.set()
        writer.join(timeout=60)
    done(elsewhere, "restore", file)
    with elsewhere.app_context():
        there = db.session.scalars(select(Testimonial.public_id)).all()
        parts = [Testimonial.versions.any(), Testimonial.consents.any(), Testimonial.events.any()]
        whole = db.session.scalars(select(Testimonial.public_id).where(*parts)).all()
        db.session.remove()
    assert set(whole) == set(there)
    assert set(written[:before]) <= set(there) <= set(written)
    assert run(elsewhere, "privacy", "verify")[0] == 0


@pytest.mark.changes_content
@pytest.mark.slow("a restore that migrates")
def test_an_older_schema_is_restored_and_brought_to_this_code_s(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask
) -> None:
    readable(session)
    session.close()
    *_, before, _ = sorted(path.name[:4] for path in (ROOT / "migrations/versions").glob("*.py"))
    flask_migrate.downgrade(revision="-1")
    file = backup()
    flask_migrate.upgrade()
    said = done(elsewhere, "restore", file)
    assert f", schema {before}, " in said
    assert rows_of(elsewhere)["testimonial"] == rows_of(app)["testimonial"]


def test_a_restore_opens_no_session_that_was_ended_since(
    app: Flask, session: Session, backup: MakeBackup, elsewhere: Flask
) -> None:
    visitor = signed_in(Visitor(app), session)
    file = backup()
    assert visitor.get("/moderation").status == 200
    said = done(elsewhere, "restore", file)
    assert "sessions of editors ended, who sign in again: 1\n" in said
    assert rows_of(elsewhere)["editor_session"] == []


def test_a_journal_that_takes_no_line_refuses_the_restore_with_nothing_touched(
    session: Session, backup: MakeBackup, elsewhere: Flask, tmp_path: Path
) -> None:
    committed(session)
    file = backup()
    (tmp_path / "elsewhere" / "erasures.log").mkdir()
    code, said = run(elsewhere, "restore", file)
    assert code == 1
    assert "nothing is restored: the journal of erasures takes no line (it is not a file)" in said
    assert tables_of(elsewhere) == 0


def test_a_database_that_is_not_empty_is_left_as_it_is(app: Flask, session: Session, backup: MakeBackup) -> None:
    committed(session)
    file, before = backup(), rows_of(app)
    session.close()
    code, said = run(app, "restore", file)
    assert code == 1
    assert "the database is not empty (" in said
    assert rows_of(app) == before
    code, said = run(app, "backup", file)
    assert (code, said) == (1, f"Error: {file} exists: name another file, or a folder\n")


@pytest.mark.one_engine
def test_old_backups_of_a_folder_go_once_the_new_one_is_whole(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = folder / "en-regard-2020-01-01-000000.zip"
    odd = {folder / name for name in ("en-regard-2020.zip", "en-regard-2020-13-99-000000.zip")}
    for each in (old, *odd):
        each.write_bytes(b"")
    # Unlocked, and nothing that a backup would have left.
    (link := folder / ".en-regard-unfinished-elsewhere").symlink_to(tmp_path / "nowhere")
    odd |= {link}
    code, said = run(elsewhere, "backup", folder, "--keep-days", "1")
    assert (code, old.exists()) == (1, True), said
    assert "the database is empty, and no backup is made" in said
    assert run(app, "backup", folder)[0] == 0
    assert old.exists()
    (first,) = {*folder.iterdir()} - {old} - odd
    renamed = first.rename(folder / "en-regard-2020-01-02-000000.zip")
    said = done(app, "backup", folder, "--keep-days", "1")
    assert f"deleted, older than 1 days: {old}\n" in said
    (newest,) = {*folder.iterdir()} - odd
    assert not renamed.exists()
    assert run(app, "backup", "--verify", newest)[0] == 0


@pytest.mark.one_engine
def test_what_a_killed_run_left_goes_and_what_another_is_writing_stays(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    dead, alive = (folder / f".en-regard-unfinished-{name}" for name in ("dead", "alive"))
    for each in (dead, alive):
        each.mkdir(parents=True)
        (each / "database.sqlite3").write_bytes(b"words")
    with (alive / "database.sqlite3").open("rb"):
        descriptor = os.open(alive, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert run(app, "backup", folder)[0] == 0
        os.close(descriptor)
    assert (dead.exists(), alive.exists()) == (False, True)
    assert len(list(folder.iterdir())) == 2
