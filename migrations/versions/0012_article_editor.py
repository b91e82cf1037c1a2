"""Editors of some articles: whether an account edits them all, and the articles given to it otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("edits_all", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "article_editor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_article_editor_user_id_user_account"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_article_editor_article_id_article", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name="pk_article_editor"),
    )
    op.create_index("ix_article_editor_article_id", "article_editor", ["article_id"])
