"""Site: another site of the network that shows the articles with their testimonials, by its key, on its host alone.

Admins register it; authors read the list beside the consent to publication, which names these sites.
"""

import re
import secrets
from datetime import datetime

from sqlalchemy import Index, Select, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.audit import Actor, AuditEvent, Kind
from app.db import Base, Numbered, now
from app.french import by_name

ACTIVE = text("active_until IS NULL")

LONGEST_HOST = 253  # signs (RFC 1035)
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?:{LABEL}\.)+(?=[a-z0-9-]*[a-z]){LABEL}")  # the last label has a letter: no address of a machine
# Python has the IDNA of 2003, which would write these as other letters, hence another host than browsers do.
READ_OTHERWISE = frozenset("ßς\u200c\u200d")
LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1)(?::[1-9][0-9]{0,4})?")


class HostRefused(ValueError):
    """What was typed is not the name of a host."""


class HostTaken(Exception):
    """A site that is active has this host."""


class Site(Numbered, Base, kw_only=True):
    """A registered site; `active_until` is the moment when it was withdrawn, None while it is active.

    `host` is as browsers write it: small letters, accents in Punycode. The `key` is in the pages of the site, where
    anyone can read it: it says which site asks, and browsers hold it to the host.
    """

    __tablename__ = "site"
    # Partial on PostgreSQL too, by migration 0005: to say so here would load that dialect where SQLite is used.
    __table_args__ = (Index("uq_site_active_host", "host", unique=True, sqlite_where=ACTIVE),)

    name: Mapped[str]
    host: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True, default_factory=lambda: secrets.token_hex(16))
    since: Mapped[datetime] = mapped_column(default_factory=now)
    active_until: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_active(self) -> bool:
        return self.active_until is None

    @property
    def origin(self) -> str:
        return f"{'http' if LOOPBACK.fullmatch(self.host) else 'https'}://{self.host}"

    @property
    def readable_host(self) -> str:
        """Return the host as people read it: « www.santé.example »; as it is where Python cannot read it."""
        try:
            return self.host.encode("ascii").decode("idna")
        except UnicodeError:
            return self.host


def tidy_host(typed: str, *, loopback: bool) -> str:
    """Return a host as browsers write it; raise `HostRefused`. A port goes with loopback alone, where that is allowed.

    The name must have a dot: « localhost » and the names of a local network are no one's in particular.
    """
    if not READ_OTHERWISE.isdisjoint(typed):
        raise HostRefused
    try:
        host = typed.strip().lower().encode("idna").decode("ascii").removesuffix(".")
    except UnicodeError as error:
        raise HostRefused from error
    if loopback and LOOPBACK.fullmatch(host):
        return host
    if len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise HostRefused
    return host


def active_sites(session: Session) -> list[Site]:
    return [site for site in all_sites(session) if site.active_until is None]


def all_sites(session: Session) -> list[Site]:
    sites = session.scalars(select(Site).order_by(Site.id))
    return sorted(sites, key=lambda site: (site.active_until is not None, by_name(site)))


def active_site(key: str) -> Select[Site]:
    return select(Site).where(Site.active_until.is_(None), Site.key == key)


def register_site(session: Session, name: str, host: str, *, by: Actor) -> Site:
    """Register a site, with a new key; raise `HostTaken`."""
    site = Site(name=name, host=host)
    try:
        with session.begin_nested():
            session.add(site)
    except IntegrityError as error:
        raise HostTaken from error
    record_site_event(session, site, Kind.SITE_REGISTERED, by)
    return site


def rename_site(session: Session, site: Site, name: str, *, by: Actor) -> None:
    if site.name != name:
        site.name = name
        record_site_event(session, site, Kind.SITE_RENAMED, by)


def withdraw_site(session: Session, site: Site, *, by: Actor) -> None:
    """Withdraw a site: its key opens nothing from the next request on. A second click changes nothing."""
    if site.is_active:
        site.active_until = now()
        record_site_event(session, site, Kind.SITE_WITHDRAWN, by)


def record_site_event(session: Session, site: Site, kind: Kind, by: Actor) -> None:
    session.add(AuditEvent.of(kind, by, reason=site.host))
