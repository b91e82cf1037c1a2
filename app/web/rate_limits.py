"""The limits, in one table, and what they count: an address, its network, and the recipient of an e-mail.

Requests are counted before any view, before the gate opens a transaction: the counters have one of their own.
"""

import hashlib
import hmac
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Flask, current_app, request
from limits import RateLimitItem, parse_many
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from app.db import SAFE_METHODS
from app.forms import tidy_email
from app.web import rate_counters  # noqa: F401  # its storage registers itself under `database://`


@dataclass(frozen=True)
class RateLimit:
    """How many POSTs one page takes: from one address, from its network, and about one e-mail typed in its form."""

    address: str
    network: str
    recipient: str = ""


# For every page that has no line below: nobody who uses the buttons comes near.
DEFAULT_LIMIT = RateLimit("120 per minute; 1200 per hour", "480 per minute; 4800 per hour")

# What writes to an address that anyone can type is the narrowest. A town hall is often one address for all its people.
LIMITS: Mapping[str, RateLimit] = {
    "submission.write": RateLimit("60 per 10 minutes; 200 per day", "240 per 10 minutes; 800 per day"),
    "submission.write:send": RateLimit("12 per 10 minutes; 40 per day", "60 per 10 minutes; 200 per day", "10 per day"),
    "private_page.new_link": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "privacy.notice": RateLimit("20 per hour; 60 per day", "80 per hour; 240 per day", "4 per hour; 12 per day"),
    "drafts.keep": RateLimit("30 per hour; 100 per day", "120 per hour; 400 per day", "10 per hour; 20 per day"),
    "accounts.sign_in": RateLimit("30 per 10 minutes; 200 per day", "120 per 10 minutes; 800 per day"),
}


def init_app(app: Flask) -> None:
    """Count every POST; the one too many is answered 429, with when to come back."""
    if app.config["RATELIMIT_ENABLED"]:
        limiter = FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"]))
        app.before_request(partial(count_request, limiter))


def count_request(limiter: RateLimiter) -> None:
    """Count this request, shortest windows first; who only reads, or asks for no page of ours, is not counted."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    doing = counted_act()
    allowed = LIMITS.get(doing, DEFAULT_LIMIT)
    counted = {address_key(): allowed.address, network_key(): allowed.network}
    if typed_address():
        counted[recipient_key()] = allowed.recipient
    for limit, whose in sorted((limit, whose) for whose, several in counted.items() for limit in parsed(several)):
        if not limiter.hit(limit, whose, doing):
            closes = limiter.get_window_stats(limit, whose, doing).reset_time
            raise TooManyRequests(retry_after=max(1, math.ceil(closes - time.time())))


@cache
def parsed(several: str) -> Sequence[RateLimitItem]:
    """Return the limits that a line of the table holds."""
    return parse_many(several) if several else ()


def counted_act() -> str:
    """Return what is being done: a page's name, and whether a text is being sent for good."""
    endpoint = request.endpoint or ""
    sending = f"{endpoint}:send"
    return sending if sending in LIMITS and request.form.get("step") == "send" else endpoint


def address_key() -> str:
    """Return a name for the address that asks, which does not tell it; all of IPv4 is written as IPv4."""
    return keyed_name("address", str(caller()))


def network_key() -> str:
    """Return a name for its network: /24, or /64 where one household or one machine has as many addresses."""
    asking = caller()
    bits = 24 if asking.version == 4 else 64  # noqa: PLR2004  # the two versions of IP
    return keyed_name("network", str(ip_network((asking, bits), strict=False)))


def recipient_key() -> str:
    """Return a name for the e-mail address typed in a form, which does not tell it."""
    return keyed_name("recipient", typed_address())


def typed_address() -> str:
    """Return the e-mail address typed in a form, if one is, as it would be stored: one mailbox has one count."""
    return tidy_email(request.form.get("email"))


def caller() -> IPv4Address | IPv6Address:
    """Return the address that asks, as far as the declared proxies tell."""
    return parse_address(request.remote_addr or "")


def parse_address(written: str) -> IPv4Address | IPv6Address:
    """Return an address of the network, all of IPv4 as IPv4; those that cannot be read count as one."""
    try:
        asking = ip_address(written)
    except ValueError:
        return ip_address("::")
    mapped = asking.ipv4_mapped if isinstance(asking, IPv6Address) else None
    return mapped or asking


def keyed_name(kind: str, value: str) -> str:
    """Return a keyed digest: counters hold no address of anyone."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return f"{kind}:{hmac.new(key, f'{kind}:{value}'.encode(), hashlib.sha256).hexdigest()[:32]}"
