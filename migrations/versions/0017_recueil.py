"""Recueils: a choice of testimonials as a document; its file, and whom the file holds."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recueil",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("pages_set", sa.Integer(), nullable=False),
        sa.Column("pages_expected", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_recueil_article_id_article"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name="fk_recueil_asked_by_id_user_account"),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name="fk_recueil_author_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_recueil"),
    )
    op.create_index("ix_recueil_article_id", "recueil", ["article_id"])
    op.create_index("ix_recueil_due_at", "recueil", ["due_at"])
    op.create_table(
        "recueil_file",
        sa.Column("recueil_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recueil_id"], ["recueil.id"], name="fk_recueil_file_recueil_id_recueil", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recueil_id", name="pk_recueil_file"),
    )
    op.create_index("ix_recueil_file_made_at", "recueil_file", ["made_at"])
    op.create_table(
        "recueil_entry",
        sa.Column("recueil_id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recueil_id"],
            ["recueil_file.recueil_id"],
            name="fk_recueil_entry_recueil_id_recueil_file",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_recueil_entry_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("recueil_id", "testimonial_id", name="pk_recueil_entry"),
    )
    op.create_index("ix_recueil_entry_testimonial_id", "recueil_entry", ["testimonial_id"])
