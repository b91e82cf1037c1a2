"""Requests for everything kept about an address, whose letter's link opens it for some hours."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_address_request"),
        sa.UniqueConstraint("public_id", name="uq_address_request_public_id"),
    )
    op.create_index("ix_address_request_email", "address_request", ["email"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER address_request_marks_erasure AFTER DELETE ON address_request FOR EACH ROW BEGIN"
            " INSERT INTO erasure_mark (id, number) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET number = number + 1; END"
        )
