"""Settings: production has no default for a secret, development starts by itself."""

import os
import re
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from app.demo import DemoRefused, load_demo
from app.monitoring.checks import Fault, all_faults
from config import (
    IDENTITY,
    SETTINGS,
    AccessibilityAudit,
    Config,
    Development,
    SettingMissing,
    database_url,
    from_environment,
)
from tests.factories import EDITOR, PASSWORD, an_editor
from tests.services import postgres
from tests.services.server import ROOT, run_forked

PRODUCTION = {
    "SECRET_KEY": "k" * 32,
    "PUBLIC_URL": "https://en-regard.exemple.fr",
    "CONTACT": "c@exemple.fr",
    "DATA_CONTROLLER": "La ville d’Exemple",
    **IDENTITY,
    "DISK_IS_PERMANENT": "1",  # tests keep theirs in memory
}


def test_production_refuses_to_start_without_its_settings() -> None:
    names = (
        "SECRET_KEY, PUBLIC_URL, CONTACT, DATA_CONTROLLER, PUBLISHER, PUBLISHER_ADDRESS, PUBLISHER_PHONE, "
        "PUBLICATION_DIRECTOR, HOSTING_PROVIDER, HOSTING_PROVIDER_ADDRESS, HOSTING_PROVIDER_PHONE"
    )
    with pytest.raises(SettingMissing, match=f"^{names} must be set: see docs/operating.md$"):
        Config({"PUBLISHER": " "})


def test_development_has_a_fictional_publisher_director_and_host(tmp_path: Path) -> None:
    settings = Development({"INSTANCE": str(tmp_path), "PUBLISHER": "La ville d’Exemple"})
    assert settings.IDENTITY["PUBLISHER"] == "La ville d’Exemple"
    assert "fictive" in settings.IDENTITY["HOSTING_PROVIDER"]
    assert [name for name in IDENTITY if name != "PUBLISHER"] == settings.UNSET_IDENTITY


NUMBERS = ("-1", "abc", "1.5", "1 1", "²", "9" * 5_000)
FLAGS = ("non", "oui", "true", "2", "-1")
ADDRESSES = ("pas une adresse", "exemple.fr", "a@b@exemple.fr", "a@exemple.fr, b@exemple.fr", "a@exemple..fr")
PHONES = ("xyz", "01", "c@exemple.fr", "01 99 00 00 00 poste 4")
SERVERS = ("h:587", "http://h", "//h", "://h", "h")
# By setting: what the sentence says it must be, and values that are not that.
REFUSED = {
    "PROXIES": ("a whole number from 0 to 10", *NUMBERS, "11", "900"),
    "REQUIRE_SECOND_FACTOR": ("0 or 1", *FLAGS),
    "DISK_IS_PERMANENT": ("0 or 1", *FLAGS),
    "CONTACT": ("an address, contact@exemple.fr", *ADDRESSES),
    "PUBLISHER_PHONE": ("a telephone number, 01 99 00 00 00", *PHONES),
    "HOSTING_PROVIDER_PHONE": ("a telephone number, 01 99 00 00 00", *PHONES),
    "SMTP_URL": (
        "smtp://host:port or smtps://host:port",
        *SERVERS,
        "smtp://",
        "smtp://h:port",
        "smtp://[",
        "smtp://a b",
    ),
    "INSTANCE": ("a folder by its whole path, /var/lib/en-regard", "relative", "./instance", "~/instance"),
    "DATABASE_URL": (
        "postgresql://… or sqlite:///",
        *("mysql://h/d", "postgresql+asyncpg://h/d", "sqlite+pysqlcipher:///x", "rien", "postgresql://u@h:port/d"),
        *("sqlite://", "sqlite:///:memory:", "sqlite:///en-regard.sqlite3", "sqlite:///file:x?mode=memory&uri=true"),
    ),
    "ACCESSIBILITY_AUDIT": (
        "a past day and a rate from 0 to 100, 2026-03-01 81",
        *("2026-03-01", "81", "81 2026-03-01", "2026-03-01 140", "2026-03-01 -1", "2026-03-01 81,5", "2026-03-01 81 %"),
        *("2026-02-30 81", "01/03/2026 81", "2026-03-01  81", "2026-03-01 ٨١", "non", "9999-01-01 81"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_value_is_refused_in_one_sentence_that_names_its_setting(name: str) -> None:
    must, *values = REFUSED[name]
    for value in values:
        with pytest.raises(SettingMissing, match=f"^{name} must be {re.escape(must)}.*: see docs/operating.md$"):
            Config(PRODUCTION | {name: value})


def test_a_right_value_is_taken() -> None:
    given = {
        "CONTACT": "données.perso+site@mairie-d-exemple.fr",
        "PUBLISHER_PHONE": "+33 (0)1 99 00-00.00",
        "PROXIES": "10",
    }
    settings = Config(PRODUCTION | given)
    assert settings.TRUSTED_HOSTS == ["en-regard.exemple.fr"]
    assert given["CONTACT"] == settings.CONTACT
    assert (settings.IDENTITY["PUBLISHER_PHONE"], settings.PROXIES) == (given["PUBLISHER_PHONE"], 10)


def documented() -> set[str]:
    table = (ROOT / "docs/operating.md").read_text(encoding="utf-8").split("## Réglages")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_the_documented_settings_are_those_that_are_read() -> None:
    assert documented() == SETTINGS.keys()


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_setting_is_unset(empty: str, tmp_path: Path) -> None:
    for name in documented():
        given = PRODUCTION | {"INSTANCE": str(tmp_path)}
        with suppress(KeyError):
            del given[name]
        if name in PRODUCTION and name != "DISK_IS_PERMANENT":
            with pytest.raises(SettingMissing, match=f"^{name} must be set: see docs/operating.md$"):
                Config(given | {name: empty})
        else:
            assert vars(from_environment(given | {name: empty})) == vars(Config(given)), name
    assert Development({"INSTANCE": str(tmp_path), "DATA_CONTROLLER": empty}).DATA_CONTROLLER == "L’équipe d’En regard"


def test_a_setting_is_read_under_its_name_of_1_0_0() -> None:
    assert Config(PRODUCTION | {"DATA_CONTROLLER": " ", "OPERATOR": "La ville"}).DATA_CONTROLLER == "La ville"


def test_an_audit_is_a_day_and_a_rate() -> None:
    assert Config(PRODUCTION).ACCESSIBILITY_AUDIT is None
    audit = Config(PRODUCTION | {"ACCESSIBILITY_AUDIT": "2026-03-01 81"}).ACCESSIBILITY_AUDIT
    assert audit == AccessibilityAudit(date(2026, 3, 1), 81)


def test_production_refuses_a_short_key() -> None:
    with pytest.raises(SettingMissing, match="32 signs"):
        Config(PRODUCTION | {"SECRET_KEY": "x" * 31})


def test_older_keys_are_read_between_commas_or_spaces() -> None:
    for written in (f"{'a' * 32},{'b' * 32}", f" {'a' * 32}\n{'b' * 32} ", f"{'a' * 32}, {'b' * 32},"):
        settings = Config(PRODUCTION | {"SECRET_KEY_FALLBACKS": written})
        assert (settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS) == ("k" * 32, ["a" * 32, "b" * 32])
    assert Config(PRODUCTION | {"SECRET_KEY": "one key, with a comma, and spaces"}).SECRET_KEY_FALLBACKS == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"SECRET_KEYS": "n" * 32},
            "^SECRET_KEYS is read no more: set its newest key as SECRET_KEY, and the others as",
        ),
        ({"SECRET_KEY": "", "SECRET_KEYS": f"{'n' * 32},{'o' * 32}"}, "^SECRET_KEYS is read no more: "),
        (
            {"SECRET_KEY_FALLBACKS": f"{'n' * 32},{'o' * 31}"},
            "^SECRET_KEY_FALLBACKS must be keys of 32 signs at least each, ",
        ),
        ({"SECRET_KEY_FALLBACKS": ","}, "^SECRET_KEY_FALLBACKS must be keys of 32 signs at least each, "),
        ({"SECRET_KEY_FALLBACKS": "k" * 32}, "^SECRET_KEY and SECRET_KEY_FALLBACKS have the same key twice: "),
    ],
)
def test_impossible_keys_are_refused(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingMissing, match=sentence):
        Config(PRODUCTION | settings)


def test_a_mail_server_needs_a_sender_with_an_address() -> None:
    with pytest.raises(SettingMissing, match="MAIL_FROM"):
        Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587"})
    with pytest.raises(SettingMissing, match="MAIL_FROM"):
        Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587", "MAIL_FROM": "bonjour"})
    sender = "En regard <bonjour@exemple.fr>"
    settings = Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587", "MAIL_FROM": sender})
    assert sender == settings.MAIL_FROM
    assert Config(PRODUCTION).SMTP_URL == ""


def test_production_is_the_default(tmp_path: Path) -> None:
    settings = from_environment(PRODUCTION | {"INSTANCE": str(tmp_path)})
    assert settings.ENVIRONMENT == "production"
    assert settings.DEMO is False
    assert settings.SESSION_COOKIE_SECURE
    assert settings.SESSION_COOKIE_NAME == "__Host-session"


def test_production_has_host_cookies_and_trusted_hosts(tmp_path: Path, database: str, session: Session) -> None:
    an_editor(session)
    session.commit()
    app = create_app(Config(PRODUCTION | {"INSTANCE": str(tmp_path), "DATABASE_URL": database}))
    client, name = app.test_client(), "https://en-regard.exemple.fr"
    page = client.get("/connexion", base_url=name).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post(
        "/connexion",
        base_url=name,
        data={"email": EDITOR, "password": PASSWORD, "csrf_token": token},
        headers={"Referer": f"{name}/connexion"},
    )
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert cookies.keys() == {"__Host-session", "__Host-device"}
    for cookie in cookies.values():
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; ")), cookie
        assert "Domain" not in cookie
    assert client.get("/connexion", base_url="https://attaquant.exemple").status_code == 400
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_an_unknown_environment_is_refused_by_name() -> None:
    with pytest.raises(SettingMissing, match="prod'"):
        from_environment({"EN_REGARD_ENV": "prod"})


def test_production_never_loads_the_demo(tmp_path: Path) -> None:
    app = create_app(Config(PRODUCTION | {"INSTANCE": str(tmp_path)}))
    with app.app_context(), pytest.raises(DemoRefused):
        load_demo(None, Path("content/demo/retours.toml"))  # type: ignore[arg-type]  # refused before it is used


def test_the_first_run_creates_a_private_key_that_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    first = Development({"INSTANCE": str(folder)})
    again = Development({"INSTANCE": str(folder)})
    assert first.SECRET_KEY == again.SECRET_KEY
    assert len(first.SECRET_KEY) >= 32
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_the_demo_has_its_own_database(tmp_path: Path) -> None:
    demo, empty = (
        from_environment({"EN_REGARD_ENV": name, "INSTANCE": str(tmp_path)}) for name in ("demo", "development")
    )
    assert (demo.DEMO, empty.DEMO) == (True, False)
    assert demo.SQLALCHEMY_DATABASE_URI != empty.SQLALCHEMY_DATABASE_URI


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:///x", "sqlite:///x"),
    ],
)
def test_postgresql_urls_get_the_psycopg_driver(given: str, used: str) -> None:
    assert database_url(given) == used


@pytest.mark.parametrize(
    "address",
    [
        *("https://exemple.fr/chemin", "https://exemple.fr?a=1", "https://exemple.fr/#a", "https://a:b@exemple.fr"),
        *("exemple.fr", "https://", "https://exemple.fr:port", "https://exemple.fr:0", "//exemple.fr", "https://a/b/"),
        *("https://pas une adresse", "https://*"),
    ],
)
def test_a_public_address_is_a_scheme_and_a_host(address: str) -> None:
    for kind in (Config, Development):
        with pytest.raises(SettingMissing, match=r"^PUBLIC_URL must be a scheme and a host of its own, without a path"):
            kind(PRODUCTION | {"PUBLIC_URL": address})


def test_production_has_tls_and_development_may_do_without() -> None:
    for address in ("http://exemple.fr", "ftp://exemple.fr"):
        with pytest.raises(SettingMissing, match=r"^PUBLIC_URL must begin with https://:"):
            Config(PRODUCTION | {"PUBLIC_URL": address})
    assert Development(PRODUCTION | {"PUBLIC_URL": "http://exemple.fr:8000"}).PUBLIC_URL == "http://exemple.fr:8000"
    assert Config(PRODUCTION | {"PUBLIC_URL": "https://exemple.fr/"}).PUBLIC_URL == "https://exemple.fr"


SECRET = "unseen"  # a password, which no sentence tells
# Each with the setting that the sentence names.
WRONG = {
    "PUBLIC_URL": "https://exemple.fr/chemin",
    "DATABASE_URL": f"mysql://u:{SECRET}@h/d",
    "PUBLICATION_DIRECTOR": "",
    "ACCESSIBILITY_AUDIT": "2026-03-01 140",
    "COLOR_ACCENT": "#fbf9f4 #8bcdd2",
    "LOGO": "/nulle/part.svg",
}
SERVER, DELIVERER = ("gunicorn", "wsgi:app"), ("flask", "--app", "wsgi", "mail", "loop")
PREPARE = ("flask", "--app", "wsgi", "prepare")
AWAY = f"postgresql://editor:{SECRET}@127.0.0.1:1/en_regard"  # nothing listens there
COMMANDS = (
    SERVER,
    DELIVERER,
    ("flask", "--app", "wsgi", "editors", "list"),
    ("flask", "--app", "wsgi", "db", "upgrade"),
)


def start(folder: Path, command: Sequence[str], **settings: str) -> tuple[int, str]:
    return run_forked(command, production(folder) | settings)


def production(folder: Path) -> dict[str, str]:
    return inherited() | PRODUCTION | {"INSTANCE": str(folder)}


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}


def is_one_sentence(said: str, name: str) -> bool:
    return len(said.splitlines()) == 1 and said.startswith("En regard cannot start: ") and name in said


@pytest.mark.slow("two commands started from nothing")
@pytest.mark.services
@pytest.mark.parametrize(("command", "url"), [(SERVER, WRONG["DATABASE_URL"]), (PREPARE, AWAY)])
def test_a_forked_command_answers_as_one_that_is_typed(tmp_path: Path, command: Sequence[str], url: str) -> None:
    """The tests below ask the forked one, which starts at once."""
    environment = production(tmp_path) | {"DATABASE_URL": url}
    typed = subprocess.run(  # noqa: S603  # the command is written here
        [sys.executable, "-m", *command], check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert (typed.returncode, (typed.stdout + typed.stderr).strip()) == start(tmp_path, command, **environment)


@pytest.mark.services
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_the_server_with_one_sentence(tmp_path: Path, name: str) -> None:
    code, said = start(tmp_path, SERVER, **{name: WRONG[name]})
    assert code not in {0, -9}
    assert is_one_sentence(said, name), said


@pytest.mark.services
@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_a_wrong_setting_stops_every_command_with_one_sentence(tmp_path: Path, command: Sequence[str]) -> None:
    code, said = start(tmp_path, command, DATABASE_URL=WRONG["DATABASE_URL"])
    assert code == 1
    assert is_one_sentence(said, "DATABASE_URL"), said
    assert SECRET not in said


@pytest.mark.services
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("wrong", ["database", "role", "password"])
def test_a_database_that_refuses_stops_everything_with_one_sentence(
    tmp_path: Path, postgres_server: postgres.Server, wrong: str, command: Sequence[str]
) -> None:
    with refusing_port() as port:
        urls = {
            "database": postgres_server.url.set(database="inconnue"),
            "role": postgres_server.url.set(username="inconnu"),
            "password": f"postgresql://editor:{SECRET}@127.0.0.1:{port}/en_regard?sslmode=disable",
        }
        code, said = start(tmp_path, command, DATABASE_URL=str(urls[wrong]))
    assert code == 1
    assert is_one_sentence(said, "DATABASE_URL"), said
    assert SECRET not in said


@pytest.mark.services
@pytest.mark.parametrize("command", [*COMMANDS[2:], PREPARE], ids=" ".join)
def test_a_database_that_is_away_stops_a_command_with_one_sentence(tmp_path: Path, command: Sequence[str]) -> None:
    code, said = start(tmp_path, command, DATABASE_URL=AWAY)
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert said.startswith("Error: the database does not answer (connection"), said
    assert said.endswith("): the command stopped, run it again later")
    assert SECRET not in said


@pytest.mark.services
@pytest.mark.parametrize("words", ["privacy verify", "catalog check", "editors list", "clock"])
def test_an_unprepared_database_stops_a_command_with_one_sentence(
    tmp_path: Path, words: str, postgres_server: postgres.Server
) -> None:
    urls = [f"sqlite:///{tmp_path / 'en-regard.sqlite3'}", postgres_server.create_database("test_unprepared")]
    try:
        for url in urls:
            code, said = start(tmp_path, ("flask", "--app", "wsgi", *words.split()), DATABASE_URL=url)
            assert code == 1
            sentence = r"Error: the database is not prepared for this release \([^\n]+\): run `flask prepare`"
            assert re.fullmatch(sentence, said), said
    finally:
        postgres_server.drop_database("test_unprepared")


@pytest.mark.services
def test_a_damaged_database_stops_a_command_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "en-regard.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA page_size = 4096")
        file.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)
    code, said = start(tmp_path, PREPARE, DATABASE_URL=f"sqlite:///{path}")
    assert code == 1
    sentence = "Error: the database is damaged (database disk image is malformed): restore a backup (docs/operating.md)"
    assert said.splitlines()[-1] == sentence
    assert "exception" not in said
    engine = create_engine(f"sqlite:///{path}")
    assert all_faults(engine, tmp_path / "erasures.log") == [Fault.DATABASE]
    engine.dispose()


@contextmanager
def refusing_port() -> Iterator[int]:
    """Give the port of a server that says what PostgreSQL says of a wrong password: ours asks for none."""
    fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "editor"\0\0'
    refusal = b"E" + struct.pack("!I", len(fields) + 4) + fields

    def refuse(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1024)
                    connection.sendall(refusal)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        yield int(listener.getsockname()[1])


@pytest.mark.services
def test_a_sqlite_file_that_cannot_be_opened_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Ceci n’est pas une base. " * 100, encoding="utf-8")
    for path in (tmp_path / "text", tmp_path / "nowhere" / "en-regard.sqlite3"):
        code, said = start(tmp_path, COMMANDS[2], DATABASE_URL=f"sqlite:///{path}")
        assert code == 1
        assert is_one_sentence(said, "DATABASE_URL"), said
