"""A real SMTP peer on loopback, which keeps what it is sent and can be told to refuse it."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    """One message as it arrived: who the envelope names, and what was in it."""

    sender: str
    recipients: list[str]
    message: EmailMessage


BYE = "221 Bye"


@dataclass
class Peer:
    """A mail server that accepts everything until it is told otherwise."""

    host: str = "127.0.0.1"
    port: int = 0
    received: list[Received] = field(default_factory=list)
    _refusals: dict[str | None, str] = field(default_factory=dict)
    _goodbye: str = BYE
    _lines: int | None = None
    _hangs: bool = False
    on_message: Callable[[], None] | None = None
    """What happens while a message comes, before its answer."""

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def refuse(self, reply: str = "550 5.1.1 No such mailbox", *, recipient: str | None = None) -> None:
        """Answer `reply` (451… is temporary, 550… is final) to mail for `recipient`, or to all mail."""
        self._refusals[recipient] = reply

    def refuse_goodbyes(self, reply: str = "421 4.3.2 Going down") -> None:
        """Answer `reply` to whoever takes leave."""
        self._goodbye = reply

    def stop_after(self, lines: int, *, hangs: bool) -> None:
        """Give each connection so many lines, the greeting first, then hang up, or hang: say nothing more."""
        self._lines, self._hangs = lines, hangs

    def accept(self) -> None:
        self._refusals.clear()
        self._goodbye = BYE
        self._lines = None
        self.on_message = None

    # The names of the three methods below are aiosmtpd's.

    async def handle_RCPT(  # noqa: N802  # aiosmtpd looks the method up by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer each recipient, and remember those who are accepted."""
        if refusal := self._refusals.get(address, self._refusals.get(None)):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd looks the method up by this name
        """Take leave."""
        return self._goodbye

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd looks the method up by this name
        """Keep the message."""
        if self.on_message:
            self.on_message()
        # On the wire lines end in CRLF; a test compares with what was written.
        content = (envelope.original_content or b"").replace(b"\r\n", b"\n")
        message = message_from_bytes(content, policy=policy.default)
        self.received.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return "250 OK"


class Dialogue(SMTP):
    """A connection, which a peer may end, or forget, before any line that it says."""

    given = 0

    async def push(self, status: AnyStr) -> None:
        """Say a line."""
        peer: Peer = self.event_handler
        if peer._lines is not None and self.given >= peer._lines:  # noqa: SLF001  # in one with the peer
            assert self._writer is not None
            try:
                if peer._hangs and self._reader is not None:  # noqa: SLF001  # as above
                    await self._reader.read()  # until the other side leaves
            finally:
                self._writer.transport.abort()
            await asyncio.get_running_loop().create_future()  # until the connection is lost, which cancels it
        self.given += 1
        await super().push(status)


@contextmanager
def peer() -> Iterator[Peer]:
    # It tells of every command it is given, addresses and all.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    # Not aiosmtpd's Controller: it cannot be asked for whichever port is free.
    peer = Peer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
    thread.start()

    async def listen() -> asyncio.Server:
        # SMTPUTF8 because addresses may bear accents.
        return await loop.create_server(lambda: Dialogue(peer, enable_SMTPUTF8=True, loop=loop), peer.host, 0)

    async def hang_up(server: asyncio.Server) -> None:
        server.close()
        # A client that a failed test left connected would otherwise be waited for.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        asyncio.run_coroutine_threadsafe(hang_up(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
