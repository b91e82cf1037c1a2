"""The days on which a call opens and closes, when an admin closed it, and the slugs that articles had."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENTS = ("closed_at", "opens_at", "closes_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("article", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "former_slug",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_former_slug_article_id_article"),
        sa.PrimaryKeyConstraint("slug", name="pk_former_slug"),
    )
    op.create_index("ix_former_slug_article_id", "former_slug", ["article_id"])
