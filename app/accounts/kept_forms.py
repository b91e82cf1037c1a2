"""Kept forms: what an editor typed travels through the pages that ask who they are, in a signed field, and comes back.

Nothing is stored on the server. The fields come back without their CSRF token: the view shows its form filled in, and
does nothing until the editor presses its button (decision 0017).
"""

import time

from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from app import tokens
from app.tokens import LinkRefused

FIELD = "kept"  # in the pages that ask who one is
# Secrets, which are typed again, and the fields of those pages themselves.
NEVER_KEPT = frozenset({"csrf_token", "password", "current", "code", "credential", "next", FIELD})
PURPOSE = "kept-form"
KEPT_PERIOD = 12 * 3600  # seconds: as long as a session may be idle
LONGEST = 192 * 1024  # bytes of the field: three quarters of the longest request


class KeptFormRefused(Exception):
    """The kept form is another account's, another page's, too old or forged; nothing of it is shown."""


class KeptFormTooLong(Exception):
    """The typed text is too long to travel; the browser still has it."""


def keep_form(owner: int, path: str, typed: MultiDict[str, str]) -> str:
    """Sign what `owner` typed in the form at `path`; return an empty string if that is nothing but secrets."""
    fields = [[name, value] for name, value in typed.items(multi=True) if name not in NEVER_KEPT]
    token = tokens.sign_token(PURPOSE, [owner, int(time.time()), path, fields]) if fields else ""
    if len(token) > LONGEST:
        raise KeptFormTooLong
    return token


def restore_form(token: str, owner: int, path: str) -> ImmutableMultiDict[str, str]:
    """Return the fields that `owner` typed in the form at `path`; raise `KeptFormRefused` for any other token."""
    try:
        claims = tokens.read_token(PURPOSE, token)
    except LinkRefused:
        raise KeptFormRefused from None
    signed_owner, signed_at, signed_path, fields = claims
    if (signed_owner, signed_path) != (owner, path) or signed_at < time.time() - KEPT_PERIOD:
        raise KeptFormRefused
    return ImmutableMultiDict((name, value) for name, value in fields)
