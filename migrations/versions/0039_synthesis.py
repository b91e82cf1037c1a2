"""The synthesis of an article: its versions, their claims, and where the words that each cites stand."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# The articles whose readers see a row of a table; a draft is seen by none.
SEEN_BY = {
    "synthesis": "SELECT {row}.article_id",
    "synthesis_claim": "SELECT article_id FROM synthesis WHERE id = {row}.synthesis_id AND number > 0",
    "synthesis_source": "SELECT synthesis.article_id FROM synthesis JOIN synthesis_claim"
    " ON synthesis_claim.synthesis_id = synthesis.id"
    " WHERE synthesis_claim.id = {row}.claim_id AND synthesis.number > 0",
}
EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
STAMP = "lower(hex(randomblob(16)))"


def upgrade() -> None:
    op.create_table(
        "synthesis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_synthesis_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_synthesis"),
        sa.UniqueConstraint("article_id", "number", name="uq_synthesis_article_id_number"),
    )
    op.create_table(
        "synthesis_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("synthesis_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("passage", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["synthesis_id"], ["synthesis.id"], name="fk_synthesis_claim_synthesis_id_synthesis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_synthesis_claim"),
    )
    op.create_index("ix_synthesis_claim_synthesis_id", "synthesis_claim", ["synthesis_id"])
    op.create_table(
        "synthesis_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["synthesis_claim.id"],
            name="fk_synthesis_source_claim_id_synthesis_claim",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_synthesis_source_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_synthesis_source"),
        sa.UniqueConstraint("claim_id", "testimonial_id", name="uq_synthesis_source_claim_id_testimonial_id"),
    )
    op.create_index("ix_synthesis_source_testimonial_id", "synthesis_source", ["testimonial_id"])
    for table, articles in SEEN_BY.items():
        create_triggers(table, articles)


def create_triggers(table: str, articles: str) -> None:
    """Have each change of a table move the stamps of those articles, and that of everything."""
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
            f"UPDATE publication_stamp SET stamp = {STAMP} WHERE scope IN ({seen}) OR (scope = 0 AND EXISTS ({seen})); "
            for seen in (articles.format(row=row) for row in rows)
        )
        op.execute(
            f"CREATE TRIGGER {table}_{event.lower()}_moves_stamps AFTER {event} ON {table} FOR EACH ROW "
            f"BEGIN {moves}END"
        )
