"""Test selection: each on one engine or both, and some of the slow ones; or with `--quick`, `--changed`, a minute's.

What a test costs, and which files it runs, the record of a whole run tells (`tests/record.py`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests import record
from tests.depth import DEPTH
from tests.record import ROOT, Function, Meter, Recorder, function_of, git

ENGINES = ("sqlite", "postgresql")

# Fixtures that start real programs, too slow for `--quick`.
SERVICES = {"browser", "postgres_server", "postgres_template", "postgres_shared"}
# A change here may affect any test.
EVERYWHERE = ("pyproject.toml", "requirements/", "tests/conftest.py", "tests/selection.py", "tests/record.py")
# Who names one of these folders reads its files.
DATA = {"content", "deploy", "docs", "migrations"}
IMPORT = re.compile(r"^ *(?:from ([\w.]+) )?import (\([^)]*\)|.+)", re.MULTILINE)
ALWAYS = "tests/test_house_rules.py"

BUDGET = 45.0
"""The seconds of tests in `--quick` and `--changed`, over all workers: with the start, a minute on two cores."""

SLOW = 0.5  # seconds of a test in the record, from which it is slow without the mark

SLOW_BUDGET = 120.0
"""The seconds of slow tests in a whole run, a seventh of what all of them take."""

UNKNOWN = Function(seconds=0.2, items=1)  # what is expected of a test that is newer than the record


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="an engine a function, some of the slow, a tenth of depth")
    parser.addoption(
        "--record", action="store_true", help="write what functions cost and run into tests/record.json.xz"
    )
    parser.addoption("--quick", action="store_true", help="SQLite alone, no browser, no server, the cheapest first")
    parser.addoption(
        "--changed", nargs="?", const="", metavar="REF", help="what the working tree and the commits since REF touch"
    )


@pytest.hookimpl(trylast=True)  # the seed is known
def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    DEPTH.full = not (option.whole or option.quick or option.changed is not None)
    DEPTH.seed = option.randomly_seed if not DEPTH.full else 0
    if option.whole and not option.collectonly:
        config.pluginmanager.register(meter := Meter(config), "meter")
        if option.record:
            config.pluginmanager.register(Recorder(config, meter), "recorder")
    if not (DEPTH.full or option.record):
        config.pluginmanager.register(Selection(config), "selection")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
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
    return [ENGINES[draw(option.randomly_seed, function.nodeid) % 2]]


class Selection:
    """Deselects what a run leaves out, and says how much that is."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.left_out: dict[str, int] = {}

    @pytest.hookimpl(trylast=True)  # after the shuffle
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Deselect tests; the slow ones go first, since no worker should wait at the end for the one of another."""
        option, known = self.config.option, record.read()
        if option.whole:
            possible, selected = items, some_slow(items, option.randomly_seed, known)
        elif option.quick:
            possible, selected = items, affordable(quickest(items), near(changes("")), known)
        else:
            changed = changes(option.changed)
            # Who changes a test wants all of it.
            own = [each for each in items if file_of(each) in changed]
            possible = touched(changed, [each for each in items if file_of(each) not in changed], known)
            selected = [*own, *affordable(quickest(possible), near(changed), known)]
        left_out = {function_of(each) for each in possible} - {function_of(each) for each in selected}
        self.left_out = Counter(Path(each.partition("::")[0]).parts[:2][-1] for each in left_out)
        ids = {id(each) for each in selected}
        self.config.hook.pytest_deselected(items=[each for each in items if id(each) not in ids])
        items[:] = sorted((each for each in items if id(each) in ids), key=lambda each: not is_slow(each, known))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker left out: all of them collect the same."""
        self.left_out = getattr(node, "workeroutput", {}).get("left_out", self.left_out)

    def pytest_sessionfinish(self) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["left_out"] = dict(self.left_out)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        where = ", ".join(f"{name} {number}" for name, number in Counter(self.left_out).most_common())
        whole = self.config.option.whole
        command = "./dev test --both" if whole else "./dev test"
        why = "are slow" if whole else "need more time, a server or a browser"
        left_out = f"{sum(self.left_out.values())} functions that {why} ({where})"
        terminalreporter.write_line(f"Left out, for `{command}`: {left_out}.")


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


def affordable(items: list[pytest.Item], first: set[str], known: record.Record) -> list[pytest.Item]:
    """Return the items that the budget allows: the house rules, those of some files, the others, the cheapest first."""
    seconds = costs(items, known)

    def rank(name: str) -> tuple[bool, bool, float, str]:
        path = name.partition("::")[0]
        return path != ALWAYS, path not in first, seconds[name], name

    place = {name: number for number, name in enumerate(within(BUDGET, sorted(seconds, key=rank), seconds))}
    allowed = (each for each in items if function_of(each) in place)
    return sorted(allowed, key=lambda each: place[function_of(each)])


def some_slow(items: list[pytest.Item], seed: int, known: record.Record) -> list[pytest.Item]:
    """Return the items of a whole run: all but the slow ones, of which it has those that the budget allows.

    First house rules and those near what has changed since the record, then those that run it, then others: as drawn.
    """
    slow = [each for each in items if is_slow(each, known)]
    seconds, changed = costs(slow, known), changed_since_record()
    first, then = {ALWAYS, *near(changed)}, {function_of(each) for each in touched(changed, slow, known)}

    def rank(name: str) -> tuple[bool, bool, int]:
        return name.partition("::")[0] not in first, name not in then, draw(seed, name)

    left_out = seconds.keys() - within(SLOW_BUDGET, sorted(seconds, key=rank), seconds)
    return [each for each in items if function_of(each) not in left_out]


def costs(items: Iterable[pytest.Item], known: record.Record) -> dict[str, float]:
    return {name: number * known.get(name, UNKNOWN).each for name, number in Counter(map(function_of, items)).items()}


def within(budget: float, names: Iterable[str], seconds: Mapping[str, float]) -> list[str]:
    allowed = []
    for name in names:
        if seconds[name] <= budget:
            budget -= seconds[name]
            allowed.append(name)
    return allowed


def draw(seed: int, name: str) -> int:
    return int(sha256(f"{seed} {name}".encode()).hexdigest(), 16)


def touched(changed: set[str], items: list[pytest.Item], known: record.Record) -> list[pytest.Item]:
    """Return the items that changed files may affect: near them, having run their code, or newer than the record."""
    if any(path.startswith(EVERYWHERE) for path in changed):
        return items
    # Constants and class bodies run at import, in no test: the importers of their module stand for it.
    code = changed | importers(changed, "app")
    files = near(changed) | depending(changed) | {ALWAYS}
    return [
        each
        for each in items
        if file_of(each) in files
        or function_of(each) not in known
        or not code.isdisjoint(known[function_of(each)].files)
    ]


def near(changed: set[str]) -> set[str]:
    """Return the test files that import changed files, have the name of their room, or name what is no code."""
    files = importers(changed, "tests")
    for path in map(Path, changed):
        top, room = path.parts[0], path.parts[:2][-1].removesuffix(".py")
        for test, words in texts().items():
            if top in {"app", "templates"}:
                is_near = f"/{room}/" in test or test.endswith(f"/test_{room}.py")
            else:
                is_near = path.name in words or (top in DATA and re.search(rf"[\"/]{top}[\"/]", words) is not None)
            if is_near:
                files.add(test)
    return files


@cache
def texts() -> dict[str, str]:
    paths = sorted(ROOT.glob("tests/**/test_*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def depending(changed: set[str]) -> set[str]:
    """Return the test files that are changed, or that import a changed helper, directly or not."""
    files, more = set[str](), {path for path in changed if path.startswith("tests/")}
    while more - files:
        files |= more
        more = importers(more, "tests")
    return files


def importers(changed: set[str], package: str) -> set[str]:
    return {path for path, imported in imports(package).items() if not changed.isdisjoint(imported)}


@cache
def imports(package: str) -> dict[str, set[str]]:
    by_module = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        names = set()
        for module, imported in IMPORT.findall(path.read_text(encoding="utf-8")):
            each = re.findall(r"([\w.]+)(?: as \w+)?", imported)
            names |= {module, *(f"{module}.{name}" for name in each)} if module else set(each)
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


def changed_since_record() -> set[str]:
    before = record.load()["blobs"]
    return changes("HEAD") | {path for path, blob in record.blobs().items() if before.get(path) != blob}


def is_slow(item: pytest.Item, known: record.Record) -> bool:
    return item.get_closest_marker("slow") is not None or known.get(function_of(item), UNKNOWN).each > SLOW


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def parameter(item: pytest.Item, name: str) -> object:
    return getattr(item, "callspec").params.get(name) if hasattr(item, "callspec") else None  # noqa: B009  # only functions with cases have it, which the type does not say
