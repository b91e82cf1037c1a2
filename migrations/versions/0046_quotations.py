"""Quotations are whole sentences: where each stands in an answer, since when, and until when its author was told."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

PLACED_AT = "(SELECT max(at) FROM audit_event WHERE testimonial_id = placement.testimonial_id AND kind = 'placed')"
CITED_AT = (
    "(SELECT synthesis.published_at FROM synthesis JOIN synthesis_claim ON synthesis_claim.synthesis_id = synthesis.id"
    " WHERE synthesis_claim.id = synthesis_source.claim_id)"
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    # SQLite adds no column that is never null without a default.
    op.add_column("placement", sa.Column("quoted_at", moment, nullable=False, server_default="2026-11-30 00:00:00"))
    op.add_column("placement", sa.Column("gave_way_at", moment, nullable=True))
    op.add_column("synthesis_source", sa.Column("spans", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("synthesis_source", sa.Column("quoted_at", moment, nullable=True))
    op.add_column("testimonial", sa.Column("told_until", moment, nullable=True))
    op.execute(f"UPDATE placement SET quoted_at = COALESCE({PLACED_AT}, CURRENT_TIMESTAMP)")
    spans = "'[[' || start || ', ' || stop || ']]'"
    spans = f"CAST({spans} AS JSON)" if on_postgresql() else spans
    op.execute(f"UPDATE synthesis_source SET spans = {spans}, quoted_at = {CITED_AT}")
    settle_triggers()
    for name in ("start", "stop"):
        op.drop_column("synthesis_source", name)


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def settle_triggers() -> None:
    """Have the stamps moved now: PostgreSQL alters no table whose triggers are pending."""
    if on_postgresql():
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
