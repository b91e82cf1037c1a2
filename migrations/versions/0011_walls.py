"""Counters of requests that all workers share; what a sending looked like."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_counter"),
    )
    op.create_index("ix_rate_counter_expires_at", "rate_counter", ["expires_at"])
    op.create_table(
        "spam_trace",
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_spam_trace_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_spam_trace"),
    )
    op.create_index("ix_spam_trace_fingerprint", "spam_trace", ["fingerprint"])
    op.create_index("ix_spam_trace_at", "spam_trace", ["at"])


def downgrade() -> None:
    op.drop_table("spam_trace")
    op.drop_table("rate_counter")
