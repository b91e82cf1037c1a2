"""Identities of an OpenID Connect provider, bound to accounts; sessions that it opened with two factors."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bound_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_bound_identity_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_bound_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_bound_identity_issuer_subject"),
        sa.UniqueConstraint("user_id", "issuer", name="uq_bound_identity_user_id_issuer"),
    )
    op.add_column("editor_session", sa.Column("two_factors", sa.Boolean(), server_default=sa.false(), nullable=False))
