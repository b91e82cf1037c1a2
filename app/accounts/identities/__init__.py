"""Sign-in by the identity provider of an administration (OpenID Connect Core 1.0): an extra, off by default."""
