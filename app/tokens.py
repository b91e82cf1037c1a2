"""Token: what is signed for one purpose; and keyed digests. An owner may rotate the keys of both (decision 0047).

SECRET_KEY signs; what one of SECRET_KEY_FALLBACKS signed is read until that key is taken out.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer, base64_decode, base64_encode

DRAFT_LINK = "draft"
# Purpose of the token of an invitation to answer: the testimonial, its key, the digest of the invited address.
ANSWER_LINK = "answer"
# Purpose of the token of an invitation to testify.
INVITATION_LINK = "invitation"


class LinkRefused(Exception):
    """A private link is unknown, forged, or replaced by a newer one; the page does not say which."""


@dataclass(frozen=True)
class Token:
    """A kind of signed token: the purpose that its signature is made with, and the types of what it claims."""

    purpose: str
    claims: tuple[type, ...] = field(default=(str,), kw_only=True)

    def make(self, *claims: Any) -> str:
        return sign_token(self.purpose, [*claims])

    def read(self, token: str) -> tuple[Any, ...]:
        """Return what a token claims, unchecked; empty claims for any other token.

        No row has empty claims: a refused token is looked up like any other, and takes the same time.
        """
        try:
            claims = read_token(self.purpose, token)
        except LinkRefused:
            claims = []
        is_whole = [type(each) for each in claims] == [*self.claims]
        return tuple(claims) if is_whole else tuple(kind() for kind in self.claims)


def secret_keys() -> Sequence[str]:
    """Return the keys of this site, newest first."""
    return [current_app.config["SECRET_KEY"], *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]


def key_id(key: str) -> str:
    """Return the short name of a key, 8 signs, from which the key cannot be told."""
    return hmac.digest(key.encode(), b"en-regard/key-id", "sha256").hex()[:8]


def sign_token(purpose: str, payload: list[Any]) -> str:
    return str(token_serializer(purpose).dumps(payload))


def read_token(purpose: str, token: str) -> list[Any]:
    """Return a token's payload; raise `LinkRefused` if it was not signed here for this purpose."""
    try:
        payload = token_serializer(purpose).loads(token)
    except BadSignature:
        raise LinkRefused from None
    _, _, signature = token.rpartition(".")
    # Several writings decode to the same bytes: the one that was signed here opens.
    if not isinstance(payload, list) or base64_encode(base64_decode(signature)) != signature.encode():
        raise LinkRefused
    return payload


def token_serializer(purpose: str) -> URLSafeSerializer:
    signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    # itsdangerous signs with the last key.
    keys = list(reversed(secret_keys()))
    return URLSafeSerializer(keys, salt=f"en-regard/{purpose}", signer_kwargs=signer)


def sign_draft_link(public_id: str) -> str:
    return sign_token(DRAFT_LINK, [public_id])


def sign_private_link(public_id: str, generation: int) -> str:
    return sign_token("private-link", [public_id, generation])


def keyed_digest(purpose: str, text: str, key: str | None = None) -> bytes:
    """Return a digest of a text, for one purpose, by a key, the newest by default: 32 bytes (HMAC-SHA-256)."""
    return hmac.digest((key or secret_keys()[0]).encode(), f"en-regard/{purpose}\0{text}".encode(), "sha256")


def lasting_digest(purpose: str, text: str) -> bytes:
    """Return a digest that stays while a newer key takes the first place: its key is the last of all."""
    return keyed_digest(purpose, text, secret_keys()[-1])


def named_digest(purpose: str, text: str, key: str | None = None) -> str:
    """Return a digest to store: by a key, the newest by default, after the short name of that key."""
    key = key or secret_keys()[0]
    return f"{key_id(key)}:{keyed_digest(purpose, text, key).hex()}"


def known_digests(purpose: str, text: str) -> list[str]:
    return [named_digest(purpose, text, key) for key in secret_keys()]
