"""Usual sentences of refusals and requests, as admins change them: a row a version."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usual_sentence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usual_sentence"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_usual_sentence_user_id_user_account"),
        sa.UniqueConstraint("code", "number", name="uq_usual_sentence_code_number"),
    )
