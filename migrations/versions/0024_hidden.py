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
