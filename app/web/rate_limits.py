"""Rate limits, in one table, by IP address, by network, and by the e-mail address typed in the form.

Requests are counted before any view, and before the gate opens a transaction: the counters have their own.

An address of the network is kept as a keyed digest, whose key changes every day (UTC): nobody can tell from two days'
rows that they are of one address. What was counted against it is therefore forgotten at midnight: twice a limit of a
day, at most, passes around it, as around the end of any fixed window.
"""

import hmac
import math
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Flask, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from app.db import SAFE_METHODS, now
from app.forms import tidy_email
from app.web.rate_counters import Window, count_each


@dataclass(frozen=True)
class RateLimit:
    """The POSTs that an endpoint accepts: from an IP address, from its network, for an e-mail typed."""

    address: str
    network: str
    recipient: str = ""


PREVIEW_PATIENCE = 100  # milliseconds
SECONDS = {"minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}

# For every endpoint not listed below: no one who uses the pages comes near.
DEFAULT_LIMIT = RateLimit("120 per minute; 1200 per hour", "480 per minute; 4800 per hour")

# The strictest are those that send e-mail to a typed address. A town hall often has one IP address for everyone in it.
LIMITS: Mapping[str, RateLimit] = {
    "submission.write": RateLimit("60 per 10 minutes; 200 per day", "240 per 10 minutes; 800 per day"),
    "submission.write:send": RateLimit("12 per 10 minutes; 40 per day", "60 per 10 minutes; 200 per day", "10 per day"),
    "answers.write": RateLimit("60 per 10 minutes; 200 per day", "240 per 10 minutes; 800 per day"),
    "answers.write:send": RateLimit("12 per 10 minutes; 40 per day", "60 per 10 minutes; 200 per day", "10 per day"),
    "private_page.new_link": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "address.ask": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "privacy.notice": RateLimit("20 per hour; 60 per day", "80 per hour; 240 per day", "4 per hour; 12 per day"),
    "colleague_questions.ask": RateLimit("10 per hour; 20 per day", "40 per hour; 80 per day", "4 per hour; 8 per day"),
    "alerts.follow": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "drafts.keep": RateLimit("30 per hour; 100 per day", "120 per hour; 400 per day", "10 per hour; 20 per day"),
    # A code of 80 bits that anyone may guess at: hardly anybody has one to enter.
    "transcript.enter_code": RateLimit("10 per hour; 30 per day", "20 per hour; 60 per day"),
    "accounts.sign_in": RateLimit("30 per 10 minutes; 200 per day", "120 per 10 minutes; 800 per day"),
}


def init_app(app: Flask) -> None:
    """Count every POST; one over the limit gets 429 with `Retry-After`."""
    if app.config["RATELIMIT_ENABLED"]:
        app.before_request(count_request)


def count_request() -> None:
    """Count this request, shortest windows first; reads and unknown addresses are not counted."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    name = limit_name()
    limits = LIMITS.get(name, DEFAULT_LIMIT)
    address, recipient = parse_address(request.remote_addr or ""), tidy_email(request.form.get("email"))
    by_key = {daily_name("address", str(address)): limits.address, network_key(address): limits.network}
    if recipient:
        by_key[keyed_name("recipient", recipient)] = limits.recipient
    windows = [
        Window(f"{name}/{key}/{most}/{seconds}", seconds, most)
        for key, text in by_key.items()
        for seconds, most in parse_limits(text)
    ]
    windows.sort(key=lambda each: each.seconds)
    is_preview, closes_at = f"{name}:send" in LIMITS, None
    # A preview stores nothing and writes to nobody: its author does not wait for another's lock to be counted.
    with suppress(OperationalError) if is_preview else nullcontext():
        closes_at = count_each(windows, patience=PREVIEW_PATIENCE if is_preview else None)
    if closes_at is not None:
        raise TooManyRequests(retry_after=max(1, math.ceil(closes_at - time.time())))


@cache
def parse_limits(text: str) -> Sequence[tuple[int, int]]:
    """Return the seconds and the most requests of each window in « 12 per 10 minutes; 40 per day »."""
    windows = re.findall(r"(\d+) per (\d*) ?(minute|hour|day)", text)
    return [(int(number or 1) * SECONDS[unit], int(most)) for most, number, unit in windows]


def limit_name() -> str:
    """Return the request's key in `LIMITS`: its endpoint, or `endpoint:send` for the last step of a form."""
    endpoint = request.endpoint or ""
    sending = f"{endpoint}:send"
    return sending if sending in LIMITS and request.form.get("step") == "send" else endpoint


def network_key(address: IPv4Address | IPv6Address) -> str:
    """Return the counter's key for a client's network: /24 in IPv4, /64 in IPv6, the size of one household."""
    bits = 24 if address.version == 4 else 64  # noqa: PLR2004  # the two versions of IP
    return daily_name("network", str(ip_network((address, bits), strict=False)))


def parse_address(written: str) -> IPv4Address | IPv6Address:
    """Parse an IP address; IPv4 mapped to IPv6 becomes IPv4, and all unreadable ones are `::`."""
    try:
        address = ip_address(written)
    except ValueError:
        return ip_address("::")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def keyed_name(kind: str, value: str, key: bytes | None = None) -> str:
    return f"{kind}:{hmac.digest(key or secret_key(), f'{kind}:{value}'.encode(), 'sha256').hex()[:32]}"


def daily_name(kind: str, value: str) -> str:
    """Return the name of an address of the network, by a key derived from the day's date."""
    return keyed_name(kind, value, hmac.digest(secret_key(), f"addresses of {now().date()}".encode(), "sha256"))


def secret_key() -> bytes:
    """Return the oldest key (app/tokens.py): counts go on while newer ones are added."""
    keys = [current_app.config["SECRET_KEY"], *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]
    return str(keys[-1]).encode()
