"""Rate limits, in one table, by IP address, by network, and by the e-mail address typed in the form.

Requests are counted before any view, and before the gate opens a transaction: the counters, one row each, which all
workers share, have their own. A rollback of the request uncounts nothing, and SQLite does not wait for itself.

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
from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, current_app, request
from sqlalchemy import Connection, TextualSelect, bindparam, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column
from werkzeug.exceptions import TooManyRequests

from app.db import SAFE_METHODS, Base, UTCDateTime, db, delete_rows, now
from app.forms import tidy_email


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
    "responses.write": RateLimit("60 per 10 minutes; 200 per day", "240 per 10 minutes; 800 per day"),
    "responses.write:send": RateLimit("12 per 10 minutes; 40 per day", "60 per 10 minutes; 200 per day", "10 per day"),
    "private_page.new_link": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "address.ask": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "notices.report": RateLimit("20 per hour; 60 per day", "80 per hour; 240 per day", "4 per hour; 12 per day"),
    "colleague_questions.ask": RateLimit("10 per hour; 20 per day", "40 per hour; 80 per day", "4 per hour; 8 per day"),
    "alerts.follow": RateLimit("10 per hour; 30 per day", "40 per hour; 120 per day", "4 per hour; 12 per day"),
    "drafts.save": RateLimit("30 per hour; 100 per day", "120 per hour; 400 per day", "10 per hour; 20 per day"),
    # A code of 80 bits that anyone may guess at: hardly anybody has one to enter.
    "voice.enter_code": RateLimit("10 per hour; 30 per day", "20 per hour; 60 per day"),
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


@dataclass(frozen=True)
class Window:
    """A counter, how long its window lasts once opened, in seconds, and the most requests that it accepts."""

    key: str
    seconds: int
    most: int


class RateCounter(MappedAsDataclass, Base, kw_only=True):
    """The number of requests since a window opened; void once it has closed."""

    __tablename__ = "rate_counter"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


rate_counter: Any = RateCounter.__table__


def count_each(windows: Sequence[Window], *, patience: int | None = None) -> float | None:
    """Count a request in each window, in order, as far as the first that is exceeded.

    Return when that one closes, in seconds since 1970; None where no window is exceeded. Raises `OperationalError`
    where another keeps SQLite's write lock for longer than `patience`, in milliseconds, or than every statement waits.
    """
    with db.engine.execution_options(sqlite_patience=patience).begin() as connection:
        counts = count_up(connection, {each.key: each.seconds for each in windows})
        for number, window in enumerate(windows, 1):
            count, closes_at = counts[window.key]
            if count > window.most:
                later = RateCounter.key.in_([each.key for each in windows[number:]])
                connection.execute(rate_counter.update().where(later).values(count=RateCounter.count - 1))
                return closes_at.timestamp()
    return None


def count_up(connection: Connection, seconds: dict[str, int]) -> dict[str, tuple[int, datetime]]:
    """Count up the windows of some keys, those that have closed from zero; return counts and ends, by key."""
    moment = now()
    values: dict[str, object] = {"moment": moment}
    # In the order of the keys, in which every request locks them: no deadlock on PostgreSQL.
    for number, key in enumerate(sorted(seconds)):
        values |= {f"key{number}": key, f"end{number}": moment + timedelta(seconds=seconds[key])}
    return {key: (count, end) for key, count, end in connection.execute(counting(len(seconds)), values)}


@cache
def counting(number: int) -> TextualSelect:
    """Return the statement that counts up so many windows: text, since SQLAlchemy compiles lists of rows each time."""
    rows = ", ".join(f"(:key{each}, 1, :end{each})" for each in range(number))
    counted = text(
        f"INSERT INTO rate_counter (key, count, expires_at) VALUES {rows} ON CONFLICT (key) DO UPDATE SET"  # noqa: S608  # names of parameters
        " count = CASE WHEN rate_counter.expires_at <= :moment THEN excluded.count"
        " ELSE rate_counter.count + excluded.count END,"
        " expires_at = CASE WHEN rate_counter.expires_at <= :moment THEN excluded.expires_at"
        " ELSE rate_counter.expires_at END RETURNING key, count, expires_at"
    )
    moments = [bindparam(name, type_=UTCDateTime()) for name in ("moment", *(f"end{each}" for each in range(number)))]
    return counted.bindparams(*moments).columns(RateCounter.key, RateCounter.count, RateCounter.expires_at)


def expire_counters(session: Session) -> int:
    return delete_rows(session, RateCounter, RateCounter.expires_at <= now())
