"""The definite article of each département, which `flask prepare` loads: « la Loire-Atlantique »."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("department", sa.Column("article", sa.String(), server_default="", nullable=False))
