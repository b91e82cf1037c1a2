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

SOME = (
    "tests/web",
    "tests/testimonials/test_lifecycle.py",
    "tests/test_server.py",
    "tests/browser/test_targets.py",
)


# Words of a test that the engines may answer differently, and marks that say where it runs.
DIFFERS = re.compile(
    r"\bengine: str|\b(together|wait_for_company|refuse_changes|snapshot|read_connections)\("
    r"|\b(DBAPI|Integrity)Error\b|dialect\.name|PostgreSQL|SQLite"
)
FIXED = re.compile(r"mark\.(both_engines|one_engine)|parametrize\('engine'")

# Functions whose engines are never drawn, and one that is drawn, to be repeated under other names.
CASES = """
import pytest

@pytest.fixture
def engine(request):
    return request.param

@pytest.mark.both_engines
def test_both(engine): ...

@pytest.mark.one_engine
def test_one(engine): ...

@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_named(engine): ...
"""
DRAWN = """
@pytest.mark.parametrize("case", "abc")
def test_drawn_{number}(engine, case): ...
"""


def collected(*arguments: str, cwd: Path = selection.ROOT, **environment: str) -> list[str]:
    """Return the names of the tests that pytest would run, in order."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    options = ("--randomly-dont-reorganize", *arguments)
    env = os.environ | environment
    ended = subprocess.run([*command, *options], capture_output=True, text=True, check=True, cwd=cwd, env=env)  # noqa: S603  # ours
    return [line for line in ended.stdout.splitlines() if "::" in line]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose tests are selected as ours are."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "test_some.py").write_text(CASES + "".join(DRAWN.format(number=n) for n in range(20)))
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = cases\nmarkers =\n    both_engines\n    one_engine\n")
    return tmp_path


def engines(project: Path, *arguments: str) -> dict[str, set[str]]:
    """Return the engines on which each function of the project would run."""
    found = defaultdict[str, set[str]](set)
    alone = {"PYTHONPATH": str(selection.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for name in collected("-p", "pytest_randomly", "-p", "tests.selection", *arguments, cwd=project, **alone):
        function, _, case = name.partition("::")[2].partition("[")
        found[function] |= {engine for engine in selection.ENGINES if engine in case}
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
    everything = dict.fromkeys(runs[0], both) | fixed
    assert engines(project) == everything
    assert engines(project, "--quick") == {name: {"sqlite"} for name in everything if name != "test_named"}


def test_races_and_refusals_of_the_database_run_on_both_engines() -> None:
    """So does a test that names an engine: on the other one it expects something else, or can tell nothing."""
    unmarked = []
    for path in selection.ROOT.glob("tests/**/test_*.py"):
        source = path.read_text(encoding="utf-8")
        body = ast.parse(source).body
        marks = [ast.unparse(each) for each in body if ast.unparse(each).startswith("pytestmark")]
        for function in body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                own = " ".join([*marks, *map(ast.unparse, function.decorator_list)])
                if DIFFERS.search(ast.get_source_segment(source, function) or "") and not FIXED.search(own):
                    unmarked.append(f"{path.relative_to(selection.ROOT)}::{function.name}")
    assert unmarked == []


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
