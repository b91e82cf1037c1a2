"""Notices of four kinds, with passage, name, reply and the date promised; the queue's « Signalés » sorted by it.

A reason becomes a kind (docs/decisions/0041). A notice without words of its own says the answer that its sender ticked.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KINDS = {
    "diffamation_injure": "illegal",
    "tiers_identifiable": "personal_data",
    "promotion": "other",
    "autre": "other",
}
# The answers that readers ticked, in the words of the form.
TICKED = {
    "diffamation_injure": "Des propos sont faux ou blessants.",
    "tiers_identifiable": "On m’y reconnaît, ou j’y reconnais quelqu’un.",
    "promotion": "C’est de la publicité.",
}
PROMISED = timedelta(days=7)  # the delay of every notice until now

MOMENT = sa.DateTime(timezone=True)
notice = sa.table(
    "notice",
    sa.column("id", sa.Integer),
    sa.column("testimonial_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("reason", sa.String),
    sa.column("words", sa.Text),
    sa.column("at", MOMENT),
    sa.column("due_at", MOMENT),
    sa.column("handled_at", MOMENT),
    sa.column("outcome", sa.String),
)
testimonial = sa.table("testimonial", sa.column("id", sa.Integer), sa.column("notice_due_at", MOMENT))
queue_row = sa.table("queue_row", sa.column("testimonial_id", sa.Integer), sa.column("notice_due_at", MOMENT))


def upgrade() -> None:
    op.execute("ALTER TABLE notice RENAME COLUMN reason TO kind")
    for name in ("passage", "reply"):
        op.add_column("notice", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("notice", sa.Column("name", sa.String(), nullable=True))
    for name in ("is_child_abuse", "in_good_faith"):
        op.add_column("notice", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("notice", sa.Column("due_at", MOMENT, server_default="1970-01-01 00:00:00", nullable=False))
    for table in ("testimonial", "queue_row"):
        op.add_column(table, sa.Column("notice_due_at", MOMENT, nullable=True))
    columns = ["listed_status", "noticed", "notice_due_at", "testimonial_id"]
    op.create_index("ix_queue_row_noticed_notice_due_at", "queue_row", columns)
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    is_wordless = (notice.c.words == "") & notice.c.handled_at.is_(None)
    for reason, words in TICKED.items():
        connection.execute(notice.update().where(is_wordless, notice.c.kind == reason).values(words=words))
    for reason, kind in KINDS.items():
        connection.execute(notice.update().where(notice.c.kind == reason).values(kind=kind))
    for number, at in connection.execute(sa.select(notice.c.id, notice.c.at)).all():
        connection.execute(notice.update().where(notice.c.id == number).values(due_at=at + PROMISED))
    for table, number in ((testimonial, testimonial.c.id), (queue_row, queue_row.c.testimonial_id)):
        is_open = (notice.c.testimonial_id == number) & notice.c.handled_at.is_(None)
        first = sa.select(sa.func.min(notice.c.due_at)).where(is_open).scalar_subquery()
        connection.execute(table.update().values(notice_due_at=first))
