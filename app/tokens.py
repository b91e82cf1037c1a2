"""Signed tokens, for links without an account, and keyed digests."""

import hashlib
import hmac
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

DRAFT_LINK = "draft"
# Purpose of the token of an invitation to answer a testimonial.
ANSWER_LINK = "answer"

# An identifier that no row has: a refused token is looked up like any other, and takes the same time.
NOBODY = ""


class LinkRefused(Exception):
    """A private link is unknown, forged, or replaced by a newer one; the page does not say which."""


def sign_token(purpose: str, payload: list[Any]) -> str:
    return str(token_serializer(purpose).dumps(payload))


def read_token(purpose: str, token: str) -> list[Any]:
    """Return a token's payload; raise `LinkRefused` if it was not signed here for this purpose."""
    try:
        payload = token_serializer(purpose).loads(token)
    except BadSignature:
        raise LinkRefused from None
    if not isinstance(payload, list):
        raise LinkRefused
    return payload


def token_serializer(purpose: str) -> URLSafeSerializer:
    signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"en-regard/{purpose}", signer_kwargs=signer)


def sign_draft_link(public_id: str) -> str:
    return sign_token(DRAFT_LINK, [public_id])


def sign_private_link(public_id: str, generation: int) -> str:
    """Return the token of a private link: bound to one testimonial and to one generation of its link."""
    return sign_token("private-link", [public_id, generation])


def claimed_private_link(token: str) -> tuple[str, int]:
    """Return a private link's testimonial and generation, unchecked; those of `NOBODY` for any other token."""
    match token_claims("private-link", token):
        case [str(public_id), int(generation)]:
            return public_id, generation
        case _:
            return NOBODY, 0


def claimed_receipt(token: str) -> str:
    """Return a receipt's identifier, unchecked; `NOBODY` for any other token."""
    match token_claims("receipt", token):
        case [str(public_id)]:
            return public_id
        case _:
            return NOBODY


def claimed_invitation(token: str) -> tuple[str, str, str]:
    """Return what an invitation to answer claims, unchecked; `NOBODY` for any other token.

    It is the testimonial, the key of the invitation, and the digest of the invited address.
    """
    match token_claims(ANSWER_LINK, token):
        case [str(public_id), str(key), str(digest)]:
            return public_id, key, digest
        case _:
            return NOBODY, NOBODY, NOBODY


def token_claims(purpose: str, token: str) -> list[Any]:
    try:
        return read_token(purpose, token)
    except LinkRefused:
        return []


def keyed_digest(purpose: str, text: str) -> bytes:
    """Return a keyed digest of a text, for one purpose: 32 bytes (HMAC-SHA-256)."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"en-regard/{purpose}\0{text}".encode(), "sha256")
