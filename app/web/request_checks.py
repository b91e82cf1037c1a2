"""Turns away, before any view, what cannot be read: undecodable, given twice, out of range, or too much of it."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from flask import Flask, abort, current_app, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it ships no types

from app.db import SAFE_METHODS

URLENCODED = "application/x-www-form-urlencoded"

# A percent sign that begins no byte.
BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")

# The only names that a form or an address may give several values to; every other has one answer.
REPEATABLE = frozenset({"lu", "texte", "themes"})

# The names that hold a number: of a row, of a reading, of a page. Columns hold no larger one.
NUMBERS = frozenset({"revision", "avant"})
NUMBER = re.compile(r"[0-9]{1,9}|")


def init_app(app: Flask) -> None:
    """Check every request before anything else meets it."""
    app.before_request(check_request)


def check_request() -> None:
    """Answer 400 to what nobody could have meant, 413 to too much of it, 415 to a body that is no form."""
    environ = request.environ
    parts = [environ.get("PATH_INFO", "").encode("latin-1"), unquoted(request.query_string)]
    # What the server was sent, before it decoded the path (gunicorn and Werkzeug both keep it).
    reject_if(is_broken(str(environ.get("RAW_URI", "")).encode("latin-1", "replace")))
    if request.method not in SAFE_METHODS:
        if request.mimetype not in {URLENCODED, ""}:
            abort(415)
        body = read_body()
        if body.count(b"&") >= current_app.config["MAX_FORM_PARTS"]:
            abort(413)
        parts.append(unquoted(body))
    for part in parts:
        reject_if(not is_text(part))
    for name, values in submitted_values():
        reject_if(len(values) > 1 and name not in REPEATABLE)
        reject_if(name in NUMBERS and not all(NUMBER.fullmatch(value) for value in values))


def reject_if(wrong: bool) -> None:  # reads as a sentence where it stands
    """Answer 400 where something is wrong."""
    if wrong:
        abort(400)


def unquoted(part: bytes) -> bytes:
    """Return what a percent-encoded part says; 400 where it breaks off."""
    reject_if(is_broken(part))
    return unquote_to_bytes(part)


def is_broken(part: bytes) -> bool:
    """Say whether percent-encoding breaks off somewhere."""
    return b"%" in part and BROKEN.search(part) is not None


def is_text(part: bytes) -> bool:
    """Say whether bytes are UTF-8 without a NUL."""
    try:
        return "\x00" not in part.decode("utf-8")
    except UnicodeDecodeError:
        return False


def submitted_values() -> Iterator[tuple[str, list[str]]]:
    """Yield each name of the address and of the form, with its values."""
    yield from request.args.lists()
    if request.method not in SAFE_METHODS:
        yield from request.form.lists()


def read_body() -> bytes:
    """Return the body; 413 where it reaches the bound without having said its length, 400 where it breaks off.

    So it does too where its sender rests too long (gunicorn.conf.py), or where its chunks are none.
    """
    try:
        body = request.get_data(cache=True)
    except (OSError, ParseException):
        abort(400)
    if request.content_length is None and len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
        abort(413)
    return body
