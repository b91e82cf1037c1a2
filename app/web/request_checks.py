"""Checks of every request before any view: its encoding, its size, repeated fields, and numbers out of range."""

import re
from urllib.parse import unquote_to_bytes

from flask import Flask, abort, current_app, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it ships no types

from app.db import SAFE_METHODS

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# The only endpoints to which a form may carry a file.
WITH_FILE = frozenset({"referentials.import_file"})
# Those to which mail programs send « no more of these »: they should do so in parts (RFC 8058, 3.2).
ONE_CLICK = frozenset({"invited.refuse", "alerts.leave"})

# A percent sign without two hexadecimal digits.
BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")

# The only fields and parameters that may have several values.
REPEATABLE = frozenset({"answers", "articles", "lu", "sentence", "texte", "themes", "usual"})

# The fields and parameters that hold a number, within what an integer column can store.
NUMBERS = frozenset({"revision", "avant"})
NUMBER = re.compile(r"[0-9]{1,9}|")


def init_app(app: Flask) -> None:
    app.before_request(check_request)


def check_request() -> None:
    """Refuse a malformed request with 400, a form of too many fields with 413, a body that is no form with 415."""
    environ = request.environ
    parts = [environ.get("PATH_INFO", "").encode("latin-1"), unquoted(request.query_string)]
    # The path before the server decoded it (gunicorn and Werkzeug both keep it).
    reject_if(is_broken(str(environ.get("RAW_URI", "")).encode("latin-1", "replace")))
    if request.method not in SAFE_METHODS:
        has_parts = request.mimetype == MULTIPART and request.endpoint in WITH_FILE | ONE_CLICK
        if request.mimetype not in {URLENCODED, ""} and not has_parts:
            abort(415)
        body = read_body()
        if has_parts:
            # The file itself is its reader's to judge.
            parts += [each.encode() for name, values in request.form.lists() for each in (name, *values)]
        else:
            if body.count(b"&") >= current_app.config["MAX_FORM_PARTS"]:
                abort(413)
            parts.append(unquoted(body))
    for part in parts:
        reject_if(not is_text(part))
    submitted = [*request.args.lists(), *(() if request.method in SAFE_METHODS else request.form.lists())]
    for name, values in submitted:
        reject_if(len(values) > 1 and name not in REPEATABLE)
        reject_if(name in NUMBERS and not all(NUMBER.fullmatch(value) for value in values))


def reject_if(malformed: bool) -> None:
    if malformed:
        abort(400)


def unquoted(part: bytes) -> bytes:
    reject_if(is_broken(part))
    return unquote_to_bytes(part)


def is_broken(part: bytes) -> bool:
    return b"%" in part and BROKEN.search(part) is not None


def is_text(part: bytes) -> bool:
    try:
        return "\x00" not in part.decode("utf-8")
    except UnicodeDecodeError:
        return False


def read_body() -> bytes:
    """Return the body; 413 where it reaches the limit without a `Content-Length`, 400 where it is cut short.

    It is cut short too where its sender pauses for too long (gunicorn.conf.py), or sends malformed chunks.
    """
    try:
        body = request.get_data(cache=True)
    except (OSError, ParseException):
        abort(400)
    if request.content_length is None and len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
        abort(413)
    return body
