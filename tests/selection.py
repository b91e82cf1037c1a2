"""Which tests are asked: all of them, or fewer with `--quick` and `--changed`.

A whole run writes down which files each test function runs code of (Python and templates); `--changed` reads it.
"""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / ".cache" / "touched.json"

# What cannot be had in a minute: real programs, found or started.
SERVICES = {"browser", "postgres_server", "postgres_template", "postgres_shared"}
# Whatever changes here, any test may be touched.
EVERYWHERE = ("config.py", "pyproject.toml", "requirements/", "migrations/", "tests/conftest.py", "content/")
ALWAYS = "tests/test_house_rules.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switches of `./dev test`."""
    parser.addoption("--quick", action="store_true", help="SQLite alone, no browser, no server: each function once")
    parser.addoption(
        "--changed", nargs="?", const="", metavar="REF", help="what the working tree and the commits since REF touch"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Write down what tests run, where the interpreter can tell (3.12) and all tests are asked."""
    is_whole = not config.option.quick and config.option.changed is None and config.args == config.getini("testpaths")
    if is_whole and sys.version_info >= (3, 12):
        config.pluginmanager.register(Recorder(config), "recorder")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked."""
    kept = items[:]
    if config.option.changed is not None:
        changed = changes(config.option.changed)
        asked = touched(changed, kept)
        whole = depending(changed)
        quick = {id(each) for each in quickest(each for each in asked if file_of(each) not in whole)}
        kept = [each for each in asked if file_of(each) in whole or id(each) in quick]
    elif config.option.quick:
        kept = quickest(items)
    if len(kept) < len(items):
        ids = {id(each) for each in kept}
        config.hook.pytest_deselected(items=[each for each in items if id(each) not in ids])
        items[:] = kept


def quickest(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that need no service; of a function that needs a database, one case, whichever comes first."""
    kept, seen = [], set()
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVICES or item.get_closest_marker("services") or parameter(item, "engine") == "postgresql":
            continue
        if "database" in fixtures:
            if function_of(item) in seen:
                continue
            seen.add(function_of(item))
        kept.append(item)
    return kept


def touched(changed: set[str], items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the items that may tell of changed files; all of them where nothing was written down yet."""
    if not RECORD.exists() or any(path.startswith(EVERYWHERE) for path in changed):
        return items
    record: dict[str, list[str]] = json.loads(RECORD.read_text(encoding="utf-8"))
    # A constant or a class body runs when its module is imported, hence in no test: who imports it tells.
    wanted = changed | importers(changed, "app")
    tests = depending(changed) | {ALWAYS}
    return [
        each
        for each in items
        if file_of(each) in tests or not wanted.isdisjoint(record.get(function_of(each), [file_of(each)]))
    ]


def depending(changed: set[str]) -> set[str]:
    """Return the test files that are changed, or that import a changed helper, through others if need be."""
    found, more = set[str](), {path for path in changed if path.startswith("tests/")}
    while more - found:
        found |= more
        more = importers(more, "tests")
    return found


def importers(changed: set[str], package: str) -> set[str]:
    """Return the files of a package that import one of these."""
    return {path for path, imported in imports(package).items() if not changed.isdisjoint(imported)}


@cache
def imports(package: str) -> dict[str, set[str]]:
    """Return, for each module of a package, the files of ours that it imports by name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        stems = [name.replace(".", "/") for name in names]
        found[path.relative_to(ROOT).as_posix()] = {f"{stem}{end}" for stem in stems for end in (".py", "/__init__.py")}
    return found


def changes(reference: str) -> set[str]:
    """Return the files that differ from a commit, by default `origin/main`, else HEAD; those git does not track too."""
    known = reference or ("origin/main" if git("rev-parse", "--verify", "--quiet", "origin/main") else "HEAD")
    [base] = git("merge-base", known, "HEAD") or [known]
    return {*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")}


def git(*words: str) -> list[str]:
    """Return the lines that a git command answers; none where it refuses."""
    answer = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607  # words written here, and a name of a commit
    return answer.stdout.splitlines()


def function_of(item: pytest.Item) -> str:
    """Return the name of a test function, whatever the case."""
    return item.nodeid.partition("[")[0]


def file_of(item: pytest.Item) -> str:
    """Return the file of a test."""
    return item.nodeid.partition("::")[0]


def parameter(item: pytest.Item, name: str) -> object:
    """Return a parameter of a case."""
    return getattr(item, "callspec").params.get(name) if hasattr(item, "callspec") else None  # noqa: B009  # only functions with cases have it, which the type does not say


class Recorder:
    """Notes the files that each test function runs code of: the interpreter tells each piece of code once a test."""

    TOOL = 4  # of those that `sys.monitoring` leaves free

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.files: defaultdict[str, set[str]] = defaultdict(set)
        self.running: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Listen."""
        sys.monitoring.use_tool_id(self.TOOL, "en-regard")
        sys.monitoring.register_callback(self.TOOL, sys.monitoring.events.PY_START, self.note)

    def note(self, code: CodeType, _offset: int) -> Any:
        """Note where a piece of code stands; it is not told of again before the next test."""
        if code.co_filename.startswith(str(ROOT)):
            self.running.add(code.co_filename)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Listen to one test, its fixtures included."""
        self.running = self.files[function_of(item)]
        sys.monitoring.restart_events()
        sys.monitoring.set_events(self.TOOL, sys.monitoring.events.PY_START)
        outcome = yield
        sys.monitoring.set_events(self.TOOL, 0)
        return outcome

    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a worker has noted."""
        for function, files in node.workeroutput.get("touched", {}).items():
            self.files[function] |= set(files)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what was noted, or write it down."""
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
        elif session.testscollected and not session.testsfailed:
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_text(json.dumps(ours, indent=1, sort_keys=True), encoding="utf-8")
