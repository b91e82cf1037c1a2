"""Settings: production has no default for a secret, development starts by itself."""

import re
import stat
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from app.demo import DemoRefused, load_demo
from config import Config, Development, SettingMissing, database_url, from_environment
from tests.factories import EDITOR, PASSWORD, an_editor

PRODUCTION = {"SECRET_KEY": "k" * 32, "PUBLIC_URL": "https://en-regard.exemple.fr", "CONTACT": "c@exemple.fr"}


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_refuses_to_start_without_its_settings(missing: str) -> None:
    with pytest.raises(SettingMissing, match=missing):
        Config({name: value for name, value in PRODUCTION.items() if name != missing})


def test_production_refuses_a_short_key() -> None:
    with pytest.raises(SettingMissing, match="32 signs"):
        Config(PRODUCTION | {"SECRET_KEY": "x" * 31})


def test_a_mail_server_needs_a_sender_with_an_address() -> None:
    with pytest.raises(SettingMissing, match="MAIL_FROM"):
        Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587"})
    with pytest.raises(SettingMissing, match="MAIL_FROM"):
        Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587", "MAIL_FROM": "bonjour"})
    sender = "En regard <bonjour@exemple.fr>"
    settings = Config(PRODUCTION | {"SMTP_URL": "smtp://mail.exemple.fr:587", "MAIL_FROM": sender})
    assert sender == settings.MAIL_FROM
    assert Config(PRODUCTION).SMTP_URL == ""


@pytest.mark.parametrize(
    "address", ["mail.exemple.fr:587", "http://mail.exemple.fr", "smtp://", "smtp://h:port", "smtp://["]
)
def test_an_invalid_smtp_url_is_refused(address: str) -> None:
    with pytest.raises(SettingMissing, match="SMTP_URL"):
        Config(PRODUCTION | {"SMTP_URL": address, "MAIL_FROM": "bonjour@exemple.fr"})


def test_production_is_the_default(tmp_path: Path) -> None:
    settings = from_environment(PRODUCTION | {"INSTANCE": str(tmp_path), "DEMO": "1"})
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
    demo = Development({"INSTANCE": str(tmp_path)}).SQLALCHEMY_DATABASE_URI
    empty = Development({"INSTANCE": str(tmp_path), "DEMO": "0"}).SQLALCHEMY_DATABASE_URI
    assert demo != empty


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
