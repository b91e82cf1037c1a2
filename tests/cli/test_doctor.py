"""`flask doctor`: what it examines, a line each; a fault exits with 1, and nothing is changed."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.accounts.identities.routes import EXTENSION
from app.accounts.models import Role
from app.cli.proxy import certificate_finding, proxy_findings
from app.db import now
from app.erasure_journal import WaitingEntry
from app.mail.outbox import Email
from app.monitoring import startup_checks
from app.monitoring.heartbeat import Heartbeat, Process
from app.privacy import failures, mails
from app.testimonials.lifecycle import Status
from config import FORMER_NAMES, IDENTITY, ROOT, SETTINGS, Config, Testing
from tests.factories import a_testimonial, an_editor
from tests.mail.test_outbox import an_unreadable_email, deliver, plain
from tests.services import smtp
from tests.services.identity_provider import identity_provider
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, gunicorn
from tests.test_config import PRODUCTION, SERVER, is_one_sentence, start

GOOD_SETTINGS = {
    **PRODUCTION,
    **dict.fromkeys(IDENTITY, "Nom"),
    "PUBLISHER_PHONE": "01 98 00 00 00",
    "HOSTING_PROVIDER_PHONE": "01 98 00 00 01",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "SMTP_URL": "smtp://mail.exemple.fr:587",
    "MAIL_FROM": "En regard <bonjour@exemple.fr>",
}


@pytest.fixture(autouse=True)
def nobody_listens(app: Flask) -> Iterator[None]:
    """Have PUBLIC_URL be a port where nobody listens, whatever runs on this machine."""
    with kept_port() as port:
        app.config["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        yield


def examine(app: Flask, *words: str) -> tuple[int, list[str]]:
    done = app.test_cli_runner().invoke(args=["doctor", *words], catch_exceptions=False)
    return done.exit_code, done.output.splitlines()


def assert_fault(app: Flask, about: str, *words: str) -> None:
    code, lines = examine(app, *words)
    assert code == 1
    assert line_about(lines, about) == "fault"


def line_about(lines: list[str], words: str) -> str:
    (line,) = [each for each in lines if words in each]
    return line.partition(":")[0]


def alive(session: Session, *, at: timedelta = timedelta(0)) -> None:
    for process in Process:
        session.merge(Heartbeat(process=process, machine="m", since=now() - timedelta(days=2), at=now() - at))
    session.commit()


def grades(**changes: str) -> dict[str, str]:
    """Return the grade of each sentence about the settings of a production."""
    settings = Config(GOOD_SETTINGS | changes)
    facts = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    return {finding.sentence: finding.grade.value for finding in startup_checks.premises(facts)}


def test_a_platform_without_faults(app: Flask, session: Session) -> None:
    alive(session)
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    code, lines = examine(app)
    assert code == 0
    assert lines[-1] == "nothing stands against opening the platform"
    assert {each.partition(": ")[0] for each in lines[:-1]} == {"ok", "warning"}
    for words in ("at this code's revision", "deliverer is alive on m since", "clock is alive on m since"):
        assert line_about(lines, words) == "ok"
    for words in ("proofs of consent are", "derived rows are", "journal of erasures can be written", "MB are free"):
        assert line_about(lines, words) == "ok"
    assert line_about(lines, "the proxy was not seen") == "warning"


def test_rows_that_a_release_has_made_stale_are_renewed_before_they_are_compared(app: Flask, session: Session) -> None:
    alive(session)
    a_testimonial(session, status=Status.PUBLISHED)
    session.flush()
    session.execute(text("UPDATE rendering SET edition = 'old', title = 'Un titre d’avant'"))
    session.commit()
    for words in ((), ("--quick",)):
        code, lines = examine(app, *words)
        assert code == 0
        assert line_about(lines, "derived rows of 1 texts are stale: `flask mail loop` renews them") == "warning"


def test_silent_processes_are_faults_and_unseen_ones_warnings(app: Flask, session: Session) -> None:
    code, lines = examine(app, "--quick")
    assert code == 0
    assert line_about(lines, "the deliverer was never seen: start `flask mail loop`") == "warning"
    alive(session, at=timedelta(days=2))
    code, lines = examine(app, "--quick")
    assert code == 1
    assert lines[-1] == "Error: faults: 2; the platform must not be open with them"
    assert line_about(lines, "the deliverer was last seen on") == "fault"
    assert line_about(lines, "the clock was last seen on") == "fault"


def test_an_email_that_waits_for_its_turn_is_a_fault_and_one_that_cannot_be_read_a_warning(
    app: Flask, session: Session
) -> None:
    alive(session)
    email = an_unreadable_email(session, message="of_tomorrow")
    deliver(app)
    code, lines = examine(app, "--quick")
    assert code == 0
    assert line_about(lines, "e-mails that this release cannot read: 1; see /administration/courriels") == "warning"
    assert line_about(lines, "e-mails leave as they fall due") == "ok"
    session.rollback()
    email.due_at = now() - timedelta(hours=2)
    session.commit()
    assert_fault(app, f"an e-mail is due since {email.due_at:%Y-%m-%d %H:%M} UTC", "--quick")


def test_rows_that_do_not_hold_are_faults(app: Flask, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    session.execute(text("UPDATE rendering SET title = 'Un titre d’ailleurs'"))
    session.commit()
    assert_fault(app, "derived rows: rendering of ")
    assert examine(app, "--quick")[0] == 0
    assert session.scalar(text("SELECT title FROM rendering")) == "Un titre d’ailleurs", "nothing is mended"


@pytest.mark.changes_content
def test_a_database_of_another_release_is_a_fault(app: Flask, session: Session) -> None:
    for revision, words in (("0001", "earlier release: run `flask prepare`"), ("9999", "later release (9999")):
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        session.commit()
        assert_fault(app, words)


@pytest.mark.one_engine
def test_a_journal_that_cannot_be_written_or_read_is_a_fault(app: Flask, tmp_path: Path) -> None:
    journal = tmp_path / "erasures.log"
    journal.write_text("x")
    assert_fault(app, "line 1 of ", "--quick")
    journal.unlink()
    journal.mkdir()
    assert any("the journal of erasures cannot be written" in each for each in examine(app, "--quick")[1])


@pytest.mark.one_engine
def test_lines_of_the_journal_that_wait_are_a_fault(app: Flask, session: Session) -> None:
    session.add(WaitingEntry(line="a line\n"))
    session.commit()
    assert_fault(app, "lines of the journal of erasures wait to be written", "--quick")


@pytest.mark.one_engine
def test_a_second_place_of_the_journal_that_is_away_is_a_fault(app: Flask, tmp_path: Path) -> None:
    app.config["JOURNAL_COPY"] = str(tmp_path)
    assert line_about(examine(app, "--quick")[1], "the second place of the journal of erasures answers") == "ok"
    with kept_port() as port:
        app.config["JOURNAL_COPY"] = f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing"
        code, lines = examine(app, "--quick")
    assert code == 1
    assert line_about(lines, "the second place of the journal of erasures does not answer") == "fault"


@pytest.mark.one_engine
@pytest.mark.services
def test_the_mail_server_is_tried(app: Flask, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    assert line_about(examine(app, "--quick")[1], "the mail server lets this machine in") == "ok"
    assert mail_server.received == []
    assert line_about(examine(app, "--quick", "--mail", "Ops@Exemple.fr")[1], "the mail server took a message") == "ok"
    (received,) = mail_server.received
    assert received.recipients == ["ops@exemple.fr"]
    assert received.message["Subject"] == "Essai d’envoi d’En regard"
    mail_server.refuse()
    code, lines = examine(app, "--quick", "--mail", "ops@exemple.fr")
    assert code == 1
    assert line_about(lines, "the mail server does not take messages") == "fault"
    assert not [each for each in lines if "ops@" in each]


@pytest.mark.one_engine
def test_a_mail_server_that_is_away_is_a_fault(app: Flask) -> None:
    with kept_port() as port:
        app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        assert line_about(examine(app, "--quick")[1], "does not take messages (smtp://127.0.0.1:") == "fault"


@pytest.mark.one_engine
@pytest.mark.services
@pytest.mark.filterwarnings("ignore:.*:authlib.deprecate.AuthlibDeprecationWarning")
def test_an_identity_provider_is_asked_what_it_says_of_itself(app: Flask, tmp_path: Path) -> None:
    with identity_provider() as served:
        given = {"OIDC_CLIENT_ID": "en-regard", "OIDC_CLIENT_SECRET": "s" * 32, "OIDC_NAME": "ProExemple"}
        settings = Testing(instance=tmp_path, database="sqlite://", OIDC_ISSUER=served.issuer, **given)
        app.config["IDENTITY_PROVIDER"] = settings.IDENTITY_PROVIDER
        assert line_about(examine(app, "--quick")[1], f"the identity provider answers ({served.issuer})") == "ok"
        assert served.paths == ["/.well-known/openid-configuration", "/jwks"]
        for path, answer, words in (
            ("/jwks", Response("{}", mimetype="application/json"), "cannot be used ("),
            ("/.well-known/openid-configuration", Response("nonsense"), "cannot be used (JSONDecodeError)"),
            (
                "/.well-known/openid-configuration",
                Response('{"issuer": "https://autre.exemple.fr"}'),
                "cannot be used (Unavailable it names another issuer)",
            ),
        ):
            served.answers[path] = answer
            app.extensions.pop(EXTENSION)
            code, lines = examine(app, "--quick")
            assert code == 0
            assert line_about(lines, f"the identity provider {served.issuer} {words}") == "warning"
    app.extensions.pop(EXTENSION)
    assert line_about(examine(app, "--quick")[1], "cannot be used (ConnectionError)") == "warning"


def test_faults_are_told_to_admins_once_a_day_and_once_that_none_is_left(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old backup, then none; where the deliverer is silent too, the letter leaves all the same."""

    def told(times: int = 2) -> list[tuple[str, str, list[str]]]:
        """Examine some times; return the letters that this adds."""
        known = set(session.scalars(select(Email.id)))
        session.rollback()
        codes = {examine(app, "--quick", "--tell")[0] for _ in range(times)}
        added = [each for each in session.scalars(select(Email).order_by(Email.id)) if each.id not in known]
        assert codes == ({0} if [each for each in added if each.message is mails.CHECK_PASSED] else {1})
        letters = [(each.message.name, each.recipient, each.facts.get("faults", [])) for each in added]
        session.rollback()
        return letters

    a_testimonial(session).submitted_at -= timedelta(days=4)
    an_editor(session, email="editrice@exemple.fr")
    admin = an_editor(session, email="admin@exemple.fr", role=Role.ADMIN).email
    alive(session)
    session.execute(delete(Heartbeat).where(Heartbeat.process == Process.BACKUP))
    session.execute(delete(Email))
    session.commit()
    ((message, recipient, faults),) = told()
    assert (message, recipient, len(faults)) == ("check_failed", admin, 1)
    assert faults[0].startswith("no backup was ever made")
    alive(session)
    assert told() == [("check_passed", admin, [])]
    alive(session, at=timedelta(days=4))
    assert told() == [], "once a day"
    monkeypatch.setattr(failures, "now", lambda: now() + timedelta(days=1))
    assert told(times=1) == [("check_failed", admin, [])], "it has left: nothing of it is kept"
    files = [each.read_bytes() for each in (app.config["INSTANCE"] / "mail").glob("*.eml")]
    letters = [plain(message_from_bytes(each, policy=policy.default)) for each in files]
    (words,) = (each for each in letters if "> the deliverer was last seen on " in each)
    assert "\n> the last backup is of " in words
    assert line_about(examine(app, "--quick")[1], "the deliverer was last seen on") == "fault", "that was no beat of it"


@pytest.mark.one_engine
def test_a_certificate_near_its_end_and_a_disk_near_its_own_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning at first, then a fault."""
    for days, grade in ((30, "ok"), (20, "warning"), (6, "fault")):
        ends = (now() + timedelta(days=days, hours=1)).strftime("%b %d %H:%M:%S %Y GMT")
        finding = certificate_finding("https://exemple.fr", ends)
        assert str(finding).startswith(f"{grade}: the certificate of https://exemple.fr is valid for {days} days more")
    with (tmp_path / "en-regard.sqlite3").open("wb") as file:
        file.truncate(1_000_000_000)  # bytes that no block holds
    for free, grade in ((2_100, "ok"), (1_900, "warning"), (400, "fault"), (0, "fault")):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: SimpleNamespace(free=free * 1_000_000))
        assert str([*startup_checks.folder_findings(tmp_path)][-1]).startswith(f"{grade}: "), free


@pytest.mark.one_engine
def test_a_bad_address_is_refused_before_anything_is_examined(app: Flask) -> None:
    code, lines = examine(app, "--mail", "personne")
    assert code == 2
    assert lines[-1] == "Error: --mail wants an e-mail address: nothing was examined"
    assert "Example: .venv/bin/flask --app wsgi doctor" in "\n".join(examine(app, "--help")[1])


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": "k" * 32}, "key 1 of the site is easy to guess"),
        ({"PUBLIC_URL": "https://192.0.2.1"}, "give the site a name"),
        ({"PUBLIC_URL": "https://essai.example"}, "give the site a name"),
        ({"SMTP_URL": ""}, "SMTP_URL is not set"),
        ({"MAIL_FROM": "a@b.invalid"}, "whose domain exists nowhere"),
        ({"PUBLISHER_PHONE": IDENTITY["PUBLISHER_PHONE"]}, "the fiction of the demo for PUBLISHER_PHONE"),
    ],
)
def test_settings_that_may_stay_are_warned_of(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    assert set(grades(INSTANCE=str(tmp_path / "new")).values()) == {"ok", "warning"}
    told = grades(INSTANCE=str(tmp_path), **changes)
    assert [sentence for sentence, grade in told.items() if grade != "ok"] == [
        sentence for sentence in told if words in sentence
    ]


@pytest.mark.one_engine
def test_names_that_are_no_setting_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = (ROOT / "deploy/environment").read_text()
    file = tmp_path / "environment"
    file.write_text(f"{sample.replace('#', '')}SMPT_URL='smtp://h'\nWEB_CONCURRENCY=4\n#COMMENT=''\nOPERATEUR=''\n")
    assert "warning" not in grades(INSTANCE=str(tmp_path)).values()
    monkeypatch.setattr(startup_checks, "SETTINGS_FILE", file)
    told = [sentence for sentence, grade in grades(INSTANCE=str(tmp_path)).items() if grade == "warning"]
    assert told == [f"{file} has {name}, which is no setting" for name in ("SMPT_URL", "OPERATEUR")]


@pytest.mark.one_engine
def test_settings_of_1_0_0_that_went_are_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text((ROOT / "tests/data/release-1.0.0.environment").read_text().replace("#", ""))
    told = [finding.sentence for finding in startup_checks.name_findings(file)]
    assert f"{file} has TRUSTED_HOSTS, which is no longer a setting, and has no effect: see docs/operating.md" in told
    assert [sentence for sentence in told if sentence.endswith("which is no setting")] == []
    named = {*re.findall(r"^([A-Z_]+)=", file.read_text(), re.MULTILINE)}
    assert len(told) == len(named - {*SETTINGS, *FORMER_NAMES.values()})


@pytest.mark.one_engine
def test_a_folder_that_others_read_is_warned_of(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    (folder / "en-regard.sqlite3").write_text("x")
    assert "warning" not in grades(INSTANCE=str(folder)).values()
    folder.chmod(0o755)
    (told,) = [sentence for sentence, grade in grades(INSTANCE=str(folder)).items() if grade == "warning"]
    assert told == f"other accounts may read en-regard.sqlite3 in {folder}: chmod 700 {folder}"
    folder.chmod(0o700)
    (folder / "removed-in-1.1.json").write_text("{}")
    (told,) = [sentence for sentence, grade in grades(INSTANCE=str(folder)).items() if grade == "warning"]
    assert told == f"{folder}/removed-in-1.1.json has what an upgrade took away: read it, then delete it"


@pytest.mark.services
@pytest.mark.parametrize("command", [SERVER, ("flask", "--app", "wsgi", "mail", "loop")], ids=" ".join)
def test_an_instance_that_is_no_folder_stops_the_start(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "instance").write_text("")
    database = f"sqlite:///{tmp_path / 'en-regard.sqlite3'}"
    code, said = start(tmp_path / "instance", command, DATABASE_URL=database)
    assert code == 1
    assert is_one_sentence(said, "INSTANCE must be a folder"), said
    code, said = start(tmp_path / "instance" / "below", command, DATABASE_URL=database)
    assert is_one_sentence(said, "INSTANCE must be a folder"), said


@contextmanager
def nginx(folder: Path, behind: str, buffering: str) -> Iterator[str]:
    """Run nginx before a server; give its address once it listens."""
    folder.mkdir()
    with kept_port() as port:
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
            f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {behind}; proxy_http_version 1.1;\n"
            f"proxy_request_buffering {buffering}; }} }} }}\n"
        )
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
        process = subprocess.Popen(command)  # noqa: S603  # the command is written here
        try:
            while True:
                assert process.poll() is None
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    continue
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


@pytest.mark.one_engine
@pytest.mark.services
@pytest.mark.slow("a server, and nginx twice; one answer that is waited for")
def test_a_proxy_that_buffers_is_told_from_one_that_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes early is waited for as long as a busy machine takes."""
    monkeypatch.setattr("app.cli.proxy.PATIENCE", PATIENCE)
    with kept_port() as port:
        environment = {
            "PATH": "/usr/bin:/bin",
            "INSTANCE": str(tmp_path / "instance"),
            "JOURNAL_COPY": str(tmp_path / "missing"),
            "EN_REGARD_ENV": "development",
            "PUBLIC_URL": f"http://localhost:{port}",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}",
        }
        with gunicorn(environment, tmp_path / "output", "/health") as server:
            schema, copy, proxy = proxy_findings(server)
            assert str(schema).startswith("fault: the server says: the database has no schema")
            assert str(copy).startswith("fault: the server says: the second place of the journal of erasures takes no")
            assert "passes requests on before it has them" in proxy.sentence
            for buffering, grade, patience in (("off", "warning", PATIENCE), ("on", "ok", 3)):
                monkeypatch.setattr("app.cli.proxy.PATIENCE", patience)
                with nginx(tmp_path / buffering, server, buffering) as front:
                    assert [*proxy_findings(front)][-1].grade == grade, [*proxy_findings(front)]


@pytest.mark.one_engine
def test_another_server_at_the_address_is_not_taken_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.proxy.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (finding,) = proxy_findings(f"http://127.0.0.1:{port}")
        assert "(TimeoutError)" in finding.sentence
