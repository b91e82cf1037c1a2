"""Indexes of e-mails: whose turn it is, weekly letters apart; those to an address, those that announce an event."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

URGENT = sa.text("message != 'alert'")


def upgrade() -> None:
    op.create_index("ix_email_turn", "email", ["due_at"], sqlite_where=URGENT, postgresql_where=URGENT)
    op.create_index("ix_email_recipient", "email", ["recipient"])
    op.create_index("ix_email_event_id", "email", ["event_id"])
