"""Articles are changed by admins: which change is the last, whether they can be read, whether they take testimonials.

Columns are added and dropped in place: on SQLite, a table made anew would lose its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("article", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("article", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("article", "revision")
    op.drop_column("article", "is_open")
    op.drop_column("article", "is_public")
