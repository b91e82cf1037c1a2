"""Hints: what the assistant would have an editor look at, kept with each version and counted for the board.

Columns are added as they are, without rebuilding the tables: SQLite would lose their triggers with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null until it is examined: flask hints recompute.
    op.add_column("version", sa.Column("hints", sa.JSON(), nullable=True))
    op.add_column("testimonial", sa.Column("hint_count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("testimonial", "hint_count")
    op.drop_column("version", "hints")
