"""./dev faults: kill, lock, fill and silence what the site stands on, in as many rounds as asked; one line a fault."""

import argparse
import os
import sys
from pathlib import Path

import pytest

from tests import faults

CROWD = ["tests/faults/test_crowd.py"]
# Backups during writes, the journals of erasures, a database that goes away and mail have tests beside their subject.
FAULTS = [
    *("tests/faults", "tests/backup", "tests/mail/test_outbox.py"),
    *("tests/testimonials/test_erasure_journal.py", "tests/testimonials/test_journal_second_place.py"),
    *("tests/testimonials/test_concurrency.py", "tests/web/test_database_gone.py"),
    *("tests/page_cache/test_freshness.py", "tests/moderation/recueils/test_killed_maker.py"),
]


class OneLineEach:
    """A plugin of pytest: what each test says is a line, and a failure is told below it."""

    def __init__(self) -> None:
        self.failed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed += 1
            sys.stdout.write(f"Failed: {sentence(report.nodeid)}.\n{report.longreprtext}\n")
        elif report.when == "call" and type(report) is pytest.TestReport:
            sys.stdout.write(f"Held in {report.duration:.0f} s: {sentence(report.nodeid)}.\n{report.capstdout}")
        sys.stdout.flush()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed += 1
            sys.stdout.write(f"Failed: {report.nodeid} cannot be read.\n{report.longreprtext}\n")


def sentence(test: str) -> str:
    """Return the name of a test in words, with what it was given: « a killed server loses nothing (sqlite) »."""
    name, _, given = test.rpartition("::")[2].removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return f"{words} ({given.removesuffix(']')})" if given else words


def at_least_one(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) >= 1):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {value!r}")
    return int(value)


def main() -> None:
    """Run the tests of faults; exit with 1 if one fails."""
    parser = argparse.ArgumentParser(
        prog="./dev faults",
        description="Kill, lock, fill and silence what the site stands on; one line a fault, exit with 1 if one harms.",
        epilog="Examples: ./dev faults --rounds 5, ./dev faults crowd --seconds 20, ./dev faults --only killed",
    )
    parser.add_argument("what", nargs="?", choices=["all", "crowd"], default="all", help="all (default), or the crowd")
    parser.add_argument("--rounds", type=at_least_one, default=20, help="how often each is killed (default: 20)")
    parser.add_argument("--seconds", type=at_least_one, default=60, help="how long the crowd stays (default: 60)")
    parser.add_argument("--only", metavar="WORD", default="", help="only the tests of whose names this is a part")
    given = parser.parse_args()

    # The tests, not imported yet, take them from the package.
    faults.ROUNDS, faults.SECONDS = given.rounds, given.seconds
    os.chdir(Path(__file__).parents[2])
    report = OneLineEach()
    quiet = ["--override-ini", "addopts=", "-p", "no:terminal", "-p", "no:randomly", "-p", "no:cacheprovider"]
    code = pytest.main([*quiet, "-k", given.only, *(CROWD if given.what == "crowd" else FAULTS)], plugins=[report])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        sys.exit(f"No test has « {given.only} » in its name: nothing was tried.")
    sys.exit(1 if code else 0)


main()
