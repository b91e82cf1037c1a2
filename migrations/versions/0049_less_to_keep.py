"""One rhythm of e-mails a person, one text a usual sentence, authenticators apart from the key; no readings, no box.

What goes is kept in a file of the instance folder, but for who opened which text. The most frequent rhythm of the
articles that a person edits becomes theirs where the one for all had no effect, each article having its own, or where
the one for all is « never ». Accounts keep the secret of their authenticator itself.
"""

import base64
import hmac
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

REMOVED = {
    "article_subscription": "SELECT * FROM article_subscription ORDER BY user_id, article_id",
    "usual_sentence": (
        "SELECT * FROM usual_sentence WHERE number <"
        " (SELECT max(number) FROM usual_sentence AS latest WHERE latest.code = usual_sentence.code) ORDER BY id"
    ),
    "notice": "SELECT id, testimonial_id, at, is_child_abuse FROM notice WHERE is_child_abuse ORDER BY id",
}
TOTP = ("totp_nonce", "totp_mask", "totp_key")  # what the secret of an authenticator was derived from
RHYTHMS = ("at_once", "daily", "weekly", "never")  # the most frequent first
EDITED = (
    "SELECT user_account.id, article.id FROM user_account CROSS JOIN article"
    " WHERE user_account.role = 'admin' OR user_account.edits_all UNION SELECT user_id, article_id FROM article_editor"
)
SENTENCE: Mapping[str, sa.types.TypeEngine[Any]] = {
    "code": sa.String(),
    "number": sa.Integer(),
    "words": sa.Text(),
    "user_id": sa.Integer(),
    "at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    keep_removed()
    carry_rhythms()
    op.drop_table("article_subscription")
    op.drop_table("reading")  # kept until its text is erased, and no longer: no file has it
    remake_sentences(sa.PrimaryKeyConstraint("code", name="pk_usual_sentence"))
    op.drop_column("notice", "is_child_abuse")  # its sender's words say it
    keep_authenticators()


def keep_removed() -> None:
    removed = {name: [dict(row) for row in read(query).mappings()] for name, query in REMOVED.items()}
    if any(removed.values()):
        kept = Path(current_app.config["INSTANCE"]) / "removed-in-1.1.json"
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(removed, file, ensure_ascii=False, indent=1, default=str)


def carry_rhythms() -> None:
    chosen: Mapping[int, dict[int, str]] = defaultdict(dict)
    edited: Mapping[int, set[int]] = defaultdict(set)
    for user_id, article_id, frequency in read("SELECT user_id, article_id, frequency FROM article_subscription"):
        chosen[user_id][article_id] = frequency
    for user_id, article_id in read(EDITED):
        edited[user_id].add(article_id)
    silent = {user_id for (user_id,) in read("SELECT user_id FROM subscription WHERE frequency = 'never'")}
    for user_id, frequencies in chosen.items():
        own = [frequencies[each] for each in edited[user_id] if each in frequencies]
        if own and (len(own) == len(edited[user_id]) or user_id in silent):
            carried = min(own, key=RHYTHMS.index)
            changed = sa.text("UPDATE subscription SET frequency = :carried WHERE user_id = :user_id")
            op.execute(changed.bindparams(carried=carried, user_id=user_id))


def remake_sentences(*keys: sa.Column[int] | sa.Constraint) -> None:
    """Make the table again with other keys; of each sentence, its latest words."""
    known = sa.table("usual_sentence", *(sa.column(name, kind) for name, kind in SENTENCE.items()))
    versions = op.get_bind().execute(sa.select(known).order_by(known.c.number)).mappings().all()
    op.drop_table("usual_sentence")
    by_whom = sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_usual_sentence_user_id_user_account")
    op.create_table(
        "usual_sentence", *(sa.Column(name, kind, nullable=False) for name, kind in SENTENCE.items()), by_whom, *keys
    )
    op.bulk_insert(known, [*{each["code"]: dict(each) for each in versions}.values()])


def read(query: str) -> Any:
    return op.get_bind().execute(sa.text(query))


def keep_authenticators() -> None:
    op.add_column("user_account", sa.Column("totp_secret", sa.String(), nullable=True))
    connection, lost = op.get_bind(), 0
    rows = connection.execute(sa.text("SELECT id, totp_nonce, totp_mask, totp_key FROM user_account")).all()
    for number, nonce, mask, key in rows:
        if nonce is None:
            continue
        known = {secret(number, nonce, mask, each) for each in keys() if key in {None, key_id(each)}}
        if len(known) != 1:  # an authenticator that opens nothing still keeps a password from entering alone
            lost, known = lost + 1, {base64.b32encode(secrets.token_bytes(20)).decode()}
        given = {"secret": known.pop(), "id": number}
        connection.execute(sa.text("UPDATE user_account SET totp_secret = :secret WHERE id = :id"), given)
    if lost:
        click.echo(
            f"authenticators that rest on a key that is not set, or not known, and open nothing: {lost}; their owners "
            "enter by a recovery code, or an admin runs `editors reset-second-factor`"
        )
    for name in TOTP:
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
    """Take authenticators away, whose accounts are asked for a new one; nothing comes back from the file."""
    op.execute("UPDATE user_account SET totp_counter = NULL")
    for name in TOTP:
        op.add_column("user_account", sa.Column(name, sa.String(), nullable=True))
    op.drop_column("user_account", "totp_secret")
    op.add_column("notice", sa.Column("is_child_abuse", sa.Boolean(), server_default=sa.false(), nullable=False))
    remake_sentences(
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usual_sentence"),
        sa.UniqueConstraint("code", "number", name="uq_usual_sentence_code_number"),
    )
    op.create_table(
        "reading",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_reading_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_reading_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", "testimonial_id", name="pk_reading"),
    )
    op.create_table(
        "article_subscription",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_article_subscription_user_id_user_account"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_article_subscription_article_id_article", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name="pk_article_subscription"),
    )
    op.create_index("ix_article_subscription_article_id", "article_subscription", ["article_id"])
