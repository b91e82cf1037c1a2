"""Withdrawals of published texts, with what calling them back restores, for as long as that is possible."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends_reuse", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_before", sa.String(length=32), nullable=False),
        sa.Column("waiting_since_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_number_before", sa.Integer(), nullable=True),
        sa.Column("masks_number_before", sa.Integer(), nullable=True),
        sa.Column("shown_number_before", sa.Integer(), nullable=True),
        sa.Column("settled_number_before", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_withdrawal"),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_withdrawal_testimonial_id_testimonial"
        ),
    )
    op.create_index("ix_withdrawal_at", "withdrawal", ["at"])
