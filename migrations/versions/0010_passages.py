"""Placements by passage, not by theme only; title and signature of a rendering, for who is quoted elsewhere.

The anchor of a theme's passage is its slug: what editors placed beside it stays. The table is rebuilt on SQLite, which
loses its triggers: they are made again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STAMP = "lower(hex(randomblob(16)))"
EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def upgrade() -> None:
    op.add_column("rendering", sa.Column("title", sa.Text(), server_default="", nullable=False))
    op.add_column("rendering", sa.Column("signature", sa.Text(), server_default="", nullable=False))
    rename("theme", "passage")


def rename(before: str, after: str) -> None:
    old, new = (f"uq_placement_article_id_{name}_testimonial_id" for name in (before, after))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("placement", before, new_column_name=after)
        op.execute(f"ALTER TABLE placement RENAME CONSTRAINT {old} TO {new}")
        return
    op.rename_table("placement", "placement_before")
    op.drop_index("ix_placement_testimonial_id", "placement_before")
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column(after, sa.String(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_placement_article_id_article"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_placement_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_placement"),
        sa.UniqueConstraint("article_id", after, "testimonial_id", name=new),
    )
    op.create_index("ix_placement_testimonial_id", "placement", ["testimonial_id"])
    columns = "id, article_id, {}, testimonial_id, position, quote"
    op.execute(
        f"INSERT INTO placement ({columns.format(after)}) "  # names of ours
        f"SELECT {columns.format(before)} FROM placement_before"
    )
    op.drop_table("placement_before")  # and its triggers
    for event, rows in EVENTS.items():
        moves = "".join(
            f"UPDATE publication_stamp SET stamp = {STAMP} "
            f"WHERE scope IN (SELECT {row}.article_id) OR (scope = 0 AND EXISTS (SELECT {row}.article_id)); "
            for row in rows
        )
        op.execute(
            f"CREATE TRIGGER placement_{event.lower()}_moves_stamps AFTER {event} ON placement FOR EACH ROW "
            f"BEGIN {moves}END"
        )
