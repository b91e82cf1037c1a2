"""RequestCounters: how many requests each endpoint answered, with which kind of status, in how long.

Every worker imports this module; `metrics`, with prometheus-client, is for its view alone.
"""

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from flask import Response, g, request

from app.web.shared_counters import SharedCounters

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds, of a histogram
STATUS_KINDS = ("2xx", "3xx", "4xx", "5xx")
NONE = "none"  # of a request for an address that no endpoint has

# The columns of an endpoint: one for each bound and one beyond, microseconds in all, one for each kind of status.
DURATION = len(BOUNDS) + 1
STATUS = DURATION + 1
WIDTH = STATUS + len(STATUS_KINDS)


class RequestCounters:
    """Counts the requests that reach Flask; a page sent from the cache is counted by the cache alone."""

    def __init__(self, counters: SharedCounters, endpoints: Iterable[str]) -> None:
        self.counters = counters
        self.columns = {endpoint: counters.reserve(WIDTH) for endpoint in sorted({*endpoints, NONE})}

    def observe(self, response: Response) -> Response:
        seconds = time.perf_counter() - g.began
        column = self.columns[request.endpoint or NONE]
        kind = min(max(response.status_code // 100, 2), 5) - 2
        for place, amount in ((bisect_left(BOUNDS, seconds), 1), (DURATION, round(seconds * 1e6)), (STATUS + kind, 1)):
            self.counters.add(column + place, amount)
        return response

    def counts(self) -> Iterator[tuple[str, list[int], float, dict[str, int]]]:
        """Yield the endpoints that answered, each with the counts of all workers.

        They are the requests under each bound (cumulated, the last without bound), seconds, and kinds of status.
        """
        for endpoint, first in self.columns.items():
            totals = [self.counters.total(column) for column in range(first, first + WIDTH)]
            if any(totals):
                under = [sum(totals[: place + 1]) for place in range(DURATION)]
                yield endpoint, under, totals[DURATION] / 1e6, dict(zip(STATUS_KINDS, totals[STATUS:], strict=True))
