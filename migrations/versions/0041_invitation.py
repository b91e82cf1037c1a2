"""Invitations to testify: the organisations that were written to, for a year."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("mark", name="uq_invitation_mark"),
        sa.UniqueConstraint("email", name="uq_invitation_email"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_invitation_article_id_article"),
        sa.ForeignKeyConstraint(
            ["department_code"], ["department.code"], name="fk_invitation_department_code_department"
        ),
    )
    op.create_index("ix_invitation_invited_at", "invitation", ["invited_at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER invitation_marks_erasure AFTER DELETE ON invitation FOR EACH ROW BEGIN"
            " INSERT INTO erasure_mark (id, number) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET number = number + 1; END"
        )
