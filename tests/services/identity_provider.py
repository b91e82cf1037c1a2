"""A real OpenID provider on loopback, whose answers a test may falsify or refuse."""

import json
import logging
import threading
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
PROVIDER = "/.well-known/openid-configuration"


def signed(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, KEY)


@dataclass
class Provider:
    """The provider: its issuer, the addresses that were asked of it, and what becomes of its answers.

    `claims` and `metadata` replace members of an ID token and of the metadata (None: leaves out), `sign` signs the
    token, `answers` is what other addresses answer, by their path.
    """

    issuer: str
    claims: Claims = field(default_factory=dict)
    metadata: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] = signed
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    answers: dict[str, Response] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    posted: list[dict[str, list[str]]] = field(default_factory=list)

    def give(self, subject: str, **claims: Any) -> None:
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
        if request.path == PROVIDER:
            response.set_data(json.dumps(changed(json.loads(response.get_data()), self.metadata)))
        if request.path == "/jwks":
            response = Response(json.dumps(KeySet(list(self.keys)).as_dict(private=False)), mimetype="application/json")
        if request.path == "/oauth2/token":
            self.posted.append(parse_qs(request.get_data(as_text=True)) | request.form.to_dict(flat=False))
            if response.status_code == 200:
                token = json.loads(response.get_data())
                part = token["id_token"].split(".")[1]
                claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                # A minute, as ProConnect's: of a token that is to be renewed, the client would ask more.
                short = {"expires_in": 60, "refresh_token": None, "id_token": self.sign(changed(claims, self.claims))}
                response.set_data(json.dumps(changed(token, short)))
        return self.answers.get(request.path, response)


def changed(members: Claims, changes: Claims) -> Claims:
    return {name: value for name, value in (members | changes).items() if value is not None}


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
