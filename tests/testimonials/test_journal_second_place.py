"""The second place of the journal of erasures: a folder, or another database."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import Role
from app.erasure_journal import WaitingEntry, journal_path, places
from app.erasure_journal.file import why_lost
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from config import Config, SettingMissing
from tests.acts import committed, private_page, signed_in, stored
from tests.services import postgres
from tests.test_config import PRODUCTION
from tests.testimonials.test_erasure_journal import run
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

PLACES = ["folder", "sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Iterator[str]:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    if request.param == "postgresql":
        server: postgres.Server = request.getfixturevalue("postgres_server")
        yield setting(app, server.create_database("journal_copy"))
        server.drop_database("journal_copy")
    else:
        yield setting(app, str(elsewhere) if request.param == "folder" else f"sqlite:///{elsewhere / 'copy.sqlite3'}")


def setting(app: Flask, url: str) -> str:
    app.config["JOURNAL_COPY"] = url
    return url


def copied(url: str) -> list[str]:
    """Read a place anew, as another machine would."""
    return sorted(places.SecondPlace(url).read().splitlines())


def withdrawn_by_author(visitor: Visitor, session: Session, email: str = "a@exemple.fr") -> Testimonial:
    testimonial = committed(session, status=Status.PUBLISHED, email=email)
    visitor.get(private_page(testimonial)).press("Retirer mon texte")
    assert visitor.status == 200
    session.rollback()
    return testimonial


@pytest.mark.one_engine
def test_each_line_is_in_both_places_when_the_act_is_done(
    app: Flask, visitor: Visitor, session: Session, place: str
) -> None:
    first = withdrawn_by_author(visitor, session)
    second = withdrawn_by_author(visitor, session, "b@exemple.fr")
    here = journal_path().read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[::2] for line in here] == [[each.public_id, "publication"] for each in (first, second)]
    assert copied(place) == sorted(here)
    assert stored(session, WaitingEntry) == []
    assert run(app, "erasures", "check")[0] == 0


@pytest.mark.one_engine
def test_what_the_lost_disk_held_is_replayed_from_the_second_place(
    app: Flask, session: Session, visitor: Visitor, place: str
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    line = f"{testimonial.public_id}\t2026-11-24T09:00:00+00:00\terased\n"
    places.SecondPlace(place).write([line, line])
    places.SecondPlace(place).write([line])
    assert copied(place) == [line.removesuffix("\n")], "a line is there once, however often it is sent"
    assert not journal_path().exists()
    code, said = run(app, "erasures", "replay")
    assert (code, "1 erased again" in said) == (0, True)
    assert "secret" not in said
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.status is Status.ERASED


@pytest.mark.one_engine
def test_check_brings_each_place_the_lines_that_it_lacks(app: Flask, session: Session, place: str) -> None:
    """The copy was set later; another machine wrote there too."""
    journal_path().write_text("here\t2026-11-24T09:00:00+00:00\terased\nboth\t2026-11-24T09:00:00+00:00\terased\n")
    lines = ["there\t2026-11-24T09:00:00+00:00\tlink\t2\n", "both\t2026-11-24T09:00:00+00:00\terased\n"]
    places.SecondPlace(place).write(lines)
    code, said = run(app, "erasures", "check")
    assert code == 0
    assert "its second place lacked, and has now: 1\n" in said
    assert "its file lacked, and has now: 1\n" in said
    assert "secret" not in said
    expected = ["both", "here", "there"]
    assert [line.partition("\t")[0] for line in copied(place)] == expected
    assert sorted(line.partition("\t")[0] for line in journal_path().read_text().splitlines()) == expected
    assert len(run(app, "erasures", "check")[1].splitlines()) == 1


def test_a_line_that_the_second_place_refuses_waits_in_the_database(
    app: Flask, session: Session, visitor: Visitor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "not-mounted"
    setting(app, str(folder))
    testimonials = [withdrawn_by_author(visitor, session, f"{each}@exemple.fr") for each in "ab"]
    assert [entry.line.partition("\t")[0] for entry in stored(session, WaitingEntry)] == [
        each.public_id for each in testimonials
    ]
    session.rollback()
    assert not folder.exists(), "no folder is made where none is mounted"
    assert "(its second place: No such file or directory)" in caplog.messages[0]
    assert "it refused a line within the last minute" in caplog.messages[1]
    code, told = run(app, "erasures", "check")
    assert code == 1
    assert "2 lines of the journal of erasures are not written (its second place: No such file or directory)" in told
    assert run(app, "clock")[0] == 1
    admin = signed_in(Visitor(app), session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    warning = "Le fichier des effacements, ou sa copie, ne s’écrit plus : 2 lignes attendent dans la base."
    assert warning in admin.get("/administration/journal").text
    folder.mkdir()
    assert "that waited, and are written: 2" in run(app, "clock")[1]
    assert stored(session, WaitingEntry) == []
    here = journal_path().read_text(encoding="utf-8").splitlines()
    assert len(here) == 2, "the file had them already"
    assert copied(str(folder)) == sorted(here)


@pytest.mark.one_engine
def test_an_author_does_not_wait_for_a_silent_machine(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(places, "ACT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it lets clients in, and never says a word
        setting(app, f"postgresql+psycopg://u:secret@127.0.0.1:{silent.getsockname()[1]}/copy")
        for each in "ab":
            withdrawn_by_author(Visitor(app), session, f"{each}@exemple.fr")
        silent.accept()[0].close()
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()  # the second author asked it nothing
    assert len(stored(session, WaitingEntry)) == 2
    assert "its second place: " in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.one_engine
def test_a_second_place_that_cannot_be_read_leaves_the_replay_unfinished(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    testimonial = committed(session)
    journal_path().write_text(f"{testimonial.public_id}\t2026-11-24T09:00:00+00:00\terased\n")
    setting(app, str(tmp_path / "not-mounted"))
    code, said = run(app, "erasures", "replay")
    assert code == 1
    assert "1 erased again" in said
    assert "not honoured: what the journal of erasures has elsewhere (its second place: no such folder)" in said


PLACE = "JOURNAL_COPY must be"


def test_a_setting_that_is_no_second_place_is_refused(subtests: pytest.Subtests) -> None:
    for value, sentence in [
        ("copies", f"{PLACE} a folder (/…), postgresql://… or sqlite:////…: see "),
        ("mysql://u:p@host/base", f"{PLACE} postgresql://… or sqlite:///…: see "),
        ("s3://key:secret@host/bucket", f"{PLACE} postgresql://… or sqlite:///…: see "),
        ("/var/lib/instance/copies", f"{PLACE} a folder outside INSTANCE: see "),
        ("postgresql://u:p@host/base", f"{PLACE} another database than DATABASE_URL: see "),
    ]:
        with subtests.test(value=value, sentence=sentence):
            database = {"DATABASE_URL": "postgres://u:p@host/base", "INSTANCE": "/var/lib/instance"}
            with pytest.raises(SettingMissing) as refusal:
                Config(PRODUCTION | database | {"JOURNAL_COPY": value})
            assert str(refusal.value) == f"{sentence}docs/operating.md"


MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
25 27 0:30 / /run rw,nosuid - tmpfs tmpfs rw
31 27 0:31 / /srv/a\\040place rw - overlay overlay rw
32 27 254:1 / /srv/a\\040place/kept rw master:1 - ext4 /dev/vdb rw
33 27 254:2 / /runs rw - ext4 /dev/vdc rw
34 27 254:1 / /srv/twice rw - ext4 /dev/vdb rw
35 27 0:35 / /srv/twice rw - ramfs none rw
"""


def test_the_mount_that_holds_a_folder_says_whether_it_survives(tmp_path: Path, subtests: pytest.Subtests) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    for folder, why in [
        ("/var/lib/en-regard", ""),
        ("/run/en-regard", "tmpfs, in memory"),
        ("/runs/en-regard", ""),
        ("/srv/a place/instance", "overlay, a container’s own layer"),
        ("/srv/a place/kept/instance", ""),
        ("/srv/twice", "ramfs, in memory"),
    ]:
        with subtests.test(folder=folder, why=why):
            assert why_lost(Path(folder), {}, mounts) == why


def test_a_dyno_loses_its_disk_and_an_unknown_system_tells_nothing(tmp_path: Path) -> None:
    assert why_lost(tmp_path, {"DYNO": "web.1"}, tmp_path / "none") == "a dyno’s own disk"
    assert why_lost(tmp_path, {}, tmp_path / "none") == ""


LOST = "on a disk that does not survive a restart (a dyno’s own disk): set {}, or DISK_IS_PERMANENT=1 if it does: see "


def test_production_refuses_a_disk_that_does_not_survive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    monkeypatch.setattr("app.erasure_journal.why_lost", lambda _: "a dyno’s own disk")
    for settings, sentence in [
        ({}, "INSTANCE, where the journal of erasures is, is " + LOST.format("JOURNAL_COPY")),
        ({"DISK_IS_PERMANENT": "1"}, None),
        ({"JOURNAL_COPY": "postgresql://u:p@host/copy"}, None),
        (
            {"JOURNAL_COPY": "/dev/shm/copies"},  # noqa: S108  # a disk in memory
            "the second place of the journal of erasures, /dev/shm/copies, is " + LOST.format("another"),
        ),
        (
            {"DATABASE_URL": "sqlite:////dev/shm/base", "JOURNAL_COPY": "postgresql://u:p@host/copy"},
            "the SQLite file /dev/shm/base is " + LOST.format("DATABASE_URL=postgresql://…, or a file on another disk"),
        ),
    ]:
        with subtests.test(settings=settings, sentence=sentence):
            survives = {
                "DISK_IS_PERMANENT": "0",
                "INSTANCE": str(tmp_path),
                "DATABASE_URL": "postgresql://u:p@host/base",
            }
            chosen = Config(PRODUCTION | survives | settings)
            if sentence is None:
                create_app(chosen)
            else:
                with pytest.raises(SettingMissing) as refusal:
                    create_app(chosen)
                assert str(refusal.value) == f"{sentence}docs/operating.md"
