"""Concurrent acts, each in a thread of its own."""

import threading
from collections.abc import Callable


def together(*acts: Callable[[], object]) -> list[object]:
    """Run several functions at the same moment; return their results or exceptions, in no order."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def do(act: Callable[[], object]) -> None:
        start.wait(timeout=60)
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001  # the exception is a result, which the test checks
            outcomes.append(error)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
