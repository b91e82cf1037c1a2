"""Premises: what a production start needs besides the database, seen in the settings and on the disk at once.

What must hold stops the start; of the rest, the server and the deliverer warn, and `flask doctor` tells all.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import FORMER_NAMES, IDENTITY, SETTINGS

FEWEST_SIGNS = 10  # different ones; 32 hexadecimal digits that chance made hardly ever have fewer
LEAST_SPACE = 500 * 1024 * 1024  # bytes
MEGABYTE = 1024 * 1024
SETTINGS_FILE = Path("/etc/en-regard/environment")  # where `deploy/install` puts it
# Settings of 1.0.0 that went since.
GONE = frozenset(
    (
        *("SECRET_KEYS", "COLOR_PAPER", "COLOR_TINT", "COLOR_INK", "RATE_LIMIT_STORAGE", "STALE_PAGES"),
        *("OIDC_SCOPES", "OIDC_PKCE", "OIDC_TRUSTS_EMAIL", "OIDC_SECOND_FACTOR", "OIDC_ACR_VALUES"),
        *("DRAFT_PERIOD_DAYS", "UNCONFIRMED_PERIOD_DAYS", "REPLY_PERIOD_DAYS", "EMAIL_PERIOD_DAYS"),
        *("RECUEIL_FILE_PERIOD_DAYS", "SPAM_MEMORY_DAYS", "METRICS_ADDRESSES", "BIND", "PORT", "WORKERS"),
        *("TRUSTED_HOSTS", "SECURITY_CONTACT", "FRONT_ARTICLE"),
    )
)
NOT_OURS = frozenset(("WEB_CONCURRENCY", "GUNICORN_CMD_ARGS", "TMPDIR"))  # gunicorn's and Python's, in the same file
NOBODY_S = (".invalid", ".example", ".test", ".localhost")  # names that lead nowhere (RFC 2606, RFC 6761)


class Grade(StrEnum):
    """A degree of trouble: none, some, or one with which the platform must not be open."""

    GOOD = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """A sentence about one thing that was examined."""

    grade: Grade
    sentence: str

    def __str__(self) -> str:
        return f"{self.grade}: {self.sentence}"


good, warning, fault = (partial(Finding, each) for each in Grade)


def instance_fault(folder: Path) -> str:
    """Return, in a sentence, why INSTANCE cannot be used; an empty string where it can. Nothing is created."""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir():
        return f"INSTANCE must be a folder, and {place} is a file: see docs/operating.md"
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=True):
        return f"INSTANCE must be a folder where this account may write ({place}): see docs/operating.md"
    return ""


def premises(settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the settings and the folder look like, one thing after the other."""
    yield settings_finding(settings)
    yield from name_findings(SETTINGS_FILE)
    yield key_finding([settings["SECRET_KEY"], *(settings["SECRET_KEY_FALLBACKS"] or [])])
    yield address_finding(settings["PUBLIC_URL"])
    yield sender_finding(settings)
    yield identity_finding(settings["IDENTITY"])
    yield from folder_findings(settings["INSTANCE"])


def warnings(settings: Mapping[str, Any]) -> list[str]:
    if settings["ENVIRONMENT"] != "production":
        return []
    return [finding.sentence for finding in premises(settings) if finding.grade is not Grade.GOOD]


def settings_finding(settings: Mapping[str, Any]) -> Finding:
    if settings["ENVIRONMENT"] == "production":
        return good("the settings are those of production, and none that is required is missing")
    return warning(f"the settings are those of {settings['ENVIRONMENT']}: leave EN_REGARD_ENV unset")


def name_findings(file: Path) -> Iterator[Finding]:
    """Yield the names in a file of settings that are none, as a misspelt one; nothing where there is no file."""
    written = file.read_text("utf-8", "replace") if os.access(file, os.R_OK) else ""
    known = {*SETTINGS, *FORMER_NAMES.values(), *NOT_OURS}
    for name in (each for each in re.findall(r"^(\w+)=", written, re.MULTILINE) if each not in known):
        what = "no longer a setting, and has no effect: see docs/operating.md" if name in GONE else "no setting"
        yield warning(f"{file} has {name}, which is {what}")


def key_finding(keys: list[str]) -> Finding:
    weak = [number for number, key in enumerate(keys, 1) if len(set(key)) < FEWEST_SIGNS]
    if weak:
        return warning(f"key {weak[0]} of the site is easy to guess: rotate it (docs/operating.md, « Les clés »)")
    return good("no key of the site is easy to guess")


def address_finding(public_url: str) -> Finding:
    parts = urlsplit(public_url)
    name = parts.hostname or ""
    if parts.scheme != "https":
        return warning(f"PUBLIC_URL is {public_url}, without https: sessions and private links can be read")
    if is_of_nobody(name) or is_bare_address(name):
        return warning(f"PUBLIC_URL is {public_url}: give the site a name, or passkeys and links fail")
    return good(f"the site is {public_url}")


def sender_finding(settings: Mapping[str, Any]) -> Finding:
    if not settings["SMTP_URL"]:
        return warning("SMTP_URL is not set: messages become files in INSTANCE/mail, and nobody gets any")
    sender = parseaddr(settings["MAIL_FROM"])[1]
    if is_of_nobody(sender.rpartition("@")[2]):
        return warning(f"MAIL_FROM is {sender}, whose domain exists nowhere: messages will be refused")
    return good(f"messages are from {sender}")


def identity_finding(identity: Mapping[str, str]) -> Finding:
    fictional = [name for name, value in identity.items() if value == IDENTITY[name]]
    if fictional:
        return warning(f"mentions légales have the fiction of the demo for {', '.join(fictional)}")
    return good(f"mentions légales name {identity['PUBLISHER']} and {identity['HOSTING_PROVIDER']}")


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Yield who may use INSTANCE, and how much its disk still holds."""
    if why := instance_fault(folder):
        yield fault(why)
        return
    if not folder.exists():
        yield warning(f"INSTANCE is not there yet ({folder}): `flask prepare` creates it")
        return
    open_to_others = sorted(
        each.name for each in (folder, *folder.iterdir()) if each.is_file() and others_may_read(each)
    )
    if others_may_read(folder) and open_to_others:
        yield warning(f"other accounts may read {', '.join(open_to_others)} in {folder}: chmod 700 {folder}")
    else:
        yield good(f"this account writes in {folder}, and no other reads it")
    for each in ("removed-in-1.1.json", "moderation-reports.json"):
        if (folder / each).exists():
            yield warning(f"{folder / each} has what an upgrade took away: read it, then delete it")
    free, size = shutil.disk_usage(folder).free, sum(each.stat().st_size for each in folder.glob("*.sqlite3"))
    least = max(LEAST_SPACE, 2 * size)
    if not free:
        yield fault(f"the disk of {folder} is full: nothing can be sent or erased")
    elif free < least:
        yield Finding(
            Grade.FAULT if free < LEAST_SPACE else Grade.WARNING,
            f"{free // MEGABYTE} MB are free for {folder}: {least // MEGABYTE} are wanted to erase and copy",
        )
    else:
        yield good(f"{free // MEGABYTE} MB are free for {folder}")


def others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def is_of_nobody(name: str) -> bool:
    return f".{name}".endswith(NOBODY_S)


def is_bare_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
