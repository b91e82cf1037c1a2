"""Drafts: unfinished texts kept for their authors; the letters about one go when it goes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_draft_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("key", name="uq_draft_key"),
        sa.UniqueConstraint("public_id", name="uq_draft_public_id"),
    )
    op.create_index("ix_draft_ends_at", "draft", ["ends_at"])
    with op.batch_alter_table("letter") as letter:
        letter.add_column(sa.Column("draft_id", sa.Integer(), nullable=True))
        letter.create_foreign_key("fk_letter_draft_id_draft", "draft", ["draft_id"], ["id"], ondelete="CASCADE")
        letter.create_index("ix_letter_draft_id", ["draft_id"])


def downgrade() -> None:
    op.execute("DELETE FROM letter WHERE draft_id IS NOT NULL")
    with op.batch_alter_table("letter") as letter:
        letter.drop_index("ix_letter_draft_id")
        letter.drop_constraint("fk_letter_draft_id_draft", type_="foreignkey")
        letter.drop_column("draft_id")
    op.drop_table("draft")
