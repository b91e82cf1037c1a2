"""Former addresses: those that an account of the desk has left, by their digests."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("former_addresses", sa.String(), server_default="", nullable=False))
