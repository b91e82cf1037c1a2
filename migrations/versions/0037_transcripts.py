"""Testimonials told by voice: who typed them, told when and how, and the digest of their teller's code."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcript",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name="fk_transcript_recorded_by_id_user_account"
        ),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_transcript_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_transcript"),
        sa.UniqueConstraint("code_digest", name="uq_transcript_code_digest"),
    )
