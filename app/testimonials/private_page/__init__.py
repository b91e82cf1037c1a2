"""The author's private page: status, consents, signature, withdrawal, erasure."""
