"""Testimonials are found by all that their pages say: what found them before goes, `flask prepare` writes it anew."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    forget()


def downgrade() -> None:
    forget()


def forget() -> None:
    """Leave nothing to find: `prepare`, of whichever version, takes that for tables that are new."""
    for scope in ("search_desk", "search_public"):
        op.execute(f"DELETE FROM {scope}")
