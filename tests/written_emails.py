"""Every e-mail that the product writes in a test is composed at its end, with the facts of the place that wrote it.

`tests.mail.samples` has facts of its own: with them a message is whole, though a place that writes it gives it less.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.accounts.mails import PASSWORD_RESET
from app.features.alerts.mails import ALERT, ALERT_CONFIRM
from app.mail.compose import compose
from app.mail.outbox import Email

APP = Path(__file__).resolve().parents[1] / "app"
# They hand over what a place has given them.
PASSING_ON = {"enqueue", "write_to_author", "notify_author"}

composed: set[tuple[str, ...]] = set()


@contextmanager
def every_email_composed(app: Flask) -> Iterator[None]:
    """Compose what is written meanwhile, once for each place, message and choice of facts in this run."""
    written: dict[tuple[str, ...], dict[str, Any]] = {}

    def note(_email: Email, _args: object, given: dict[str, Any]) -> None:
        place = place_of_writer()
        facts = sorted(f"{name} {bool(value)}" for name, value in given["facts"].items())
        # Letters to followers have no words before they leave, nor has a link that is asked for.
        is_asked = given["message"] is PASSWORD_RESET and not facts
        if place and not is_asked and given["message"] not in {ALERT, ALERT_CONFIRM}:
            written.setdefault((place, given["message"], *facts), dict(given))

    event.listen(Email, "init", note)
    yield
    event.remove(Email, "init", note)
    faults = []
    with app.app_context():
        for key, given in written.items():
            if key in composed:
                continue
            try:
                compose(given["message"], given["recipient"], given["facts"], "<one@exemple.fr>")
            except Exception as error:  # noqa: BLE001  # all of them are told
                faults.append(f"{given['message']}, as {key[0]} writes it: {error!r}")
            else:
                composed.add(key)
    assert not faults, faults


def place_of_writer() -> str | None:
    frame = sys._getframe(1)  # noqa: SLF001  # the way to a caller's name
    while frame.f_back is not None:
        path, name = Path(frame.f_code.co_filename), frame.f_code.co_name
        if APP in path.parents and name not in PASSING_ON:
            return f"{path.relative_to(APP)}:{name}"
        if path.is_relative_to(APP.parent / "tests") and path != Path(__file__):
            return None
        frame = frame.f_back
    return None
