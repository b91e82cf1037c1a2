"""The tests run against mutants: a record of the lines each executes, and the processes that run them."""

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.connection import wait
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

PRODUCT = Path("app")
# One process, in the order asked, and nothing kept: whatever the project's settings say.
ARGUMENTS = ("-q", "-o", "addopts=", "-p", "no:randomly", "-p", "no:cacheprovider", "--assert=plain")
# Tests are left out by what their fixtures and their parameters are called.
LEFT_OUT = {"sqlite": ("browser", "postgres"), "postgresql": ("browser", "sqlite"), "both": ("browser",)}
FIRST = 15  # tests: collecting them takes less than collecting all
MEMORY = 4 << 30  # bytes: some mutants never stop growing
FAILED = pytest.ExitCode.TESTS_FAILED


class Recorder:
    """A pytest plugin that records the lines of the product that each test executes, and its time.

    What runs for several tests at once, on import or in a fixture that they share, is noted apart.
    """

    def __init__(self, engine: str) -> None:
        self.left_out = LEFT_OUT[engine]
        self.root = f"{PRODUCT.resolve()}{os.sep}"
        self.shared: set[tuple[str, int]] = set()
        self.lines = self.shared
        self.tests: dict[str, dict[str, Any]] = {}
        self.failed: set[str] = set()

    def watch(self) -> None:
        """Record each line of the product that runs from now on, in any thread."""
        if sys.version_info < (3, 12):
            threading.settrace(self._called)
            sys.settrace(self._called)
        else:
            monitoring, tool = sys.monitoring, sys.monitoring.COVERAGE_ID

            def started(code: CodeType, _offset: int) -> object:
                if code.co_filename.startswith(self.root):
                    monitoring.set_local_events(tool, code, monitoring.events.LINE)
                return monitoring.DISABLE  # for this code, whose lines tell more

            monitoring.use_tool_id(tool, "mutants")
            monitoring.register_callback(tool, monitoring.events.PY_START, started)
            monitoring.register_callback(tool, monitoring.events.LINE, self._ran)
            monitoring.set_events(tool, monitoring.events.PY_START)

    def _called(self, frame: FrameType, _event: str, _value: object) -> Any:
        if frame.f_code.co_filename.startswith(self.root):
            self._ran(frame.f_code, frame.f_lineno)
            return self._called
        return None

    def _ran(self, code: CodeType, line: int) -> None:
        self.lines.add((code.co_filename, line))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Deselect the tests of other engines and services."""
        items[:] = [item for item in items if not any(word in what_it_takes(item) for word in self.left_out)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record the lines of a test."""
        self.lines, began = set(), time.perf_counter()
        result = yield
        self.tests[item.nodeid] = {"seconds": time.perf_counter() - began, "lines": self.by_module(self.lines)}
        self.lines = self.shared
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Record apart the lines of a shared fixture."""
        own = self.lines
        self.lines = own if fixturedef.scope == "function" else self.shared
        try:
            return (yield)
        finally:
            self.lines = own

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record a test that fails although nothing is mutated."""
        if report.failed:
            self.failed.add(report.nodeid)

    def by_module(self, lines: Iterable[tuple[str, int]]) -> dict[str, int]:
        """Return the lines of each module, as the bits of a number."""
        found: dict[str, int] = {}
        for name, line in lines:
            module = str(PRODUCT / name.removeprefix(self.root))
            found[module] = found.get(module, 0) | 1 << line
        return found


def what_it_takes(item: pytest.Item) -> str:
    """Return the names of a test's fixtures and parameters."""
    parameters = getattr(item, "callspec", None)
    return " ".join([*getattr(item, "fixturenames", []), parameters.id if parameters else ""])


def record(file: Path, engine: str, to: Path) -> int:
    """Run a file of tests, and write its record."""
    recorder = Recorder(engine)
    recorder.watch()
    code = pytest.main([*ARGUMENTS, str(file)], plugins=[recorder])
    tests = {name: test for name, test in recorder.tests.items() if name not in recorder.failed}
    ours = {path.stem for path in Path().iterdir()}
    libraries = [name for name in sys.modules if name.partition(".")[0] not in ours]
    found = {"shared": recorder.by_module(recorder.shared), "tests": tests, "failed": sorted(recorder.failed)}
    to.write_text(json.dumps(found | {"modules": libraries}), encoding="utf-8")
    return 0 if code in {FAILED, pytest.ExitCode.NO_TESTS_COLLECTED} else int(code)


def preload(libraries: Iterable[str]) -> None:
    """Import libraries once, for all the processes that follow."""
    for name in libraries:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()


class Mutated(SourceFileLoader):
    """Loads another text in a module's place."""

    def __init__(self, module: Path, text: str) -> None:
        super().__init__(".".join(module.with_suffix("").parts).removesuffix(".__init__"), str(module.resolve()))
        self.text = text

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """Find that module alone."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _name: str) -> CodeType:
        """Compile the text, and keep nothing of it."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Asked:
    """A pytest plugin that selects some tests, in a given order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {name: place for place, name in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep them."""
        items[:] = sorted((each for each in items if each.nodeid in self.order), key=lambda it: self.order[it.nodeid])


def ask(module: Path, text: str, tests: Sequence[str]) -> int:
    """Run tests against a mutant, up to the first that fails."""
    sys.meta_path.insert(0, Mutated(module, text))
    code: int = pytest.ExitCode.OK
    for some in (tests[:FIRST], tests[FIRST:]):
        if some and code == pytest.ExitCode.OK:
            files = dict.fromkeys(name.partition("::")[0] for name in some)
            code = pytest.main([*ARGUMENTS, "-x", *files], plugins=[Asked(some)])
    # What cannot be imported ends a run before its first test.
    return FAILED if code in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR} else int(code)


@dataclass(frozen=True)
class Job:
    """A function to run in a process of its own, within a time."""

    key: Any
    work: Callable[[], int]
    seconds: float


def done(jobs: Iterable[Job], at_once: int) -> Iterator[tuple[Any, int | None]]:
    """Do jobs in processes that begin as this one is, and yield how each has ended: None where it took too long."""
    fork, waiting = multiprocessing.get_context("fork"), deque(jobs)
    running: dict[int, tuple[Any, Job, float, tempfile.TemporaryDirectory[str]]] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            job, folder = waiting.popleft(), tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True)
            process = fork.Process(target=apart, args=(job.work, folder.name))
            process.start()
            running[process.sentinel] = (process, job, time.monotonic() + job.seconds, folder)
        ended = wait(list(running), timeout=1)
        for sentinel, (process, job, limit, folder) in list(running.items()):
            if sentinel in ended or time.monotonic() > limit:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.join()
                del running[sentinel]
                code = process.exitcode if sentinel in ended else None
                if code is not None and code > FAILED:
                    raise RuntimeError(f"pytest ended with {code}:\n{Path(folder.name, 'said').read_text()}")
                folder.cleanup()
                yield job.key, code


def apart(work: Callable[[], int], folder: str) -> None:
    """Do a job where nothing it writes, starts or takes outlives it."""
    os.setsid()
    Path(folder).chmod(0o711)  # a server of the tests may have a user of its own
    said = os.open(Path(folder, "said"), os.O_CREAT | os.O_WRONLY)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ |= {"TMPDIR": folder, "HYPOTHESIS_STORAGE_DIRECTORY": folder}
    tempfile.tempdir = folder
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.exit(work())
