"""Sites of the network, and the outlets that a consent opens.

Consents given before name neither the sites nor the open outlets: both columns are false, and the open index is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    op.add_column("testimonial", sa.Column("sites_consent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("testimonial", sa.Column("reuse_consent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rendering", sa.Column("composed", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("key", name="uq_site_key"),
    )
    active = sa.text("active_until IS NULL")
    op.create_index("uq_site_active_host", "site", ["host"], unique=True, sqlite_where=active, postgresql_where=active)
    if op.get_bind().dialect.name == "postgresql":
        upgrade_on_postgresql()
    else:
        upgrade_on_sqlite()


def upgrade_on_sqlite() -> None:
    """What a key opens depends on its site: any change of a site moves the stamps of all articles."""
    for event in EVENTS:
        op.execute(
            f"CREATE TRIGGER site_{event.lower()}_moves_stamps AFTER {event} ON site FOR EACH ROW "
            "BEGIN UPDATE publication_stamp SET stamp = lower(hex(randomblob(16))); END"
        )
    op.execute(
        "CREATE VIRTUAL TABLE search_open USING fts5 (words, tokenize = 'ascii', detail = 'none', prefix = '2 4 6')"
    )
    op.execute("INSERT INTO search_open (search_open, rank) VALUES ('secure-delete', 1)")


def upgrade_on_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION site_moves_stamps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          PERFORM move_stamps(ARRAY(SELECT id FROM article));
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER site_moves_stamps AFTER INSERT OR UPDATE OR DELETE ON site "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION site_moves_stamps()"
    )
    op.execute(
        "CREATE TABLE search_open (rowid INTEGER CONSTRAINT pk_search_open PRIMARY KEY"
        " CONSTRAINT fk_search_open_rowid_testimonial REFERENCES testimonial (id), words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_search_open_words ON search_open USING gin (words)")
