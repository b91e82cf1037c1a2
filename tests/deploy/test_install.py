"""`deploy/install` beneath a folder: what it replaces and what it leaves, and what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.cli.proxy import site_findings
from tests.services.server import ROOT

pytestmark = pytest.mark.one_engine

NAME, KEY = "retours.exemple.fr", "k" * 43
SAMPLE = ROOT / "deploy" / "nginx" / "en-regard.conf"
DATA = ROOT / "tests" / "data"

# Parameters of addresses that are no secret; any other is taken for the key of a private page.
PUBLIC = {"slug", "public_id", "number", "old", "new", "prefix", "code", "email_id", "act", "question_id"}


# Settings that name folders and files, and what the units are told of them: a home is hidden but for those.
FOLDERS = """
INSTANCE='/var/lib/en-regard'
JOURNAL_COPY='/mnt/un disque/100%'
DATABASE_URL='sqlite:////srv/base/en-regard.sqlite3?timeout=5'
JOURNAL_COPY='sqlite:////home/copie/journal.sqlite3'
LOGO='/root/logo.svg'
"""
OPENED = [
    "[Service]",
    'ReadWritePaths="-/var/lib/en-regard"',
    'ReadWritePaths="-/mnt/un disque/100%%"',
    'ReadWritePaths="-/srv/base"',
    "ProtectHome=tmpfs",
    "TemporaryFileSystem=/root:ro,mode=0755",
    'BindPaths="-/home/copie"',
    "ProtectHome=tmpfs",
    "TemporaryFileSystem=/root:ro,mode=0755",
    'BindReadOnlyPaths="-/root/logo.svg"',
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give the folder beneath which a release of this tree, in this environment, is installed."""
    release = tmp_path / "release"
    release.mkdir()
    for name in ("app", "migrations", "pyproject.toml", "requirements"):
        (release / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "deploy", release / "deploy")
    (release / ".venv").symlink_to(sys.prefix)
    return tmp_path


def install(root: Path) -> str:
    done = subprocess.run(
        [root / "release" / "deploy" / "install", NAME],
        check=False,
        env={"PATH": os.environ["PATH"], "DESTDIR": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_site_that_a_former_release_wrote_is_replaced_and_an_owners_own_stays(root: Path) -> None:
    """1.0.0 kept no digests: its site is known by its own, whatever name it was given."""
    settings, site = root / "etc/en-regard/environment", root / "etc/nginx/sites-available/en-regard.conf"
    sample = root / "release/deploy/nginx/en-regard.conf"
    for place, former in ((site, "en-regard.conf"), (settings, "environment")):
        place.parent.mkdir(parents=True)
        place.write_text(filled((DATA / f"release-1.0.0.{former}").read_text()))
    owners = settings.read_text()
    for turn in ("from 1.0.0 to this release", "from this release to another"):
        assert "changes of yours" not in install(root)
        assert site.read_text() == filled(sample.read_text()), turn
        assert settings.read_text() == owners, turn
        sample.write_text(f"{sample.read_text()}# Plus tard.\n")
    changed = f"{site.read_text()}# Un changement de la ville.\n"
    site.write_text(changed)
    settings.write_text(owners.replace("INSTANCE=", "#INSTANCE=") + FOLDERS)
    assert f"compare it with {site}.new" in install(root)
    assert site.read_text() == changed
    assert site.with_name("en-regard.conf.new").read_text() == filled(sample.read_text())
    for unit in ("en-regard", "en-regard-"):  # the server; the others
        opened = (root / f"etc/systemd/system/{unit}.service.d/folders.conf").read_text().splitlines()
        assert opened[1:] == OPENED


def test_a_new_installation_has_a_key_of_its_own_and_names_what_is_left(root: Path) -> None:
    assert "Left to fill in" in install(root)
    settings = (root / "etc/en-regard/environment").read_text()
    (key,) = re.findall(r"^SECRET_KEY='([\w-]{43})'$", settings, re.MULTILINE)
    assert settings == filled((ROOT / "deploy/environment").read_text()).replace(KEY, key)


def filled(sample: str) -> str:
    return re.sub(r"@HOST@|\bHOST\b", NAME, sample.replace("@SECRET_KEY@", KEY))


def test_the_proxys_log_holds_the_key_of_no_private_page(app: Flask) -> None:
    """By a general rule: a page that is added tomorrow needs no line of its own."""
    (rule,) = re.findall(r'^ *"~(.+)" "\$door\*";$', SAMPLE.read_text(), re.MULTILINE)
    masked = re.compile(f"{rule.replace('(?<', '(?P<')}.*")
    private = {each.rule: each.arguments - PUBLIC for each in app.url_map.iter_rules() if each.arguments - PUBLIC}
    assert len(private) > 20, "the routes have moved"
    for path, keys in (private | {"/demain/<token>/signer": {"token"}}).items():
        # As short as the shortest: an identifier of twenty signs.
        keyed = re.sub(rf"<(?:[^:>]*:)?(?:{'|'.join(keys)})>", "k" * 20, path)
        opened = re.sub(r"<[^>]+>", "0", keyed)
        logged = masked.sub(r"\g<door>*", opened)
        assert "k" * 20 not in logged, path
        assert logged.startswith(f"/{path.split('/')[1]}/"), path
    assert masked.sub(r"\g<door>*", "/articles/crpv/temoigner") == "/articles/crpv/temoigner"


def test_a_site_whose_log_would_hold_private_links_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.proxy.SITES", tmp_path)
    url, site = f"https://{NAME}", tmp_path / "en-regard.conf"
    assert list(site_findings(url)) == [], "another proxy, or none"
    for text, grade, words in (
        (SAMPLE.read_text(), "ok", "is this release's sample"),
        (f"{SAMPLE.read_text()}# Un changement.\n", "warning", "differs from"),
        ((DATA / "release-1.0.0.en-regard.conf").read_text(), "fault", "lets private links into its log"),
    ):
        site.write_text(text.replace("HOST", NAME))
        (finding,) = site_findings(url)
        assert (finding.grade, words in finding.sentence) == (grade, True), finding
