"""The key that an account's authenticator rests on, and what its seed differs by from what that key derives."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("totp_mask", sa.String(), nullable=True))
    op.add_column("user_account", sa.Column("totp_key", sa.String(), nullable=True))
