"""multiply: many copies of one testimonial, written by the engine, for tests and benchmarks of large collections."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Base
from app.testimonials.testimonial import Testimonial

NUMBERS = "WITH RECURSIVE numbers(k) AS (SELECT 1 WHERE :many > 0 UNION ALL SELECT k + 1 FROM numbers WHERE k < :many)"
# What a testimonial consists of, less the e-mails about it: their facts name it.
ROWS = [table for table in Base.metadata.sorted_tables if "testimonial_id" in table.columns and table.name != "email"]
# The totals, before the copies are there.
COUNT = """UPDATE facet SET total = total + :many * (
    SELECT count(*) FROM facet_entry WHERE facet_id = facet.id AND testimonial_id BETWEEN :first AND :last)"""


def multiply(
    session: Session,
    testimonials: Testimonial | Sequence[Testimonial],
    many: int,
    *,
    moments: Sequence[str] = ("published_at",),
) -> list[str]:
    """Copy a testimonial, whatever its status, with all its rows; commit; return the identifiers of the copies.

    Each copy has an identifier, keys and links of its own. Its `moments` are one second before those of the copy made
    before it: by default, the identifiers are returned in the order of the collection. Several testimonials, stored one
    after the other, are copied in turn: each once, then each again.
    """
    session.flush()
    postgres = session.get_bind().dialect.name == "postgresql"
    ids = [each.id for each in ([testimonials] if isinstance(testimonials, Testimonial) else testimonials)]
    group = {"many": many, "first": min(ids), "last": max(ids)}
    assert group["last"] - group["first"] + 1 == len(ids)
    own_versions = "FROM version WHERE testimonial_id BETWEEN :first AND :last"
    bounds = session.execute(text(f"SELECT min(id), max(id) {own_versions}"), group).one()
    highest = "SELECT (SELECT max(id) FROM testimonial), (SELECT coalesce(max(id), 0) FROM version)"
    last_id, last_version = session.execute(text(highest)).one()
    session.execute(text(COUNT), group)

    def number(column: str) -> str:
        return f"({column} - {min(ids)} + 1 + {last_id} + (k - 1) * {len(ids)})"

    def version_number(column: str) -> str:
        first, last = bounds[0] or 0, bounds[1] or 0
        return f"({column} - {first} + 1 + {last_version} + (k - 1) * {last - first + 1})"

    def copy(table: str, columns: list[str], key: str, **changed: str) -> None:
        copied = number(key)
        public_id = f"lpad({copied}::text, 20, '0')" if postgres else f"printf('%020d', {copied})"
        source = f"(SELECT source.public_id FROM testimonial AS source WHERE source.id = {key})"  # noqa: S608  # names of our own tables
        own = {key: copied, "public_id": public_id} | {name: earlier(name, postgres=postgres) for name in moments}
        own |= {name: f"{name} || '-' || {copied}" for name in ("submission_key", "key")}
        own |= {name: f"replace({name}, {source}, {public_id})" for name in ("caption", "card")}
        values = ", ".join((own | changed).get(name, f'"{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        # CROSS JOIN keeps SQLite from copying one testimonial after the other.
        rows = f"numbers CROSS JOIN {table} WHERE {changed.get('which', f'{key} BETWEEN :first AND :last')}"
        if table in Base.metadata.tables and "id" in Base.metadata.tables[table].columns:
            rows += f" ORDER BY k, {table}.id"  # of two consents to a purpose, the last one counts
        session.execute(text(f"INSERT INTO {table} ({names}) {NUMBERS} SELECT {values} FROM {rows}"), group)  # noqa: S608  # as above

    if postgres:  # The triggers of so many rows are slow there: they wait for the last statement.
        session.execute(text("SET LOCAL session_replication_role = replica"))
    copy("testimonial", Base.metadata.tables["testimonial"].columns.keys(), "id")
    # A published text is listed since it appeared.
    appeared = (
        f"CASE listed_status WHEN 'published' THEN {earlier('waiting_since', postgres=postgres)} ELSE waiting_since END"
    )
    since = {} if "waiting_since" in moments else {"waiting_since": appeared}
    for table in ROWS:
        columns = [each.name for each in table.columns if each.name != "id" or table.name == "version"]
        own = since if "listed_status" in columns else {}
        copy(table.name, columns, "testimonial_id", id=version_number("id"), **own)
    themes = {"version_id": version_number("version_id"), "which": f"version_id IN (SELECT id {own_versions})"}
    copy("version_theme", ["version_id", "theme_id"], "version_id", **themes)
    for scope in ("search_desk", "search_public", "search_open"):
        copy(scope, ["rowid", "words"], "rowid")
    if postgres:
        for name in ("testimonial", "version"):
            session.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))  # noqa: S608  # as above
        session.execute(text("SET LOCAL session_replication_role = origin"))
    session.execute(text("UPDATE testimonial SET id = id WHERE id BETWEEN :first AND :last"), group)
    session.commit()
    return [f"{last_id + n:020}" for n in range(1, many * len(ids) + 1)]


def earlier(column: str, *, postgres: bool) -> str:
    if postgres:
        return f"{column} - k * interval '1 s'"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {column}, -k || ' seconds')"
