"""What a release is handed over with: publiccode.yml, the list of its parts, the versions that are mended."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.installation import VERSION, make_release

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PUBLICCODE: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))

# publiccode.yml 0.5: the mandatory keys, those it allows beside them, and its closed lists.
MANDATORY = {
    *("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal"),
    *("maintenance", "localisation"),
}
OPTIONAL = {
    *("softwareVersion", "releaseDate", "categories", "intendedAudience", "dependsOn", "organisation", "landingURL"),
}
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
LONGEST_SENTENCE, SHORTEST_TEXT, LONGEST_TEXT = 150, 150, 10_000  # signs


def test_publiccode_yml_is_as_its_standard_asks() -> None:
    assert PUBLICCODE.keys() >= MANDATORY
    assert PUBLICCODE.keys() <= MANDATORY | OPTIONAL
    assert PUBLICCODE["publiccodeYmlVersion"] == "0.5"
    assert re.fullmatch(r"https://\S+\.git", PUBLICCODE["url"])
    assert PUBLICCODE["softwareType"] == "standalone/web"
    assert PUBLICCODE["developmentStatus"] in STATUSES
    assert PUBLICCODE["maintenance"]["type"] == "community"
    assert all(each["name"] for each in PUBLICCODE["maintenance"]["contacts"])
    assert PUBLICCODE["localisation"] == {"localisationReady": False, "availableLanguages": ["fr"]}
    assert PUBLICCODE["description"].keys() == {"fr", "en"}
    for described in PUBLICCODE["description"].values():
        assert 0 < len(described["shortDescription"]) <= LONGEST_SENTENCE
        assert SHORTEST_TEXT <= len(described["longDescription"]) <= LONGEST_TEXT
        assert 5 <= len(described["features"]) <= 20


def test_publiccode_yml_tells_the_version_and_the_licence_of_the_project() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dates = dict(re.findall(r"^## (\S+) — (\S+)$", changelog, re.MULTILINE))
    assert PUBLICCODE["softwareVersion"] == PROJECT["version"]
    assert str(PUBLICCODE["releaseDate"]) == dates[PROJECT["version"]]
    assert PUBLICCODE["legal"]["license"] == PROJECT["license"]


def test_security_md_says_which_versions_are_mended() -> None:
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "## Supported versions" in security
    mended = f"| {PROJECT['version'].rpartition('.')[0]} | until the next minor version is out, and three months more |"
    assert mended in security
    for_owners = (ROOT / "docs/dsi.md").read_text(encoding="utf-8")
    assert "jusqu’à la version mineure suivante, et trois mois" in for_owners


@pytest.mark.services
@pytest.mark.slow("a release is made twice")
def test_the_list_of_parts_is_that_of_the_lock_and_the_same_each_time(tmp_path: Path) -> None:
    archive = make_release(tmp_path)
    listed = archive.parent / f"en-regard-{VERSION}.cdx.json"
    made = archive.read_bytes(), listed.read_bytes()
    own = {**os.environ, "VENV": sys.prefix}
    subprocess.run([tmp_path / "copy" / "dev", "release"], check=True, capture_output=True, env=own)  # noqa: S603  # ours
    assert (archive.read_bytes(), listed.read_bytes()) == made
    parts = json.loads(listed.read_text())
    # Those that docs/installer.md installs: `EXTRAS=pdf`.
    locks = "".join((ROOT / f"requirements/{name}.txt").read_text() for name in ("base", "pdf"))
    locked = set(re.findall(r"^([\w.-]+)==([\w.+!-]+)", locks, re.MULTILINE))
    assert sorted((each["name"], each["version"]) for each in parts["components"]) == sorted(locked)
    assert all(each["externalReferences"][0]["hashes"] for each in parts["components"])
    assert (parts["bomFormat"], parts["specVersion"]) == ("CycloneDX", "1.6")
    whole = parts["metadata"]["component"]
    assert (whole["name"], whole["version"]) == (PROJECT["name"], VERSION)


def test_a_version_is_released_from_one_commit_alone(tmp_path: Path) -> None:
    def commit(version: str, changes: str) -> str:
        (tmp_path / "pyproject.toml").write_text(f'version = "{version}"\n')
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## Unreleased\n\n{changes}")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", version)
        return git("rev-parse", "HEAD")[:8]

    def git(*words: str) -> str:
        named = ["git", "-c", "user.name=Test", "-c", "user.email=test@exemple.invalid"]
        return subprocess.run([*named, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout  # noqa: S603  # ours

    def refusal() -> str:
        done = subprocess.run([tmp_path / "dev", "release"], check=False, capture_output=True, text=True)  # noqa: S603  # ours
        assert done.returncode > 0
        return done.stderr

    shutil.copy(ROOT / "dev", tmp_path)
    git("init", "--quiet")
    commit("1.0.0", "- More.\n\n## 1.0.0 — 2026-11-29\n")
    assert refusal().startswith("CHANGELOG.md has lines under « ## Unreleased »")
    commit("1.1.0", "## 1.0.0 — 2026-11-29\n")
    assert refusal().startswith("pyproject.toml says 1.1.0, and the latest heading of CHANGELOG.md 1.0.0:")
    commit("1.0.1", "## 1.1.0 — 2026-12-01\n")
    released = commit("1.1.0", "## 1.1.0 — 2026-12-01\n")
    assert "git tag --annotate v1.1.0 --message 1.1.0" in refusal()
    git("tag", "--annotate", "v1.1.0", "--message", "1.1.0", "HEAD~1")
    assert refusal().startswith(f"v1.1.0 is the tag of {git('rev-parse', 'HEAD~1')[:8]}, and this is another commit")
    git("tag", "--force", "v1.1.0")
    assert refusal() == "fatal: pathspec 'app' did not match any files\n", "all agree: it begins to make the archive"
    commit("1.1.0", "## 1.1.0 — 2026-12-01\n\n- Mended afterwards.\n")
    assert refusal().startswith(f"1.1.0 is the commit {released}, and this is another")
    (tmp_path / "CHANGELOG.md").write_text("")
    assert refusal().startswith("The working tree has changes")
