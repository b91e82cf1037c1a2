"""When an author showed whose a text is, and the last act of either side: the clock counts from them."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

EVENTS = "FROM audit_event WHERE audit_event.testimonial_id = testimonial.id"


def upgrade() -> None:
    op.add_column("testimonial", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    # A constant, which SQLite asks for; every row has its own below.
    began = sa.text("'2026-01-01 00:00:00'")
    acted_at = sa.Column("acted_at", sa.DateTime(timezone=True), server_default=began, nullable=False)
    op.add_column("testimonial", acted_at)
    op.execute(
        f"UPDATE testimonial SET confirmed_at = (SELECT min(at) {EVENTS}"
        " AND kind IN ('confirm', 'identified', 'consent_again')),"
        f" acted_at = coalesce((SELECT max(at) {EVENTS} AND actor IN ('author', 'editor')), waiting_since)"
    )
    # Reminders of a request, which none of them is of the end any more.
    op.execute(
        "UPDATE testimonial SET reminded_at = NULL WHERE confirmed_at IS NOT NULL"
        " AND status IN ('pending', 'changes_requested', 'proof_sent')"
    )
    if op.get_bind().dialect.name == "postgresql":  # it alters no table whose constraints wait
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")
