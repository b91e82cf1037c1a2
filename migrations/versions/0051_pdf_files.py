"""PDF of pages are made by the loop: a table of the pages asked for.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pdf_file",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_pdf_file_asked_at", "pdf_file", ["asked_at"])
    op.create_index("ix_pdf_file_due_at", "pdf_file", ["due_at"])


def downgrade() -> None:
    op.drop_table("pdf_file")
