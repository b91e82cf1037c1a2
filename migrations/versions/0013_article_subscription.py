"""How often an editor gets a digest of one article, where they chose it apart."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article_subscription",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_article_subscription_user_id_user_account"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_article_subscription_article_id_article", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name="pk_article_subscription"),
    )
    op.create_index("ix_article_subscription_article_id", "article_subscription", ["article_id"])
