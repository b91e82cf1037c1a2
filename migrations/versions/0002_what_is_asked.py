"""What an editor asks of an author, question by question, stands with the decision that asks it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("asked", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("decision", "asked")
