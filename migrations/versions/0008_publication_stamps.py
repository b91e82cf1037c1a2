"""The stamps of what is published, moved by triggers in the transaction that changes what readers see.

On PostgreSQL the triggers are deferred to the commit, and take one lock there before they write: a transaction then
asks for nothing more, so two publications wait for each other but never in a ring. Nobody sees a transaction before it
is committed, so a stamp moves once in each, however many rows it wrote. A random value, rather than a number, never
comes back after a backup is restored.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_A_PUBLISHED = "SELECT article_id FROM testimonial WHERE id = {row}.testimonial_id AND status = 'published'"

# Whose readers see a row of a table: the articles that this selects.
SEEN_BY = {
    "article": "SELECT {row}.id",
    "theme": "SELECT {row}.article_id",
    "testimonial": "SELECT {row}.article_id WHERE {row}.status = 'published'",
    "version": OF_A_PUBLISHED,
    "version_theme": "SELECT testimonial.article_id FROM testimonial JOIN version"
    " ON version.testimonial_id = testimonial.id"
    " WHERE version.id = {row}.version_id AND testimonial.status = 'published'",
    # Names that any article may show.
    "region": "SELECT id FROM article",
    "department": "SELECT id FROM article",
    "crpv": "SELECT id FROM article",
}

EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

RANDOM = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "CAST(gen_random_uuid() AS text)"}


def upgrade() -> None:
    op.create_table(
        "publication_stamp",
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_publication_stamp"),
    )
    engine = op.get_bind().dialect.name
    op.execute(
        f"INSERT INTO publication_stamp SELECT scope, {RANDOM[engine]} "
        "FROM (SELECT 0 AS scope UNION ALL SELECT id FROM article) AS scopes"
    )
    if engine == "postgresql":
        on_postgresql()
    else:
        on_sqlite()


def on_sqlite() -> None:
    """One writer at a time: each row moves the stamps at once."""
    op.execute(
        "CREATE TRIGGER article_has_a_stamp AFTER INSERT ON article FOR EACH ROW "
        f"BEGIN INSERT INTO publication_stamp VALUES (NEW.id, {RANDOM['sqlite']}); END"
    )
    op.execute(
        "CREATE TRIGGER article_had_a_stamp AFTER DELETE ON article FOR EACH ROW "
        "BEGIN DELETE FROM publication_stamp WHERE scope = OLD.id; END"
    )
    for table, articles in SEEN_BY.items():
        for event, rows in EVENTS.items():
            moves = "".join(
                f"UPDATE publication_stamp SET stamp = {RANDOM['sqlite']} "
                f"WHERE scope IN ({seen}) OR (scope = 0 AND EXISTS ({seen})); "
                for seen in (articles.format(row=row) for row in rows)
            )
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_moves_stamps AFTER {event} ON {table} FOR EACH ROW "
                f"BEGIN {moves}END"
            )


def on_postgresql() -> None:
    """Many writers at a time: the stamps are moved at the commit, once."""
    op.execute(
        f"""
        CREATE FUNCTION article_has_a_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'INSERT' THEN INSERT INTO publication_stamp VALUES (NEW.id, {RANDOM["postgresql"]});
          ELSE DELETE FROM publication_stamp WHERE scope = OLD.id;
          END IF;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER article_has_a_stamp AFTER INSERT OR DELETE ON article FOR EACH ROW "
        "EXECUTE FUNCTION article_has_a_stamp()"
    )
    # A row that this transaction has written (xmin) has moved already.
    op.execute(
        f"""
        CREATE FUNCTION move_stamps(articles integer[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          IF cardinality(articles) = 0 THEN RETURN; END IF;
          PERFORM pg_advisory_xact_lock(hashtextextended('publication_stamp', 0));
          UPDATE publication_stamp SET stamp = {RANDOM["postgresql"]}
          WHERE (scope = 0 OR scope = ANY (articles)) AND xmin <> CAST(pg_current_xact_id() AS xid);
        END $$
        """
    )
    for table, articles in SEEN_BY.items():
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


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SEEN_BY:
            op.execute(f"DROP TRIGGER {table}_moves_stamps ON {table}")
            op.execute(f"DROP FUNCTION {table}_moves_stamps()")
        op.execute("DROP FUNCTION move_stamps(integer[])")
        op.execute("DROP TRIGGER article_has_a_stamp ON article")
        op.execute("DROP FUNCTION article_has_a_stamp()")
    else:
        for table in SEEN_BY:
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_{event.lower()}_moves_stamps")
        op.execute("DROP TRIGGER article_has_a_stamp")
        op.execute("DROP TRIGGER article_had_a_stamp")
    op.drop_table("publication_stamp")
