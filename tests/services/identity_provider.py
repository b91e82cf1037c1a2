"""A real OpenID provider on loopback, whose answers a test may falsify, delay or refuse."""

import json
import logging
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import oidc_provider_mock  # type: ignore[import-untyped]  # it ships no types
from flask import Flask, Response, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

KEY = RSAKey.generate_key(2048, {"kid": "first"}, private=True)
Claims = dict[str, Any]


def signed(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, KEY)


@dataclass
class Provider:
    """The provider: its issuer, the addresses that were asked of it, and what becomes of its answers.

    `claims` changes those of an ID token, `sign` signs it, `document` changes what any address answers, by its path;
    `asked` has the query of each authorization request.
    """

    issuer: str
    claims: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] = signed
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    document: dict[str, Callable[[Response], Response]] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    posted: list[dict[str, list[str]]] = field(default_factory=list)

    def give(self, subject: str, **claims: Any) -> None:
        """Have somebody known there."""
        body = json.dumps(claims).encode()
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"{self.issuer}/users/{subject}", body, headers, method="PUT")).close()  # noqa: S310  # ours

    def answer(self, address: str, subject: str) -> str:
        """Sign somebody in on the page at an address; return the address to which the provider then leads."""
        client = self.app.test_client()
        parts = urlsplit(address)
        page = client.post(f"{parts.path}?{parts.query}", base_url=self.issuer, data={"sub": subject})
        return str(page.location)

    app: Flask = field(default_factory=lambda: oidc_provider_mock.app(require_nonce=True))

    def changed(self, response: Response) -> Response:
        """Replace the provider's keys by ours, sign its tokens by them, and change what the test asks."""
        if not request.path.startswith("/users/"):
            self.paths.append(request.path)
        if request.path == "/jwks":
            response = Response(json.dumps(KeySet(list(self.keys)).as_dict(private=False)), mimetype="application/json")
        if request.path == "/oauth2/token":
            self.posted.append(parse_qs(request.get_data(as_text=True)) | request.form.to_dict(flat=False))
            if response.status_code == 200:
                token = json.loads(response.get_data())
                token["id_token"] = self.sign(self.claims(read_claims(token["id_token"])))
                response.set_data(json.dumps(token))
        change = self.document.get(request.path)
        return change(response) if change else response


def read_claims(token: str) -> Claims:
    part = token.split(".")[1]
    claims: Claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def delayed(seconds: float) -> Callable[[Response], Response]:
    """Return a change that sends a document a sign at a time, for so many seconds in all."""

    def change(response: Response) -> Response:
        body = response.get_data()

        def parts() -> Iterator[bytes]:
            for each in body[:-1]:
                yield bytes([each])
                time.sleep(seconds / len(body))
            yield body[-1:]

        return Response(parts(), mimetype="application/json")

    return change


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """Give the provider, listening on loopback until the block ends."""
    # It runs in the process of the tests, whose logs show no address.
    logging.getLogger("oidc_provider_mock").setLevel(logging.WARNING)
    provider = Provider("")
    provider.app.after_request(provider.changed)
    server = make_server("localhost", 0, provider.app, threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
