"""Until when an editor hides a published text, while a notice is examined; and what an act found of it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("testimonial", sa.Column("hidden_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_testimonial_hidden_until", "testimonial", ["hidden_until"])
    for table in ("decision", "withdrawal"):
        op.add_column(table, sa.Column("hidden_until_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Show what is hidden: the code before this one cannot hide it, and `flask prepare` publishes it again."""
    for table in ("decision", "withdrawal"):
        op.drop_column(table, "hidden_until_before")
    op.drop_index("ix_testimonial_hidden_until", "testimonial")
    op.drop_column("testimonial", "hidden_until")
