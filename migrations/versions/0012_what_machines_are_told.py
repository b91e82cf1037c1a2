"""What machines are told of each testimonial shown, beside the HTML that people read.

`flask prepare` writes it for what is already published.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A process of the version before may still put up what it publishes: it says nothing to machines until `prepare`.
COLUMNS = {"themes": sa.String(), "said": sa.Text()}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("facsimile", sa.Column(name, kind, nullable=False, server_default=""))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("facsimile", name)
