"""Accounts keep the secret of their authenticator itself: it does not rest on a key of the site any more."""

import base64
import hmac

import click
import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

OLD = ("totp_nonce", "totp_mask", "totp_key")


def upgrade() -> None:
    op.add_column("user_account", sa.Column("totp_secret", sa.String(), nullable=True))
    connection, lost = op.get_bind(), 0
    rows = connection.execute(sa.text("SELECT id, totp_nonce, totp_mask, totp_key FROM user_account")).all()
    for number, nonce, mask, key in rows:
        secrets = [secret(number, nonce, mask, each) for each in keys() if key in {None, key_id(each)}] if nonce else []
        if len(secrets) == 1:
            given = {"secret": secrets[0], "id": number}
            connection.execute(sa.text("UPDATE user_account SET totp_secret = :secret WHERE id = :id"), given)
        elif nonce:
            lost += 1
            connection.execute(sa.text("UPDATE user_account SET totp_counter = NULL WHERE id = :id"), {"id": number})
    if lost:
        click.echo(f"authenticators that rest on a key that is not set, or not known: {lost}; a new one is asked for")
    for name in OLD:
        op.drop_column("user_account", name)


def keys() -> list[str]:
    return [current_app.config["SECRET_KEY"], *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]


def key_id(key: str) -> str:
    return hmac.digest(key.encode(), b"en-regard/key-id", "sha256").hex()[:8]


def secret(number: int, nonce: str, mask: str | None, key: str) -> str:
    """Return the secret that an account's authenticator had: what the key derives from the nonce, but for the mask."""
    derived = hmac.digest(key.encode(), f"en-regard/totp\0{number} {nonce}".encode(), "sha256")[:20]
    masked = bytes(a ^ b for a, b in zip(derived, bytes.fromhex(mask or "00" * 20), strict=True))
    return base64.b32encode(masked).decode()


def downgrade() -> None:
    """Take authenticators away: their accounts are asked for a new one."""
    op.execute("UPDATE user_account SET totp_counter = NULL")
    for name in OLD:
        op.add_column("user_account", sa.Column(name, sa.String(), nullable=True))
    op.drop_column("user_account", "totp_secret")
