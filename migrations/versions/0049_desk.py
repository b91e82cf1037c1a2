"""No record of who opened which text."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("reading")  # kept until its text is erased, and no longer: no file has it


def downgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_reading_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_reading_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", "testimonial_id", name="pk_reading"),
    )
