"""Answers: texts about a testimonial, beneath which they are shown; their HTML and JSON in its rendering.

And refusals of invitations to write one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CONSTRAINTS = (
    "CONSTRAINT fk_testimonial_about_id_testimonial REFERENCES testimonial (id)"
    " CONSTRAINT ck_testimonial_answer_is_about_one CHECK ((kind = 'testimonial') = (about_id IS NULL))"
)
RENDERED = ("beneath", "beneath_open")


def upgrade() -> None:
    op.add_column("testimonial", sa.Column("kind", sa.String(32), server_default="testimonial", nullable=False))
    # In SQL: a rebuilt table would lose the triggers of SQLite.
    op.execute(f"ALTER TABLE testimonial ADD COLUMN about_id INTEGER {CONSTRAINTS}")
    op.create_index("ix_testimonial_about_id", "testimonial", ["about_id"])
    published = sa.text("status = 'published'")
    where = {"sqlite_where": published, "postgresql_where": published}
    op.create_index("ix_testimonial_answered", "testimonial", ["about_id"], unique=True, **where)
    for name in RENDERED:
        op.add_column("rendering", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "invitation_refusal",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_invitation_refusal"),
    )
