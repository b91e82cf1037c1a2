"""Transports: SMTP or, when no server is configured, `.eml` files in the instance folder."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 20  # seconds
PERMANENT = 500  # SMTP: from here on, trying again is useless (RFC 5321, 4.2.1)


class NotDelivered(Exception):
    """The message has not left; it may leave later, unless `final` (no such address). The text names no address."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Transport(Protocol):
    """A way to send a message."""

    def send(self, message: EmailMessage) -> None:
        """Send one message, or raise `NotDelivered`."""


class Smtp:
    """A mail server: `smtp://[user:password@]host[:port]` (STARTTLS when offered), `smtps://…` for TLS at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL is smtp://host:port or smtps://host:port")
        self.tls = parts.scheme == "smtps"
        self.host = parts.hostname
        self.port = parts.port or (465 if self.tls else 587)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        """Send one message; credentials go over an encrypted connection only.

        A message that the server has accepted has left, though the server then fails at QUIT.
        """
        with self.reached() as server:
            server.send_message(message)

    @contextmanager
    def reached(self) -> Iterator[smtplib.SMTP]:
        """Give the server, signed in; raise `NotDelivered` where it does not let one in, or refuses a message."""
        try:
            server = self.connect()
            try:
                self.identify(server)
                yield server
            finally:
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            (code, _reply), *_ = error.recipients.values()
            raise NotDelivered(f"{type(error).__name__} {code}", final=code >= PERMANENT) from error
        except (OSError, smtplib.SMTPException) as error:
            # Its words could name an address.
            raise NotDelivered(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error

    def connect(self) -> smtplib.SMTP:
        if self.tls:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)

    def identify(self, server: smtplib.SMTP) -> None:
        """Encrypt the connection if the server can, and sign in if the URL has a user."""
        server.ehlo()
        if not self.tls and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        elif not self.tls and self.user:
            raise smtplib.SMTPNotSupportedError("no STARTTLS: the password stays here")
        if self.user:
            server.login(self.user, self.password)


class Folder:
    """Messages as `.eml` files, for a machine without a mail server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, message: EmailMessage) -> None:
        """Write one message; the names of the files sort by time."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").split("@")[0]
        (self.path / f"{name}.eml").write_bytes(message.as_bytes(policy=SMTP))


def configured_transport(smtp_url: str, folder: Path) -> Transport:
    return Smtp(smtp_url) if smtp_url else Folder(folder)
