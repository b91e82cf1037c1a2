"""Smaller pages in SQLite's search indexes: what is removed from a word's list costs less where the list is long.

`secure-delete` looks for a text along the list of each of its words, and of each of their beginnings. A list has an
index of its own from four pages: with the usual ones, of 4,050 bytes, up to 16,000 texts are walked for each word, in
each segment (105 ms for a text among 100,000, 6 among 3,000). The indexes are written anew: some seven seconds for
100,000 texts.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

USUAL, SMALL = 4050, 500  # bytes


def upgrade() -> None:
    write_anew(SMALL)


def write_anew(page_size: int) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in ("search_desk", "search_public", "search_open"):
        op.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('pgsz', {page_size})")
        op.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
