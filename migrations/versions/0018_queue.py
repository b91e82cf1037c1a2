"""Reading, and the queue's filters by consent to reuse and to being contacted, filled from the consents."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CONSENTS = ("reuse_consent", "contact_consent")
SORTS = ("waiting_since", "active_at")
# The last answer on being contacted, of those whose address is kept.
IS_GIVEN = (
    "SELECT answer = 'given' FROM consent WHERE consent.testimonial_id = testimonial.id AND purpose = 'contact'"
    " ORDER BY consent.id DESC LIMIT 1"
)
FILL = (
    "UPDATE queue_row SET"
    " reuse_consent = (SELECT testimonial.reuse_consent FROM testimonial WHERE testimonial.id = testimonial_id),"
    f" contact_consent = (SELECT COALESCE(({IS_GIVEN}), false) AND email IS NOT NULL"  # names of ours
    " FROM testimonial WHERE testimonial.id = testimonial_id)"
)


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_reading_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_reading_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", "testimonial_id", name="pk_reading"),
    )
    for name in CONSENTS:
        op.add_column("queue_row", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(FILL)
    for name in CONSENTS:
        for sort in SORTS:
            columns = ["listed_status", name, sort, "testimonial_id"]
            op.create_index(f"ix_queue_row_{name}_{sort}", "queue_row", columns)
