"""Mailboxes: the addresses that mail servers deliver to one person, however they are written."""

from contextlib import suppress


def mailbox(address: str) -> str:
    """Return an address without its tag (« nom+x@… », RFC 5233), its domain as the name servers spell it (RFC 3490)."""
    local, _, domain = address.lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local.partition('+')[0] or local}@{domain}"
