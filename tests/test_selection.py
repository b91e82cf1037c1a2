"""`./dev test`: the engines that it draws, and the tests that `--quick` and `--changed` select."""

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests import selection

# Words of a test that the engines may answer differently, and marks that say where it runs.
DIFFERS = re.compile(
    r"\bengine: str|\b(together|wait_for_company|refuse_changes|snapshot|read_connections)\("
    r"|\b(DBAPI|Integrity)Error\b|dialect\.name|PostgreSQL|SQLite"
)
FIXED = re.compile(r"mark\.(both_engines|one_engine)|parametrize\('engine'")

# A function of each kind, and one whose engine is drawn, to be repeated under other names.
KINDS = """
import pytest

@pytest.fixture
def engine(request):
    return request.param

@pytest.fixture
def database(engine): ...

@pytest.fixture
def browser(): ...

@pytest.mark.both_engines
def test_both(engine): ...

@pytest.mark.one_engine
def test_one(engine): ...

@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_named(engine): ...

@pytest.mark.services
def test_server(): ...

def test_page(browser): ...

@pytest.mark.parametrize("case", "ab")
def test_words(case): ...
"""
DRAWN = """
@pytest.mark.parametrize("case", "abc")
def test_drawn_{number}(database, case): ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose tests are selected as ours are."""
    marks = "".join(f"    {name}\n" for name in ("both_engines", "one_engine", "services"))
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers =\n{marks}")
    (tmp_path / "test_some.py").write_text(KINDS + "".join(DRAWN.format(number=n) for n in range(20)))
    return tmp_path


def collected(project: Path, *arguments: str) -> list[str]:
    """Return the names of the tests of the project that pytest would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "pytest_randomly", "-p", "tests.selection"]
    alone = os.environ | {"PYTHONPATH": str(selection.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, cwd=project, env=alone)  # noqa: S603  # ours
    return [line.partition("::")[2] for line in ended.stdout.splitlines() if "::" in line]


def engines(project: Path, *arguments: str) -> dict[str, set[str]]:
    """Return the engines on which each function of the project that has one would run."""
    found = defaultdict[str, set[str]](set)
    for name in collected(project, *arguments):
        function, _, case = name.partition("[")
        if run := {engine for engine in selection.ENGINES if engine in case}:
            found[function] |= run
    return found


@pytest.mark.services
def test_a_whole_run_draws_one_engine_for_each_function_by_its_seed(project: Path) -> None:
    runs = [engines(project, "--whole", f"--randomly-seed={seed}") for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    both = {"sqlite", "postgresql"}
    fixed = {"test_both": both, "test_one": {"sqlite"}, "test_named": {"postgresql"}}
    for run in runs:
        drawn = [run[f"test_drawn_{number}"] for number in range(20)]
        assert {len(each) for each in drawn} == {1}, "all the cases of a function have the same"
        assert set.union(*drawn) == both
        assert {name: run[name] for name in fixed} == fixed
    assert engines(project) == dict.fromkeys(runs[0], both) | fixed


def test_races_and_refusals_of_the_database_run_on_both_engines() -> None:
    """So does a test that names an engine: on the other one it expects something else, or can tell nothing."""
    unmarked = []
    for path in selection.ROOT.glob("tests/**/test_*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        body = ast.parse("\n".join(lines)).body
        marks = [each for each in body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark"]
        for function in body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                code = "\n".join(lines[function.lineno - 1 : function.end_lineno])
                own = " ".join(map(ast.unparse, [*marks, *function.decorator_list]))
                if DIFFERS.search(code) and not FIXED.search(own):
                    unmarked.append(f"{path.relative_to(selection.ROOT)}::{function.name}")
    assert unmarked == []


@pytest.mark.services
def test_quick_selects_each_function_once_without_services(project: Path) -> None:
    drawn = [f"test_drawn_{number}[sqlite-a]" for number in range(20)]
    expected = ["test_both[sqlite]", "test_one[sqlite]", "test_words[a]", "test_words[b]", *drawn]
    assert collected(project, "--quick", "--randomly-dont-reorganize") == expected


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
