"""Former addresses: those that accounts of the desk have left, by their digests."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_address",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "user_id", name="pk_former_address"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_former_address_user_id_user_account"),
    )


def downgrade() -> None:
    op.drop_table("former_address")
