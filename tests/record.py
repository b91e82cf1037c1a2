"""The record of a whole run (`./dev test --record`): the seconds of each test function, and the files that it runs."""

import json
import lzma
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "tests" / "record.json.xz"

MOST_PROCESSOR = 9_000
"""What a whole run may cost, in yardsticks: it costs some 6,000, and more on a busy machine."""

YARDSTICK = 0.14  # seconds of `yardstick()` on the machine in whose seconds the record is told

MOST_SECONDS, MOST_SLOW = 2.5, 700.0
"""Seconds in a whole run: of a test without the mark « slow » (the processor's: one), and of all that have it."""


@dataclass
class Function:
    """What is recorded of a test function."""

    seconds: float = 0.0
    """Of all its items, what is made once for all tests left out."""

    items: int = 0
    files: set[str] = field(default_factory=set)
    """Python and templates, relative to the project's root."""

    @property
    def each(self) -> float:
        """The seconds of an item."""
        return self.seconds / self.items


Record = dict[str, Function]
"""Functions by their node ids, without parameters."""


def read() -> Record:
    stored = load()
    return {
        name: Function(seconds, items, {stored["files"][number] for number in files})
        for name, (seconds, items, files) in stored["functions"].items()
    }


def load() -> dict[str, Any]:
    """Return the record as it is stored; `blobs` is what `blobs()` was when it was written."""
    empty: dict[str, Any] = {"files": [], "functions": {}, "blobs": {}}
    return empty | json.loads(lzma.decompress(RECORD.read_bytes())) if RECORD.exists() else empty


def write(record: Record) -> None:
    """Store a record. Files are numbered: most functions run the same hundreds."""
    files = sorted(set().union(*(each.files for each in record.values())))
    numbers = {path: number for number, path in enumerate(files)}
    functions = {
        name: (round(each.seconds, 2), each.items, sorted(map(numbers.__getitem__, each.files)))
        for name, each in sorted(record.items())
    }
    stored = {"files": files, "functions": functions, "blobs": blobs()}
    RECORD.write_bytes(lzma.compress(json.dumps(stored).encode()))


def blobs() -> dict[str, str]:
    """Return the start of git's digest of each file, as it was last staged."""
    staged = (line.split(maxsplit=3) for line in git("ls-files", "--stage"))
    return {path: blob[:8] for _, blob, _, path in staged}


def git(*words: str) -> list[str]:
    answer = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607  # words written here, and a name of a commit
    return answer.stdout.splitlines()


def function_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


class Recorder:
    """Records a whole run: `sys.monitoring` (Python 3.12) reports each code object once a test."""

    TOOL = 4  # an id that `sys.monitoring` leaves free

    def __init__(self, config: pytest.Config, meter: "Meter") -> None:
        self.config = config
        self.meter = meter
        self.record: defaultdict[str, Function] = defaultdict(Function)
        self.running: set[str] = set()
        self.shared = 0.0

    def pytest_sessionstart(self) -> None:
        sys.monitoring.use_tool_id(self.TOOL, "en-regard")
        sys.monitoring.register_callback(self.TOOL, sys.monitoring.events.PY_START, self.note)

    def note(self, code: CodeType, _offset: int) -> Any:
        if path := relative(code.co_filename):
            self.running.add(path)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Keep apart the seconds of what is made once for all tests."""
        start, shared = perf_counter(), self.shared
        outcome = yield
        if fixturedef.scope == "session":
            # Those that this one asks for are within its own time.
            self.shared = shared + perf_counter() - start
        return outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        function, start, self.shared = self.record[function_of(item)], perf_counter(), 0.0
        self.running = function.files
        sys.monitoring.restart_events()
        sys.monitoring.set_events(self.TOOL, sys.monitoring.events.PY_START)
        outcome = yield
        sys.monitoring.set_events(self.TOOL, 0)
        function.seconds += perf_counter() - start - self.shared
        function.items += 1
        return outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for name, (seconds, items, files) in getattr(node, "workeroutput", {}).get("record", {}).items():
            function = self.record[name]
            function.seconds += seconds
            function.items += items
            function.files |= set(files)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Send the record to the controller, or write it to its file if every test has passed."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["record"] = {
                name: (each.seconds, each.items, sorted(each.files)) for name, each in self.record.items()
            }
        elif exitstatus == pytest.ExitCode.OK:
            for function in self.record.values():
                function.seconds *= YARDSTICK / self.meter.yardstick
            write(self.record)


@cache
def relative(path: str) -> str | None:
    found = Path(path)
    if not found.is_relative_to(ROOT):
        return None
    ours = found.relative_to(ROOT)
    return None if ours.parts[0].startswith(".") else ours.as_posix()


class Meter:
    """Measures what a whole run costs, in yardsticks: the one figure of time that is asserted."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.yardsticks: list[float] = []
        self.processor = 0.0

    def pytest_sessionstart(self) -> None:
        self.yardsticks.append(yardstick())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        processor, yardsticks = getattr(node, "workeroutput", {}).get("processor", (0.0, []))
        self.processor += processor
        self.yardsticks += yardsticks

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was measured to the controller, or fail the run if it costs too much."""
        self.yardsticks.append(yardstick())
        if hasattr(self.config, "workeroutput"):
            usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
            self.processor = sum(usage.ru_utime + usage.ru_stime for usage in usages)
            self.config.workeroutput["processor"] = (self.processor, self.yardsticks)
        elif session.exitstatus == pytest.ExitCode.OK and self.cost > MOST_PROCESSOR:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def yardstick(self) -> float:
        return sum(self.yardsticks) / len(self.yardsticks)

    @property
    def cost(self) -> float:
        return self.processor / self.yardstick

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(
            f"{self.processor:.0f} s of processor: {self.cost:.0f} yardsticks, where {MOST_PROCESSOR} are the most."
        )


def yardstick() -> float:
    start = process_time()
    for number in range(5_000_000):
        _ = number * number
    return process_time() - start
