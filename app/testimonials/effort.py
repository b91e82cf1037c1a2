"""A small computation that a browser does while the preview is read (ALTCHA): one for each page, good for some hours.

The protocol is ALTCHA's first, with SHA-256: the browser looks for the number that, after a salt, gives a digest which
we have signed; the salt says until when it holds and of which page. A page becomes one testimonial at most, however
often it is sent and to whichever worker (submission.py): an answer used again stores nothing more.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from app import security
from app.db import now

MOST = 50_000  # numbers to try: a second or two of an old telephone
GOOD_FOR = timedelta(hours=12)


def asked(page: str) -> str:
    """Return what a page asks of the browser, as JSON."""
    until = int((now() + GOOD_FOR).timestamp())
    # The last sign keeps the salt's end from being taken for the number's beginning.
    salt = f"{secrets.token_hex(12)}?{urlencode({'expires': until, 'page': page})}&"
    challenge = digest(salt, secrets.randbelow(MOST + 1))
    return json.dumps(
        {
            "algorithm": "SHA-256",
            "challenge": challenge,
            "maxnumber": MOST,
            "salt": salt,
            "signature": signature(challenge),
        }
    )


def is_done(answer: str, page: str) -> bool:
    """Say whether an answer (base64 of JSON) is to what this page asked, and not too old."""
    try:
        told = json.loads(base64.b64decode(answer, validate=True))
        salt, signed = str(told["salt"]), str(told["signature"])
        challenge = digest(salt, told["number"])
        (until,), (of,) = (parse_qs(salt.partition("?")[2])[name] for name in ("expires", "page"))
        in_time = int(until) > now().timestamp()
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return in_time and of == page and hmac.compare_digest(signature(challenge).encode(), signed.encode())


def digest(salt: str, number: object) -> str:
    """Return what the browser has to find, in hexadecimal."""
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def signature(challenge: str) -> str:
    """Return what shows that we have asked this."""
    return security.keyed("altcha", challenge).hex()
