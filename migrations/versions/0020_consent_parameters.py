"""What the wording of a consent names, as part of its proof."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent", sa.Column("parameters", sa.JSON(), server_default="{}", nullable=False))
