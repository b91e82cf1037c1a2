"""What is shown, ready to be read: shelves for every choice of filters, their counts, the HTML made safe, the margins.

`flask facsimiles rebuild` fills them from what is already published; `flask prepare` does so by itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Readers see these too: they move the stamps of articles as the tables of migration 0008 do.
SEEN_BY = {
    "placement": "SELECT {row}.article_id",
    "facsimile": "SELECT article_id FROM testimonial WHERE id = {row}.testimonial_id AND status = 'published'",
}

EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def upgrade() -> None:
    op.create_table(
        "shelf",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("crpv", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_shelf_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_shelf"),
        sa.UniqueConstraint(
            "article_id", "theme", "situation", "region", "crpv", name="uq_shelf_article_id_theme_situation_region_crpv"
        ),
    )
    op.create_index("ix_shelf_by_theme", "shelf", ["article_id", "situation", "region", "crpv", "theme"])
    op.create_index("ix_shelf_by_situation", "shelf", ["article_id", "theme", "region", "crpv", "situation"])
    op.create_index("ix_shelf_by_region", "shelf", ["article_id", "theme", "situation", "crpv", "region"])
    op.create_table(
        "shelved",
        sa.Column("shelf_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shelf_id"], ["shelf.id"], name="fk_shelved_shelf_id_shelf"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_shelved_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("shelf_id", "published_at", "testimonial_id", name="pk_shelved"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shelved_testimonial_id", "shelved", ["testimonial_id"])
    op.create_table(
        "facsimile",
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_facsimile_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_facsimile"),
    )
    op.create_index("ix_facsimile_shown_until", "facsimile", ["shown_until"])
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_placement_article_id_article"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_placement_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_placement"),
        sa.UniqueConstraint(
            "article_id", "theme", "testimonial_id", name="uq_placement_article_id_theme_testimonial_id"
        ),
    )
    op.create_index("ix_placement_testimonial_id", "placement", ["testimonial_id"])
    for table, articles in SEEN_BY.items():
        move_stamps(table, articles)


def move_stamps(table: str, articles: str) -> None:
    """Have a table's rows move the stamps of the articles whose readers see them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION {table}_moves_stamps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF TG_OP <> 'INSERT' THEN PERFORM move_stamps(ARRAY({articles.format(row="OLD")})); END IF;
              IF TG_OP <> 'DELETE' THEN PERFORM move_stamps(ARRAY({articles.format(row="NEW")})); END IF;
              RETURN NULL;
            END $$
            """
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_moves_stamps AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {table}_moves_stamps()"
        )
        return
    for event, rows in EVENTS.items():
        moves = "".join(
            "UPDATE publication_stamp SET stamp = lower(hex(randomblob(16))) "
            f"WHERE scope IN ({seen}) OR (scope = 0 AND EXISTS ({seen})); "
            for seen in (articles.format(row=row) for row in rows)
        )
        op.execute(
            f"CREATE TRIGGER {table}_{event.lower()}_moves_stamps AFTER {event} ON {table} FOR EACH ROW "
            f"BEGIN {moves}END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SEEN_BY:
            op.execute(f"DROP TRIGGER {table}_moves_stamps ON {table}")
            op.execute(f"DROP FUNCTION {table}_moves_stamps()")
    op.drop_table("placement")
    op.drop_table("facsimile")
    op.drop_table("shelved")
    op.drop_table("shelf")
