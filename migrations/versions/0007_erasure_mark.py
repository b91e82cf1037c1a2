"""The mark of rows erased since SQLite's file was written anew, which triggers count."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Each event that erases what was promised to be gone: texts, unfinished forms, addresses, readers' words.
ERASURES = {
    "version": "DELETE",
    "draft": "DELETE",
    "email": "DELETE",
    "notice": "DELETE",
    "notice_words": "UPDATE OF words, email",
    "link_request": "DELETE",
}


def upgrade() -> None:
    op.create_table(
        "erasure_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure_mark"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, event in ERASURES.items():
            table = name.removesuffix("_words")
            op.execute(
                f"CREATE TRIGGER {name}_marks_erasure AFTER {event} ON {table} FOR EACH ROW BEGIN"
                " INSERT INTO erasure_mark (id, number) VALUES (1, 1)"
                " ON CONFLICT (id) DO UPDATE SET number = number + 1; END"
            )
