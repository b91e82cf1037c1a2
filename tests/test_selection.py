"""`./dev test --quick` and `--changed`: the tests that they select."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import selection

SOME = (
    "tests/web",
    "tests/testimonials/test_lifecycle.py",
    "tests/test_server.py",
    "tests/browser/test_targets.py",
)


def collected(*arguments: str) -> list[str]:
    """Return the names of the tests that pytest would run, in order."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, cwd=selection.ROOT)  # noqa: S603  # ours
    return [line for line in ended.stdout.splitlines() if "::" in line]


def functions(names: list[str]) -> set[str]:
    """Return the test functions of some cases."""
    return {name.partition("[")[0] for name in names}


@pytest.mark.services
def test_quick_selects_each_function_without_services() -> None:
    whole, quick = collected(*SOME), collected("--quick", *SOME)
    services = (
        *("tests/browser/", "tests/test_server.py", "tests/web/test_database_gone.py"),
        "tests/web/test_logs.py::test_a_server_in_production",
    )
    left_out = {name for name in functions(whole) if name.startswith(services)}
    assert functions(quick) == functions(whole) - left_out
    assert not any("postgresql" in name for name in quick)
    on_sqlite = [name.partition("[")[0] for name in quick if "[sqlite" in name]
    assert len(on_sqlite) == len(set(on_sqlite))
    assert len(quick) < len(whole)


@pytest.fixture
def written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the record of a whole run, with the files that three functions ran."""
    record = tmp_path / "touched.json"
    record.write_text(
        json.dumps(
            {
                "tests/mail/test_outbox.py::test_a": ["app/mail/outbox.py"],
                "tests/test_sanitize.py::test_b": ["app/sanitize.py"],
                "tests/test_house_rules.py::test_c": [],
            }
        )
    )
    monkeypatch.setattr(selection, "RECORD", record)
    return record


class Item:
    """A stand-in for a pytest item."""

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


OUTBOX, SANITIZE, RULES, NEW = (
    Item(name)
    for name in (
        "tests/mail/test_outbox.py::test_a[sqlite]",
        "tests/test_sanitize.py::test_b",
        "tests/test_house_rules.py::test_c",
        "tests/test_sanitize.py::test_new",
    )
)


def selected(*changed: str) -> list[Any]:
    """Return those of four tests that `--changed` selects for these files."""
    four: list[Any] = [OUTBOX, SANITIZE, RULES, NEW]
    return selection.touched(set(changed), four)


@pytest.mark.usefixtures("written_down")
def test_a_changed_module_selects_the_tests_that_ran_it() -> None:
    assert selected("app/sanitize.py") == [SANITIZE, RULES]
    assert selected("README.md") == [RULES]
    assert selected("tests/test_sanitize.py") == [SANITIZE, RULES, NEW]
    assert selected("app/mail/messages.py") == [OUTBOX, RULES], "outbox.py imports it"


@pytest.mark.usefixtures("written_down")
def test_a_changed_setting_selects_every_test() -> None:
    for changed in ("config.py", "requirements/base.txt", "migrations/versions/0001.py", "tests/conftest.py"):
        assert selected(changed) == [OUTBOX, SANITIZE, RULES, NEW]


def test_without_a_record_every_test_is_selected(written_down: Path) -> None:
    written_down.unlink()
    assert selected("app/sanitize.py") == [OUTBOX, SANITIZE, RULES, NEW]


def test_a_changed_helper_selects_its_importers() -> None:
    files = selection.depending({"tests/services/smtp.py", "app/mail/outbox.py"})
    assert {"tests/services/smtp.py", "tests/conftest.py", "tests/mail/test_outbox.py"} <= files
    assert "app/mail/outbox.py" not in files
    assert "tests/testimonials/test_lifecycle.py" not in files


def test_changes_include_the_working_tree_and_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-config"))
    author = ("-c", "user.name=a", "-c", "user.email=a@exemple.fr")
    selection.git("init", "--quiet")
    for name in ("kept", "committed", "edited"):
        (tmp_path / name).write_text("1")
        selection.git("add", name)
        selection.git(*author, "commit", "--quiet", "-m", name)
    (tmp_path / "edited").write_text("2")
    (tmp_path / "added").write_text("1")
    assert selection.changes("") == {"edited", "added"}
    assert selection.changes("HEAD~2") == {"committed", "edited", "added"}
    selection.git("branch", "origin/main", "HEAD~2")
    assert selection.changes("") == {"committed", "edited", "added"}
