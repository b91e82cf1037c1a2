"""What deploy/ holds, as far as it can be checked where it stands: units, settings, containers, platforms."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from config import SETTINGS, Config
from tests.deploy.installation import Unit
from tests.services.server import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
# What a service may still do, of ten: systemd calls 2 « OK ».
EXPOSURE = 20  # tenths

COMPOSE = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text()


def commands() -> dict[str, str]:
    """Return the command of each long-running process, as its unit runs it."""
    units = {name: Unit.read((DEPLOY / "systemd" / f"{name}.service").read_text()) for name in UNIT_OF.values()}
    return {name: unit.one("ExecStart").removeprefix("/opt/en-regard/.venv/bin/") for name, unit in units.items()}


# A platform's process, and the unit that runs the same.
UNIT_OF = {"web": "en-regard", "worker": "en-regard-deliverer"}


@pytest.mark.services
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_valid(unit: Path) -> None:
    """A misspelt setting, or one in the wrong section, is only a warning to systemd: here it is an error."""
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], check=False, capture_output=True, text=True
    ).stderr
    # The commands are where an installation puts them.
    faults = [line for line in told.splitlines() if "is not executable: No such file" not in line]
    # Of systemd's own units, on a machine that has some of them only.
    assert [line for line in faults if "en-regard" in line] == []


@pytest.mark.services
@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_services_are_hardened(service: Path) -> None:
    checked = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(service)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout[-200:] + checked.stderr


def test_services_share_their_hardening() -> None:
    blocks = {path.read_text().split("# What it may touch")[1].split("\n\n")[0].strip() for path in SERVICES}
    assert len(blocks) == 1


def test_a_start_that_failed_is_tried_for_ever_and_brings_the_deliverer_back() -> None:
    """Else a database that comes late leaves the site closed, or its letters unsent, until somebody types a command."""
    server, deliverer = (Unit.read((DEPLOY / "systemd" / f"{name}.service").read_text()) for name in UNIT_OF.values())
    assert {unit.one("StartLimitIntervalSec") for unit in (server, deliverer)} == {"0"}
    assert (server.one("Restart"), deliverer.one("Restart")) == ("on-failure", "always")
    assert {"en-regard-deliverer.service", "en-regard-doctor.timer"} < set(server.one("Wants").split())


def test_a_backup_or_an_examination_that_fails_starts_the_owners_own_program() -> None:
    for name in ("backup", "doctor"):
        unit = Unit.read((DEPLOY / "systemd" / f"en-regard-{name}.service").read_text())
        assert unit.one("OnFailure") == "en-regard-failure@%N.service"


def test_the_proxys_logs_are_those_that_are_rotated_and_end_after_fourteen_days() -> None:
    """The tool itself is no part of the suite: its file is held against nginx's."""
    rotation = (DEPLOY / "logrotate").read_text()
    glob, directives = re.findall(r"^(/\S+) \{\n(.*?)^\}", rotation, re.MULTILINE | re.DOTALL)[0]
    logs = re.findall(
        r"^ *(?:access|error)_log (/\S+)", (DEPLOY / "nginx" / "en-regard.conf").read_text(), re.MULTILINE
    )
    assert len(logs) == 2
    assert all(Path(each).match(glob) for each in logs)
    assert {"daily", "rotate 14", "maxage 14", "create 0640 www-data adm"} <= set(
        map(str.strip, directives.splitlines())
    )


MOST_SETTINGS = 14  # in the installer's file


def test_environment_has_what_an_owner_must_or_will_want_to_set() -> None:
    """The table of docs/operating.md has them all, and is held against config.py (tests/test_config.py)."""
    sample = (DEPLOY / "environment").read_text()
    named = re.findall(r"^([A-Z_]+)='", sample, re.MULTILINE)
    assert len(named) == len(set(named)) <= MOST_SETTINGS
    assert {*Config.REQUIRED, "SMTP_URL", "MAIL_FROM"} <= set(named) <= SETTINGS.keys()
    assert {line for line in sample.splitlines() if line and not re.match(r"# |[A-Z_]+='[^']*'$", line)} == set()


def test_every_unit_that_reads_the_settings_has_the_folder_of_the_installation() -> None:
    for unit in (unit for path in SERVICES if "wsgi" in (unit := path.read_text())):
        assert "Environment=INSTANCE=/var/lib/en-regard\nEnvironmentFile=/etc/en-regard/environment\n" in unit


def test_platforms_run_what_the_units_run() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    processes = dict(line.split(": ", 1) for line in lines)
    assert processes.pop("release") == "flask --app wsgi prepare"
    processes["web"] = processes["web"].replace(" --bind 0.0.0.0:$PORT ", " ")
    assert processes == {name: commands()[unit] for name, unit in UNIT_OF.items()}
    assert "-r requirements/base.txt" in (ROOT / "requirements.txt").read_text()


def test_containers_run_what_the_units_run() -> None:
    """No engine builds the image here: its parts are held against what is tested elsewhere."""
    assert f"exec {commands()['en-regard'].replace('gunicorn', 'gunicorn --bind 0.0.0.0:8000')}" in CONTAINERFILE
    assert "flask --app wsgi prepare &&" in CONTAINERFILE
    services = COMPOSE["services"]
    assert " ".join(services["deliverer"]["command"]) == commands()["en-regard-deliverer"]
    assert {name for name, service in services.items() if service["image"] == "en-regard"} == {"server", "deliverer"}
    assert (DEPLOY / "container" / services["server"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["server"]["build"]["dockerfile"]).is_file()


def test_image_installs_the_lock_and_copies_what_exists() -> None:
    installs = re.findall(r"pip install .*", CONTAINERFILE)
    assert installs
    assert all("--require-hashes" in each for each in installs)
    for path in re.findall(r"-r (\S+)", CONTAINERFILE) + re.findall(r"^COPY (\S+) ", CONTAINERFILE, re.MULTILINE):
        assert (ROOT / path).exists(), path
    assert CONTAINERFILE.index("USER en-regard") < CONTAINERFILE.index("CMD")


def test_image_is_named_without_a_registry() -> None:
    images = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    images += [service["image"] for service in COMPOSE["services"].values()]
    assert all(re.fullmatch(r"[a-z-]+(:[\w.-]+)?", each) for each in images), images
