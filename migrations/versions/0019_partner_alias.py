"""What authors typed for a partner that the list had not, and the entry that admins recognised in it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_partner_alias_article_id_article", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_partner_alias_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="pk_partner_alias"),
        sa.UniqueConstraint("article_id", "typed", name="uq_partner_alias_article_id_typed"),
    )
    op.create_index("ix_partner_alias_partner_id", "partner_alias", ["partner_id"])
