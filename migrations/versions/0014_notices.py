"""What readers report of published testimonials, and since when an editor is waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENTS = ("waiting_since", "active_at")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_notice_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_testimonial_id", "notice", ["testimonial_id"])
    op.create_index("ix_notice_handled_at", "notice", ["handled_at"])
    # Plain ALTER TABLE on both engines: a rebuilt table would lose its triggers.
    op.add_column("testimonial", sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_testimonial_noticed_at", "testimonial", ["noticed_at"])
    op.add_column("board_line", sa.Column("noticed", sa.Boolean(), nullable=False, server_default=sa.false()))
    for moment in MOMENTS:
        op.create_index(f"ix_board_line_noticed_{moment}", "board_line", ["pile", "noticed", moment, "testimonial_id"])


def downgrade() -> None:
    for moment in MOMENTS:
        op.drop_index(f"ix_board_line_noticed_{moment}", "board_line")
    op.drop_column("board_line", "noticed")
    op.drop_index("ix_testimonial_noticed_at", "testimonial")
    op.drop_column("testimonial", "noticed_at")
    op.drop_table("notice")
