"""The subject of a letter to an author, kept with its words among the remarks."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remark", sa.Column("subject", sa.String(), server_default="", nullable=False))
