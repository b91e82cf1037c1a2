"""Backups restored by `pg_restore` over a newer database: half of each, which replay notices."""

import re
import subprocess
from contextlib import closing
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.catalog.rendering import Rendering
from app.db import db
from app.erasure_journal import journal_path
from app.mail.outbox import Email
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from tests.acts import committed, private_page, stored
from tests.factories import ACCOUNT, a_testimonial
from tests.privacy.test_replay import erase
from tests.services.postgres import _binaries
from tests.visitor import Visitor

pytestmark = [
    pytest.mark.changes_content,
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def dump(database: str, file: Path) -> None:
    """Make a backup by PostgreSQL's own program, as an owner may."""
    command = [str(_binaries() / "pg_dump"), "--format=custom", "--no-owner", "--file", str(file), plain(database)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # written just above


def restore(database: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(_binaries() / "pg_restore"), "--no-owner", *options, "--dbname", plain(database), str(file)]
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  # as above


def restore_over_a_newer_schema(database: str, file: Path, *referred: str) -> None:
    """Restore as the guide once said: tables that later ones refer to cannot be dropped, and keep their rows.

    Then drop the later tables, as an operator would to come back to this code's schema.
    """
    with closing(psycopg.connect(plain(database), autocommit=True)) as connection:
        for name in referred:
            names = (sql.Identifier(each) for each in (f"later_{name}", name))
            connection.execute(sql.SQL("CREATE TABLE {} (id INTEGER REFERENCES {} (id))").format(*names))
        done = restore(database, file, "--clean", "--if-exists")
        assert done.returncode == 1
        assert "errors ignored on restore" in done.stderr
        for name in referred:
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"later_{name}")))


def replay(app: Flask) -> tuple[int, str]:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    result = app.test_cli_runner().invoke(args=["erasures", "replay"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def words_of(database: str) -> bytes:
    """Return all that a reader of the database would find."""
    command = [str(_binaries() / "pg_dump"), "--data-only", "--dbname", plain(database)]
    lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()  # noqa: S603  # as above
    return b"\n".join(line for line in lines if b"restrict" not in line)  # pg_dump draws a key each time


@pytest.fixture
def backup(database: str, tmp_path: Path) -> Path:
    return tmp_path / "copy.dump"


def test_erased_words_that_come_back_under_erased_rows_are_erased_again(
    app: Flask, visitor: Visitor, session: Session, database: str, backup: Path
) -> None:
    erased = [
        a_testimonial(session, status=Status.PUBLISHED, email=f"{n}@exemple.fr", account=f"Zinzolin{n}. {ACCOUNT}")
        for n in range(3)
    ]
    committed(session, email="reste@exemple.fr", account=f"Zinzolin-qui-reste. {ACCOUNT}")
    dump(database, backup)
    for testimonial in erased:
        erase(visitor, testimonial)
    session.close()
    restore_over_a_newer_schema(database, backup, "testimonial")
    assert set(session.scalars(select(Testimonial.status))) == {Status.ERASED, Status.PENDING}
    session.rollback()
    assert b"Zinzolin0" in words_of(database), "back under a row marked erased"
    code, said = replay(app)
    assert "3 erased again, 0 taken back again, 0 links voided again, of 3 told" in said, said
    assert code == 0
    left = words_of(database)
    assert [n for n in range(3) if f"Zinzolin{n}".encode() in left or f"{n}@exemple.fr".encode() in left] == []
    assert b"Zinzolin-qui-reste" in left
    assert "0 erased again" in replay(app)[1]


def test_words_under_an_erased_row_that_no_line_names_are_erased_too(
    app: Flask, visitor: Visitor, session: Session, database: str, backup: Path
) -> None:
    testimonial = committed(session, account=f"Zinzolin. {ACCOUNT}")
    dump(database, backup)
    erase(visitor, testimonial)
    journal_path().write_text("", encoding="utf-8")
    session.close()
    restore_over_a_newer_schema(database, backup, "testimonial")
    code, said = replay(app)
    assert (code, "1 erased again" in said) == (0, True), said
    assert b"Zinzolin" not in words_of(database)


def test_a_consent_that_comes_back_under_a_withdrawn_row_is_taken_back_again(
    app: Flask, visitor: Visitor, session: Session, database: str, backup: Path
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    dump(database, backup)
    visitor.get(private_page(testimonial)).press("Retirer mon texte")
    session.close()
    restore_over_a_newer_schema(database, backup, "testimonial")
    (half,) = stored(session, Testimonial)
    assert (half.status, half.consents_to(Purpose.PUBLICATION)) == (Status.WITHDRAWN, True), "half of each"
    session.close()
    code, said = replay(app)
    assert (code, "1 taken back again" in said) == (0, True), said
    (whole,) = stored(session, Testimonial)
    assert not whole.consents_to(Purpose.PUBLICATION)
    session.close()
    assert "0 taken back again" in replay(app)[1]


def test_a_row_that_comes_back_published_without_its_consent_makes_replay_fail(
    app: Flask, visitor: Visitor, session: Session, database: str, backup: Path
) -> None:
    """The counter of consents is the backup's, and the rows are not: the withdrawal cannot be stored again."""
    testimonial = committed(session, status=Status.PUBLISHED)
    public_id = testimonial.public_id
    dump(database, backup)
    visitor.get(private_page(testimonial)).press("Retirer mon texte")
    session.close()
    restore_over_a_newer_schema(database, backup, "consent")
    (half,) = stored(session, Testimonial)
    assert (half.status, half.consents_to(Purpose.PUBLICATION)) == (Status.PUBLISHED, False), "half of each"
    session.close()
    code, said = replay(app)
    assert code == 1
    assert f"not honoured: publication of {public_id} could not be replayed (IntegrityError)" in said
    # As by hand, once the counter is right.
    session.execute(text("SELECT setval('consent_id_seq', (SELECT max(id) FROM consent))"))
    session.commit()
    code, said = replay(app)
    assert (code, "1 taken back again" in said) == (0, True), said
    (whole,) = stored(session, Testimonial)
    assert whole.status is Status.WITHDRAWN
    assert session.scalars(select(Rendering)).all() == []


def test_words_of_a_testimonial_that_is_not_there_make_replay_fail(
    app: Flask, visitor: Visitor, session: Session, database: str, backup: Path
) -> None:
    """The journal names a text whose row is missing, while its words stand in the rows of the other database."""
    session.execute(text("CREATE TABLE later_version (id INTEGER REFERENCES version (id))"))
    session.execute(text("CREATE TABLE later_email (id INTEGER REFERENCES email (id))"))
    session.commit()
    dump(database, backup)
    newer = committed(session, account=f"Zinzolin. {ACCOUNT}")
    erase(visitor, newer)
    again = committed(session, email="b@exemple.fr", account=f"Zinzolin. {ACCOUNT}")
    journal_path().write_text(f"{again.public_id}\t2026-11-24\terased\n", encoding="utf-8")
    session.close()
    with closing(psycopg.connect(plain(database), autocommit=True)) as connection:
        connection.execute(
            "CREATE TABLE latest (id INTEGER REFERENCES version (id), other INTEGER REFERENCES email (id))"
        )
    assert restore(database, backup, "--clean", "--if-exists").returncode == 1
    with closing(psycopg.connect(plain(database), autocommit=True)) as connection:
        connection.execute("DROP TABLE latest, later_version, later_email")
    session.rollback()
    assert session.scalars(select(Testimonial)).all() == []
    assert session.scalars(select(Version)).all() != []
    session.close()
    code, said = replay(app)
    assert code == 1
    assert "nothing is replayed: the schema of this database is not that of this code." in said


@pytest.mark.parametrize("kind", [Version, Email])
def test_rows_of_a_testimonial_that_does_not_exist_are_told_by_table(
    app: Flask, session: Session, database: str, kind: type[Version | Email]
) -> None:
    testimonial = committed(session)
    other = next(each for each in (Version, Email) if each is not kind)
    journal_path().write_text(f"{testimonial.public_id}\t2026-11-24\terased\n", encoding="utf-8")
    session.close()
    with closing(psycopg.connect(plain(database), autocommit=True)) as connection:
        # No foreign key is asked in that role: what a restore leaves once they are put back NOT VALID, by hand.
        connection.execute("SET session_replication_role = replica")
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(other.__tablename__)))
        connection.execute("DELETE FROM testimonial")
    code, said = replay(app)
    assert code == 1
    assert re.search(rf"not honoured: \d+ rows of {kind.__tablename__} refer to rows of testimonial that do not", said)
    assert "the journal is not honoured (" in said
    assert "do not open the platform. Restore the backup into an empty database" in said


def test_an_older_schema_is_refused_before_anything_is_replayed(app: Flask, session: Session) -> None:
    testimonial = committed(session)
    journal_path().write_text(f"{testimonial.public_id}\t2026-11-24\terased\n", encoding="utf-8")
    session.close()
    flask_migrate.downgrade(revision="-1")
    code, said = replay(app)
    assert code == 1
    assert "nothing is replayed: the schema of this database is not that of this code." in said
    flask_migrate.upgrade()
    assert replay(app)[0] == 0
    (erased,) = stored(session, Testimonial)
    assert erased.status is Status.ERASED


def test_one_text_that_cannot_be_replayed_stops_no_other_and_is_told(app: Flask, session: Session) -> None:
    broken = committed(session, status=Status.PUBLISHED)
    other = committed(session, email="b@exemple.fr")
    lines = [f"{broken.public_id}\t2099-11-24\tpublication\n", f"{other.public_id}\t2026-11-24\tlink\t5\n"]
    journal_path().write_text("".join(lines), encoding="utf-8")
    broken_id = broken.id
    session.close()
    with closing(psycopg.connect(plain(app.config["SQLALCHEMY_DATABASE_URI"]), autocommit=True)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM version WHERE testimonial_id = %s", [broken_id])
    code, said = replay(app)
    assert code == 1
    assert f"not honoured: publication of {broken.public_id} could not be replayed (" in said
    assert "1 links voided again, of 2 told" in said
