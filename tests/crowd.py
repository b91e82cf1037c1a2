"""Many testimonials at once, for what must not depend on how many there are: copies of one, made by the engine."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Base
from app.testimonials import shelves
from app.testimonials.models import Testimonial

NUMBERS = "WITH RECURSIVE numbers(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM numbers WHERE k < :many)"


def multiply(session: Session, testimonial: Testimonial, many: int) -> None:
    """Copy a published testimonial, with its version, its themes and its facsimile; and shelve them all."""
    postgres = session.get_bind().dialect.name == "postgresql"
    identifier = "lpad(k::text, 20, '0')" if postgres else "printf('%020d', k)"
    moved = "published_at - k * interval '1 second'" if postgres else "datetime(published_at, -k || ' seconds')"
    number, version = f"{testimonial.id} + k", f"{testimonial.latest.id} + k"
    copy(session, "testimonial", "id", testimonial.id, many, id=number, public_id=identifier, published_at=moved)
    copy(session, "version", "id", testimonial.latest.id, many, id=version, testimonial_id=number)
    copy(session, "version_theme", "version_id", testimonial.latest.id, many, version_id=version)
    copy(session, "facsimile", "testimonial_id", testimonial.id, many, testimonial_id=number)
    if postgres:
        # It counts by itself, but now and then: figures from before would have the triggers of all these rows, at the
        # commit, go through all of them each. SQLite has no figures, unless asked, and nobody asks.
        session.execute(text("ANALYZE"))
    shelves.rebuild(session)
    session.commit()
    if postgres:
        session.execute(text("ANALYZE"))
        session.commit()


def copy(session: Session, table: str, key: str, row: Any, many: int, **changed: str) -> None:
    """Insert copies of one row, with some columns computed from `k`, their number."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    if table == "testimonial":
        columns.remove("submission_key")
    values = ", ".join(changed.get(name, name) for name in columns)
    words = (
        f"INSERT INTO {table} ({', '.join(columns)}) {NUMBERS} SELECT {values} FROM {table}, numbers WHERE {key} = :row"  # noqa: S608  # names of our own tables
    )
    session.execute(text(words), {"many": many, "row": row})
