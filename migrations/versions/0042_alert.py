"""Alerts: the addresses that follow an article's testimonials, or those of some filters, by letter."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("public_id", name="uq_alert_public_id"),
        sa.UniqueConstraint(
            "article_id",
            "theme",
            "situation",
            "region",
            "partner",
            "email",
            name="uq_alert_article_id_theme_situation_region_partner_email",
        ),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_alert_article_id_article"),
    )
    op.create_index("ix_alert_email", "alert", ["email"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER alert_marks_erasure AFTER DELETE ON alert FOR EACH ROW BEGIN"
            " INSERT INTO erasure_mark (id, number) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET number = number + 1; END"
        )
