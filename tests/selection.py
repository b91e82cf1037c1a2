"""Test selection: all tests, each on one engine or both; fewer with `--quick` and `--changed`.

A whole run records the files (Python and templates) whose code each test function runs; `--changed` reads the record.
"""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.depth import DEPTH

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgresql")
RECORD = ROOT / ".cache" / "touched.json"

# Fixtures that start real programs, too slow for `--quick`.
SERVICES = {"browser", "postgres_server", "postgres_template", "postgres_shared"}
# A change here may affect any test.
EVERYWHERE = (
    *("config.py", "pyproject.toml", "requirements/", "migrations/", "content/"),
    *("tests/conftest.py", "tests/selection.py"),
)
ALWAYS = "tests/test_house_rules.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switches of `./dev test`."""
    parser.addoption("--whole", action="store_true", help="each function on an engine drawn for it; record its files")
    parser.addoption("--quick", action="store_true", help="SQLite alone, no browser, no server: each function once")
    parser.addoption(
        "--changed", nargs="?", const="", metavar="REF", help="what the working tree and the commits since REF touch"
    )


@pytest.hookimpl(trylast=True)  # the seed is known
def pytest_configure(config: pytest.Config) -> None:
    """Set the depth of the run; have a whole run record its files, if Python has `sys.monitoring` (3.12)."""
    option = config.option
    DEPTH.full = not (option.whole or option.quick or option.changed is not None)
    DEPTH.seed = option.randomly_seed if not DEPTH.full else 0
    if config.option.whole and not config.option.collectonly and sys.version_info >= (3, 12):
        config.pluginmanager.register(Recorder(config), "recorder")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on the engines that it needs, unless it names its own."""
    named = any("engine" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not named:
        metafunc.parametrize("engine", engines_for(metafunc.definition), indirect=True)


def engines_for(function: pytest.Item) -> Sequence[str]:
    """Return the engines that a test function runs on: both, or in a whole run the one that the seed draws for it."""
    option = function.config.option
    if option.quick or function.get_closest_marker("one_engine"):
        return ENGINES[:1]
    if not option.whole or function.get_closest_marker("both_engines"):
        return ENGINES
    drawn = sha256(f"{option.randomly_seed} {function.nodeid}".encode()).digest()[0] % 2
    return ENGINES[drawn : drawn + 1]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that the options leave out."""
    selected = items[:]
    if config.option.changed is not None:
        changed = changes(config.option.changed)
        affected = touched(changed, selected)
        whole = depending(changed)
        quick = {id(each) for each in quickest(each for each in affected if file_of(each) not in whole)}
        selected = [each for each in affected if file_of(each) in whole or id(each) in quick]
    elif config.option.quick:
        selected = quickest(items)
    if len(selected) < len(items):
        ids = {id(each) for each in selected}
        config.hook.pytest_deselected(items=[each for each in items if id(each) not in ids])
        items[:] = selected


def quickest(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that need no service; of a function that needs a database, its first case only."""
    selected, seen = [], set()
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVICES or item.get_closest_marker("services") or parameter(item, "engine") == "postgresql":
            continue
        if "database" in fixtures:
            if function_of(item) in seen:
                continue
            seen.add(function_of(item))
        selected.append(item)
    return selected


def touched(changed: set[str], items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the items that changed files may affect; all of them without a record."""
    if not RECORD.exists() or any(path.startswith(EVERYWHERE) for path in changed):
        return items
    record: dict[str, list[str]] = json.loads(RECORD.read_text(encoding="utf-8"))
    # Constants and class bodies run at import, in no test: the importers of their module stand for it.
    affected = changed | importers(changed, "app")
    tests = depending(changed) | {ALWAYS}
    return [
        each
        for each in items
        if file_of(each) in tests or not affected.isdisjoint(record.get(function_of(each), [file_of(each)]))
    ]


def depending(changed: set[str]) -> set[str]:
    """Return the test files that are changed, or that import a changed helper, directly or not."""
    files, more = set[str](), {path for path in changed if path.startswith("tests/")}
    while more - files:
        files |= more
        more = importers(more, "tests")
    return files


def importers(changed: set[str], package: str) -> set[str]:
    """Return the files of a package that import one of these."""
    return {path for path, imported in imports(package).items() if not changed.isdisjoint(imported)}


@cache
def imports(package: str) -> dict[str, set[str]]:
    """Return, for each module of a package, the files that it may import."""
    by_module = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        stems = [name.replace(".", "/") for name in names]
        by_module[path.relative_to(ROOT).as_posix()] = {
            f"{stem}{end}" for stem in stems for end in (".py", "/__init__.py")
        }
    return by_module


def changes(reference: str) -> set[str]:
    """Return the files that differ from a commit (by default `origin/main`, else HEAD), and the untracked ones."""
    known = reference or ("origin/main" if git("rev-parse", "--verify", "--quiet", "origin/main") else "HEAD")
    [base] = git("merge-base", known, "HEAD") or [known]
    return {*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")}


def git(*words: str) -> list[str]:
    """Return the lines that a git command prints; none if it fails."""
    answer = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607  # words written here, and a name of a commit
    return answer.stdout.splitlines()


def function_of(item: pytest.Item) -> str:
    """Return the id of a test function, without its parameters."""
    return item.nodeid.partition("[")[0]


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def parameter(item: pytest.Item, name: str) -> object:
    return getattr(item, "callspec").params.get(name) if hasattr(item, "callspec") else None  # noqa: B009  # only functions with cases have it, which the type does not say


class Recorder:
    """Records the files whose code each test function runs: `sys.monitoring` reports each code object once a test."""

    TOOL = 4  # an id that `sys.monitoring` leaves free

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.files: defaultdict[str, set[str]] = defaultdict(set)
        self.running: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Register the callback."""
        sys.monitoring.use_tool_id(self.TOOL, "en-regard")
        sys.monitoring.register_callback(self.TOOL, sys.monitoring.events.PY_START, self.note)

    def note(self, code: CodeType, _offset: int) -> Any:
        """Record a code object's file; it is not reported again before the next test."""
        if code.co_filename.startswith(str(ROOT)):
            self.running.add(code.co_filename)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record one test, its fixtures included."""
        self.running = self.files[function_of(item)]
        sys.monitoring.restart_events()
        sys.monitoring.set_events(self.TOOL, sys.monitoring.events.PY_START)
        outcome = yield
        sys.monitoring.set_events(self.TOOL, 0)
        return outcome

    def pytest_testnodedown(self, node: Any) -> None:
        """Merge the record of a worker; one that was killed sent none, which must not hide what failed."""
        for function, files in getattr(node, "workeroutput", {}).get("touched", {}).items():
            self.files[function] |= set(files)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Send the record to the controller, or write it to its file if every test has passed."""
        sys.monitoring.free_tool_id(self.TOOL)
        ours = {
            function: sorted(
                path.relative_to(ROOT).as_posix()
                for path in map(Path, files)
                if path.is_relative_to(ROOT) and ".venv" not in path.parts
            )
            for function, files in self.files.items()
        }
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["touched"] = ours
        elif exitstatus == pytest.ExitCode.OK:
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_text(json.dumps(ours, indent=1, sort_keys=True), encoding="utf-8")
