"""Stamps: what the lists of the form are made of moves that of everything published, under which they are kept."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Which départements a partner covers, and the list that an article's call names: any article's form may show them.
TABLES = ("partner_department", "referential")
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        upgrade_on_postgresql()
        return
    for table in TABLES:
        for event in EVENTS:
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_moves_stamps AFTER {event} ON {table} FOR EACH ROW "
                "BEGIN UPDATE publication_stamp SET stamp = lower(hex(randomblob(16))); END"
            )


def upgrade_on_postgresql() -> None:
    for table in TABLES:
        op.execute(
            f"""
            CREATE FUNCTION {table}_moves_stamps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              PERFORM move_stamps(ARRAY(SELECT id FROM article));
              RETURN NULL;
            END $$
            """
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_moves_stamps AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {table}_moves_stamps()"
        )
