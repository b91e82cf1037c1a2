"""The identity provider of the settings, and the process's client of it.

authlib and requests are imported by `client.py` alone, where somebody signs in by it.
"""

from typing import TYPE_CHECKING

from flask import abort, current_app

from config import IdentityProvider

if TYPE_CHECKING:
    from app.accounts.identities.client import ProviderClient

EXTENSION = "identity-provider"


def settings() -> IdentityProvider:
    """Return the settings of the provider; 404 where there is none."""
    provider: IdentityProvider | None = current_app.config["IDENTITY_PROVIDER"]
    return provider or abort(404)


def client() -> "ProviderClient":
    """Return the process's client of the provider, which keeps what it has read of it; 404 where there is none."""
    provider = settings()
    kept = current_app.extensions.get(EXTENSION)
    if kept is None or kept.settings is not provider:
        from app.accounts.identities.client import ProviderClient

        kept = current_app.extensions[EXTENSION] = ProviderClient(provider)
    client: ProviderClient = kept
    return client
