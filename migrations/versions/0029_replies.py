"""Since when an accepted right of reply stands beneath a testimonial, as it was last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ACCEPTED = (
    "UPDATE testimonial SET replied_at = (SELECT max(handled_at) FROM notice"
    " WHERE notice.testimonial_id = testimonial.id AND notice.outcome = 'reply_accepted')"
    " WHERE id IN (SELECT testimonial_id FROM notice WHERE outcome = 'reply_accepted')"
)


def upgrade() -> None:
    settle_triggers()
    op.add_column("testimonial", sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ACCEPTED)
    settle_triggers()


def settle_triggers() -> None:
    """Run PostgreSQL's deferred triggers now: a table whose events wait cannot be altered."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")
