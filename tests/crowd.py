"""multiply: many copies of one testimonial, written by the engine, for tests and benchmarks of large collections."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Base
from app.testimonials.models import Testimonial

NUMBERS = "WITH RECURSIVE numbers(k) AS (SELECT 1 WHERE :many > 0 UNION ALL SELECT k + 1 FROM numbers WHERE k < :many)"
# What a testimonial consists of, less the e-mails about it: their facts name it.
ROWS = [table for table in Base.metadata.sorted_tables if "testimonial_id" in table.columns and table.name != "email"]


def multiply(
    session: Session,
    testimonial: Testimonial,
    many: int,
    *,
    moments: Sequence[str] = ("published_at",),
    seconds: int = 1,
) -> list[str]:
    """Copy a testimonial, whatever its status, with all its rows; commit; return the identifiers of the copies.

    Each copy has an identifier, keys and links of its own. Its `moments` are some seconds before those of the copy
    made before it: by default, the identifiers are returned in the order of the collection.
    """
    session.flush()
    postgres = session.get_bind().dialect.name == "postgresql"
    texts, versions = (session.scalar(text(f"SELECT max(id) FROM {name}")) or 0 for name in ("testimonial", "version"))  # noqa: S608  # the names stand here
    number = f"({texts} + k)"
    ids = [each.id for each in testimonial.versions] or [0]
    public_id = f"lpad({number}::text, 20, '0')" if postgres else f"printf('%020d', {number})"
    shift = f"- k * interval '{seconds} s'" if postgres else f"(-k * {seconds}) || ' seconds'"
    earlier = f"{{}} {shift}" if postgres else f"strftime('%Y-%m-%d %H:%M:%f000', {{}}, {shift})"
    own = {"testimonial_id": number, "public_id": public_id}
    own |= {name: earlier.format(name) for name in moments}
    own |= {name: f"{name} || '-' || {number}" for name in ("submission_key", "key")}
    own |= {name: f"replace({name}, '{testimonial.public_id}', {public_id})" for name in ("caption", "card")}

    def renumbered(name: str) -> str:
        return f"{name} - {min(ids)} + 1 + {versions} + (k - 1) * {max(ids) - min(ids) + 1}"

    def copy(table: str, columns: list[str], whose: str, **changed: str) -> None:
        values = ", ".join((own | changed).get(name, f'"{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        words = f"INSERT INTO {table} ({names}) {NUMBERS} SELECT {values} FROM {table}, numbers WHERE {whose}"  # noqa: S608  # names of our own tables
        session.execute(text(words), {"many": many, "of": testimonial.id})

    if postgres:  # The triggers of so many rows are slow there: they wait for the last statement.
        session.execute(text("SET LOCAL session_replication_role = replica"))
    copy("testimonial", Base.metadata.tables["testimonial"].columns.keys(), "id = :of", id=number)
    for table in ROWS:
        columns = [each.name for each in table.columns if each.name != "id" or table.name == "version"]
        copy(table.name, columns, "testimonial_id = :of", id=renumbered("id"))
    its_versions = "version_id IN (SELECT id FROM version WHERE testimonial_id = :of)"
    copy("version_theme", ["version_id", "theme_id"], its_versions, version_id=renumbered("version_id"))
    for scope in ("search_desk", "search_public"):
        copy(scope, ["rowid", "words"], "rowid = :of", rowid=number)
    if postgres:
        for name in ("testimonial", "version"):
            session.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))  # noqa: S608  # as above
        session.execute(text("SET LOCAL session_replication_role = origin"))
    its_facets = "id IN (SELECT facet_id FROM facet_entry WHERE testimonial_id = :of)"
    counted = text(f"UPDATE facet SET total = total + :many WHERE {its_facets}")  # noqa: S608  # as above
    session.execute(counted, {"many": many, "of": testimonial.id})
    session.execute(text("UPDATE testimonial SET id = id WHERE id = :of"), {"of": testimonial.id})
    session.commit()
    return [f"{texts + k:020}" for k in range(1, many + 1)]
