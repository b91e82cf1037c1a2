"""`./dev test`: the engines that it draws, and the tests that `--quick` and `--changed` select."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests import record, selection
from tests.depth import Depth

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


def pytest_in(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_randomly", "-p", "tests.selection", *arguments]
    alone = os.environ | {"PYTHONPATH": str(record.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=project, env=alone)  # noqa: S603  # ours


def collected(project: Path, *arguments: str) -> list[str]:
    lines = pytest_in(project, "--collect-only", *arguments).stdout.splitlines()
    return [line.partition("::")[2] for line in lines if "::" in line]


def engines(project: Path, *arguments: str) -> dict[str, set[str]]:
    """Return the engines on which each function of the project that has one would run."""
    found = defaultdict[str, set[str]](set)
    for name in collected(project, *arguments):
        function, _, case = name.partition("[")
        if run := {engine for engine in selection.ENGINES if engine in case}:
            found[function] |= run
    return found


@pytest.mark.services
@pytest.mark.slow("four runs of pytest")
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


@pytest.mark.services
def test_quick_selects_each_function_once_without_services(project: Path) -> None:
    drawn = [f"test_drawn_{number}[sqlite-a]" for number in range(20)]
    expected = ["test_both[sqlite]", "test_one[sqlite]", "test_words[a]", "test_words[b]", *drawn]
    assert collected(project, "--quick", "--randomly-dont-reorganize") == expected


@pytest.mark.services
@pytest.mark.slow("five runs of pytest, each with two workers")
def test_only_a_whole_run_that_passed_replaces_the_record(project: Path) -> None:
    path = project / "record"
    (project / "conftest.py").write_text(
        "from pathlib import Path\nfrom tests import record\nrecord.RECORD = Path('record').absolute()\n"
    )
    spread = ("-p", "xdist", "--numprocesses", "2", "--record")
    if sys.version_info >= (3, 12):
        assert pytest_in(project, *spread, "--whole").returncode == pytest.ExitCode.OK
        assert path.exists()
    path.write_text("before")
    (project / "test_other.py").write_text("def test_interrupted(): raise KeyboardInterrupt")
    for arguments in (("-k", "words"), ("--whole", "--collect-only"), ("--whole",)):
        pytest_in(project, *spread, *arguments)
        assert path.read_text() == "before", arguments


@pytest.mark.services
@pytest.mark.slow("a run of pytest with two workers")
def test_a_whole_run_fails_where_it_costs_too_much(project: Path) -> None:
    (project / "conftest.py").write_text("from tests import record\nrecord.MOST_PROCESSOR = 0\n")
    run = pytest_in(project, "-p", "xdist", "--numprocesses", "2", "--whole", "-k", "words")
    assert "2 passed" in run.stdout
    assert run.returncode == pytest.ExitCode.TESTS_FAILED


def test_ten_seeds_draw_every_case_of_a_dear_test() -> None:
    cases = range(25)
    drawn = [Depth(full=False, seed=seed).drawn(cases) for seed in range(10)]
    assert all(drawn)
    assert sorted(each for some in drawn for each in some) == [*cases]
    assert [Depth(full=False, seed=seed).drawn("abc") for seed in range(3)] == [["a"], ["b"], ["c"]]
    assert [Depth(full=full).rounds(many) for full, many in ((True, 30), (False, 30), (False, 3))] == [30, 3, 1]
    assert Depth().drawn(cases) == [*cases]


@pytest.fixture
def written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> record.Record:
    """Give the record of a whole run, with the files that three functions ran."""
    monkeypatch.setattr(record, "RECORD", tmp_path / "record")
    record.write(
        {
            "tests/mail/test_outbox.py::test_a": record.Function(0.2, 2, {"app/mail/outbox.py"}),
            "tests/test_sanitize.py::test_b": record.Function(800, 1, {"app/sanitize.py", "app/mail/outbox.py"}),
            "tests/test_house_rules.py::test_c": record.Function(1, 1, set()),
        }
    )
    return record.read()


class Item:
    """A stand-in for a pytest item."""

    def __init__(self, nodeid: str, *, slow: bool = False) -> None:
        self.nodeid, self.slow = nodeid, slow

    def get_closest_marker(self, name: str) -> str | None:
        return name if self.slow and name == "slow" else None


OUTBOX, SANITIZE, RULES, NEW = (
    Item(name)
    for name in (
        "tests/mail/test_outbox.py::test_a[sqlite]",
        "tests/test_sanitize.py::test_b",
        "tests/test_house_rules.py::test_c",
        "tests/backup/test_new.py::test_new",
    )
)
FOUR: list[Any] = [OUTBOX, SANITIZE, RULES, NEW]


def test_a_record_is_read_as_it_was_written(written_down: record.Record) -> None:
    assert written_down["tests/test_sanitize.py::test_b"].files == {"app/sanitize.py", "app/mail/outbox.py"}
    assert written_down["tests/mail/test_outbox.py::test_a"].each == 0.1


def test_a_change_selects_the_tests_that_ran_it_or_are_near_it(written_down: record.Record) -> None:
    def selected(*changed: str) -> list[Any]:
        return selection.touched(set(changed), FOUR, written_down)

    assert selected("app/sanitize.py") == [SANITIZE, RULES, NEW], "nothing is known of the new one"
    assert selected("README.md") == [RULES, NEW]
    assert selected("app/mail/messages.py") == FOUR, "outbox.py imports it"
    assert selected("app/mail/new.py") == [OUTBOX, RULES, NEW], "they have the name of its folder"
    assert selected("requirements/base.txt") == FOUR
    assert selection.touched({"app/sanitize.py"}, FOUR, {}) == FOUR


def test_tests_near_a_change_import_it_have_its_name_or_name_it() -> None:
    near = {
        "app/moderation/queue/rows.py": "tests/moderation/queue/test_pages.py",
        "templates/recueils/read.html": "tests/moderation/recueils/test_recueils.py",
        "config.py": "tests/test_config.py",
        "migrations/versions/0042_new.py": "tests/test_migrations.py",
        "content/demo/retours.toml": "tests/test_demo.py",
    }
    assert {path: test for path, test in near.items() if test not in selection.near({path})} == {}
    assert "tests/test_french.py" not in selection.near(set(near))


def test_the_budget_takes_the_house_rules_then_what_is_near_then_the_cheapest(written_down: record.Record) -> None:
    cheap: list[Any] = selection.affordable(FOUR, set(), written_down)
    assert cheap == [RULES, OUTBOX, NEW], "800 s are too much"
    near = {"tests/test_sanitize.py", "tests/backup/test_new.py"}
    for budget, expected in ((1.2, [RULES, NEW]), (1.3, [RULES, NEW, OUTBOX]), (801.2, [RULES, NEW, SANITIZE])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(selection, "BUDGET", budget + 1e-6)
            chosen: list[Any] = selection.affordable(FOUR, near, written_down)
            assert chosen == expected


def test_a_whole_run_asks_some_of_what_is_slow_and_first_what_a_change_touches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "RECORD", tmp_path / "record")
    names = [f"tests/unknown/test_{number}.py::test_slow" for number in range(8)]
    ran = {names[0]: {"app/sanitize.py"}}
    record.write({name: record.Function(selection.SLOW_BUDGET / 3, 1, ran.get(name, set())) for name in names})
    slow = [Item(name, slow=number > 0) for number, name in enumerate(names)]  # the record tells it of the first
    mail = Item("tests/mail/test_outbox.py::test_slow", slow=True)

    def asked(seed: int, *changed: str) -> list[Any]:
        monkeypatch.setattr(selection, "changed_since_record", lambda: set(changed))
        items: list[Any] = [*slow, mail, SANITIZE]
        return selection.some_slow(items, seed, record.read())

    drawn = [asked(seed) for seed in range(30)]
    assert all(SANITIZE in each and len(each) in {3, 4, 5} for each in drawn), "what is not slow, and the budget's"
    assert {id(each) for some in drawn for each in some} == {id(each) for each in (*slow, mail, SANITIZE)}
    assert drawn[0] == asked(0), "a seed repeats its draw"
    for seed in range(10):
        assert slow[0] in asked(seed, "app/sanitize.py"), "it runs the change"
        assert mail in asked(seed, "templates/mail/new.txt"), "it is near the change"


def test_what_changed_since_the_record_is_told_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setattr(record, "RECORD", tmp_path.parent / "record")
    record.git("init", "--quiet")
    for name in ("kept", "staged"):
        (tmp_path / name).write_text("1")
    record.git("add", ".")
    record.write({})
    (tmp_path / "staged").write_text("2")
    record.git("add", ".")
    (tmp_path / "new").write_text("1")
    assert selection.changed_since_record() == {"staged", "new"}


def test_a_changed_helper_selects_its_importers() -> None:
    files = selection.depending({"tests/services/smtp.py", "app/mail/outbox.py"})
    assert {"tests/services/smtp.py", "tests/conftest.py", "tests/mail/test_outbox.py"} <= files
    assert "app/mail/outbox.py" not in files
    assert "tests/testimonials/test_lifecycle.py" not in files


def test_changes_include_the_working_tree_and_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-config"))
    author = ("-c", "user.name=a", "-c", "user.email=a@exemple.fr")
    record.git("init", "--quiet")
    for name in ("kept", "committed", "edited"):
        (tmp_path / name).write_text("1")
        record.git("add", name)
        record.git(*author, "commit", "--quiet", "-m", name)
    (tmp_path / "edited").write_text("2")
    (tmp_path / "added").write_text("1")
    assert selection.changes("") == {"edited", "added"}
    assert selection.changes("HEAD~2") == {"committed", "edited", "added"}
    record.git("branch", "origin/main", "HEAD~2")
    assert selection.changes("") == {"committed", "edited", "added"}
