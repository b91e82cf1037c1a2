"""Patience with other machines: what an act gives within some seconds, or a refusal."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Given = TypeVar("Given")


def given_within(seconds: float, act: Callable[[], Given], at_its_end: Callable[[], object] | None = None) -> Given:
    """Return what an act gives; raise what it raises, or `TimeoutError` once some seconds are over.

    It runs in a thread, without a request; one that is late goes on alone. `at_its_end` is called there, late or not.
    No client bounds all that may last: the resolution of a name, a mount that hangs, a peer that gives a byte a second.
    """
    outcome: Future[Given] = Future()

    def run() -> None:
        try:
            outcome.set_result(act())
        except Exception as error:  # noqa: BLE001  # raised again where it is awaited
            outcome.set_exception(error)
        finally:
            if at_its_end:
                at_its_end()

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(timeout=seconds)
