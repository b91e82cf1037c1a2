"""Words about a text (notes between editors, objections of authors), and finding what the same CLSM has sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_remark_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_remark_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_remark"),
    )
    op.create_index("ix_remark_testimonial_id", "remark", ["testimonial_id"])
    op.create_index("ix_version_clsm", "version", ["clsm"])
    op.add_column("testimonial", sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("testimonial", "contested_at")
    op.drop_index("ix_version_clsm", "version")
    op.drop_table("remark")
