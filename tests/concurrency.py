"""Several people who act at the same moment, each in a thread of their own."""

import threading
from collections.abc import Callable


def together(*acts: Callable[[], object]) -> list[object]:
    """Do several things at the same moment, and return what came of each, in no order."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def do(act: Callable[[], object]) -> None:
        start.wait(timeout=60)
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001  # what went wrong is an outcome, which the test looks at
            outcomes.append(error)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
