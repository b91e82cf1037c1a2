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


def downgrade() -> None:
    """Refuse to lose secrets: the release before this one derives them from the nonce alone."""
    left = "SELECT count(*) FROM user_account WHERE totp_mask IS NOT NULL"
    if op.get_bind().scalar(sa.text(left)):
        raise RuntimeError(
            "reset the second factors first (editors reset-second-factor): the release before cannot read them"
        )
    op.drop_column("user_account", "totp_key")
    op.drop_column("user_account", "totp_mask")
