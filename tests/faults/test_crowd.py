"""200 authors, 50 readers and 4 editors at once: no error, no lost connection, all that was acknowledged stored once.

Nobody pauses: each asks again as soon as they are answered. Rate limits are as in production; each request says that it
comes from another address of the network, as a proxy would (`PROXIES=1`).
"""

import statistics
import sys

import pytest

from tests.depth import DEPTH
from tests.faults import SECONDS
from tests.faults.editors import Editor, assert_decided_once
from tests.faults.people import People
from tests.faults.site import Site

pytestmark = [pytest.mark.both_engines, pytest.mark.services]

# In the short pass fewer come, more than the server has threads, and each acts once.
AUTHORS, READERS, EDITORS = (200, 50, 4) if SECONDS else (24, 6, 2) if DEPTH.full else (12, 3, 1)
PAGES = ("/articles/crpv", "/articles/crpv?situation=past", "/articles")


@pytest.mark.slow("a server, and many threads that ask it")
def test_a_crowd_meets_no_error_and_loses_nothing(served: Site, engine: str) -> None:
    people = People(served, is_patient=False)
    editors = [Editor(people, number) for number in range(EDITORS)]
    authors = [lambda: people.author(whole=True)] * AUTHORS
    readers = [lambda: people.reader(PAGES)] * READERS
    with people.acting([*authors, *readers, *(each.act for each in editors)]):
        people.stopped.wait(SECONDS)
    people.assert_kept_once()
    assert_decided_once(people)
    if SECONDS:  # said, not asserted: a busy machine is slower
        waits = statistics.quantiles(people.waits, n=100)
        stored = f"{len(people.sent)} texts and {len(people.decided)} decisions stored once"
        figures = (
            f"half of {len(people.waits)} answers within {waits[49]:.2f} s, 99 % within {waits[98]:.2f} s (goal: 2)"
        )
        sys.stdout.write(f"{engine}: {stored}, {figures}.\n")
