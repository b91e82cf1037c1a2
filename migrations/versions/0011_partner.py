"""The generic noun `partner` in place of the first article's own, and the format of each digest.

Digests of versions that exist were taken with the old names: they keep format 1.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (("crpv", "partner"), ("crpv_department", "partner_department"))

# Table, old column, new column; the tables by their new names.
COLUMNS = (
    ("partner_department", "crpv_id", "partner_id"),
    ("version", "crpv_known", "partner_known"),
    ("version", "crpv_id", "partner_id"),
    ("version", "crpv_other", "partner_other"),
    ("version", "partners", "other_partners"),
    ("facet", "crpv", "partner"),
    ("queue_row", "crpv_id", "partner_id"),
)

# Table, old constraint, new constraint.
CONSTRAINTS = (
    ("partner", "pk_crpv", "pk_partner"),
    ("partner", "uq_crpv_slug", "uq_partner_slug"),
    ("partner_department", "pk_crpv_department", "pk_partner_department"),
    ("partner_department", "fk_crpv_department_crpv_id_crpv", "fk_partner_department_partner_id_partner"),
    (
        "partner_department",
        "fk_crpv_department_department_code_department",
        "fk_partner_department_department_code_department",
    ),
    ("version", "fk_version_crpv_id_crpv", "fk_version_partner_id_partner"),
    ("queue_row", "fk_queue_row_crpv_id_crpv", "fk_queue_row_partner_id_partner"),
    (
        "facet",
        "uq_facet_article_id_theme_situation_region_crpv",
        "uq_facet_article_id_theme_situation_region_partner",
    ),
)

Pairs = Sequence[tuple[str, str]]
Triples = Sequence[tuple[str, str, str]]

SORTS = ("waiting_since", "active_at")
STAMP = "lower(hex(randomblob(16)))"  # SQLite's
EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

# Columns of JSON, and the names of answers in them: quotes within a person's words would be escaped.
ANSWERS = (('"partners":', '"other_partners":'), ('"crpv":', '"partner":'), ('"crpv_other":', '"partner_other":'))
DOCUMENTS = (
    ("rendering", "document", ANSWERS),
    ("rendering", "composed", ANSWERS),
    ("draft", "answers", ANSWERS),
    ("version", "hints", (('["partners",', '["other_partners",'),)),
)


def upgrade() -> None:
    rename(TABLES, COLUMNS, CONSTRAINTS)
    recreate_stamp_triggers("crpv", "partner")
    for table, column, names in DOCUMENTS:
        replace_names(table, column, names)
    settle_triggers()
    op.add_column("version", sa.Column("digest_format", sa.Integer(), server_default="1", nullable=False))
    guard_format()


def guard_format() -> None:
    """Refuse another format for a digest that was taken."""
    refusal = (
        "EXECUTE FUNCTION refuse_change()"
        if op.get_bind().dialect.name == "postgresql"
        else "BEGIN SELECT RAISE(ABORT, 'version is append-only'); END"
    )
    op.execute(
        f"CREATE TRIGGER digest_format_is_final BEFORE UPDATE OF digest_format ON version FOR EACH ROW {refusal}"
    )


def settle_triggers() -> None:
    """Run PostgreSQL's deferred triggers now: a table whose events wait cannot be altered."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")


def rename(tables: Pairs, columns: Triples, constraints: Triples) -> None:
    """Rename tables, columns, indexes and constraints; triggers that name a column follow it on both engines."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for old, new in tables:
        op.rename_table(old, new)
    for table, old, new in columns:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
        if table == "queue_row":
            for sort in SORTS:
                op.drop_index(f"ix_queue_row_{old}_{sort}", table)
                op.create_index(f"ix_queue_row_{new}_{sort}", table, ["listed_status", new, sort, "testimonial_id"])
    if is_postgresql:
        for table, old, new in constraints:
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
        op.execute(f"ALTER SEQUENCE {tables[0][0]}_id_seq RENAME TO {tables[0][1]}_id_seq")
        return
    # SQLite has no statement that renames a constraint. The stored text of a table may be edited where nothing on the
    # disk depends on it, and a name is such a thing (https://www.sqlite.org/lang_altertable.html, « Making other kinds
    # of table schema changes »).
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    for table, old, new in constraints:
        op.execute(
            f"UPDATE sqlite_schema SET sql = replace(sql, 'CONSTRAINT {old} ', 'CONSTRAINT {new} ')"
            f" WHERE type = 'table' AND name = '{table}'"
        )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def recreate_stamp_triggers(old: str, new: str) -> None:
    """Give the triggers of the renamed table its new name; they move the stamps of all articles, as before."""
    seen = "SELECT id FROM article"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TRIGGER {old}_moves_stamps ON {new} RENAME TO {new}_moves_stamps")
        op.execute(f"ALTER FUNCTION {old}_moves_stamps() RENAME TO {new}_moves_stamps")
        return
    for event, rows in EVENTS.items():
        moves = (
            f"UPDATE publication_stamp SET stamp = {STAMP} WHERE scope IN ({seen}) OR (scope = 0 AND EXISTS ({seen})); "
        )
        op.execute(f"DROP TRIGGER {old}_{event.lower()}_moves_stamps")
        op.execute(
            f"CREATE TRIGGER {new}_{event.lower()}_moves_stamps AFTER {event} ON {new} FOR EACH ROW "
            f"BEGIN {moves * len(rows)}END"
        )


def replace_names(table: str, column: str, names: Pairs) -> None:
    """Replace the names of answers in a column of JSON, which PostgreSQL keeps as it was written."""
    is_json = column in {"answers", "hints"} and op.get_bind().dialect.name == "postgresql"
    value = f"CAST({column} AS text)" if is_json else column
    for old, new in names:
        value = f"replace({value}, '{old}', '{new}')"
    cast = f"CAST({value} AS json)" if is_json else value
    op.execute(sa.text(f"UPDATE {table} SET {column} = {cast}".replace(":", "\\:")))
