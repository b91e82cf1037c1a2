"""How often each editor is told what waits, and finding what is contested."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_subscription_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", name="pk_subscription"),
    )
    op.create_index("ix_testimonial_contested_at", "testimonial", ["contested_at"])


def downgrade() -> None:
    op.drop_index("ix_testimonial_contested_at", "testimonial")
    op.drop_table("subscription")
