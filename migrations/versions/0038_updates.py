"""Updates: what became of it in each version, final like its other words; when each author is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

COLUMNS = ("became VARCHAR(32)", "became_on DATE", "sequel TEXT DEFAULT '' NOT NULL")


def upgrade() -> None:
    # In SQL: a rebuilt table would lose the triggers of SQLite.
    for column in COLUMNS:
        op.execute(f"ALTER TABLE version ADD COLUMN {column}")
    refusal = "WHEN TRUE BEGIN SELECT RAISE(ABORT, 'version is append-only'); END"
    if op.get_bind().dialect.name == "postgresql":
        refusal = "EXECUTE FUNCTION refuse_change()"
    op.execute(
        f"CREATE TRIGGER update_is_final BEFORE UPDATE OF became, became_on, sequel ON version FOR EACH ROW {refusal}"
    )
    op.create_table(
        "update_request",
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("ask_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_update_request_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_update_request"),
    )
