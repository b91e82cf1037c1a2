"""The digest of each line of consent, its moment among what it is of."""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

FACTS = ("testimonial_id", "purpose", "answer", "wording_version", "digest", "channel", "recorded_by_id")
LINES = sa.table(
    "consent",
    sa.column("id"),
    *map(sa.column, FACTS),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("line_digest"),
)
GUARD = "consent_is_final"  # migration 0001


def upgrade() -> None:
    """The lines of before get the digest of what they say today."""
    op.add_column("consent", sa.Column("line_digest", sa.String(), server_default="", nullable=False))
    bind = op.get_bind()
    is_sqlite = bind.dialect.name == "sqlite"
    created = ""
    if is_sqlite:
        created = bind.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": GUARD})
        op.execute(f"DROP TRIGGER {GUARD}")
    else:
        op.execute(f"ALTER TABLE consent DISABLE TRIGGER {GUARD}")
    filled = sa.update(LINES).where(LINES.c.id == sa.bindparam("of")).values(line_digest=sa.bindparam("made"))
    digests = [{"of": line["id"], "made": digest_of(dict(line))} for line in bind.execute(sa.select(LINES)).mappings()]
    if digests:
        bind.execute(filled, digests)
    op.execute(created if is_sqlite else f"ALTER TABLE consent ENABLE TRIGGER {GUARD}")


def digest_of(line: dict[str, object]) -> str:
    at = line["at"]
    assert isinstance(at, datetime)  # noqa: S101  # narrows the type
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    facts = {name: str(line[name]) for name in FACTS} | {"at": str(moment)}
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
