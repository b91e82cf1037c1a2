"""The author's private page: status, consents, proof, objection, withdrawal, erasure."""
