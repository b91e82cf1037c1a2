"""Finding testimonials by their words, whatever their accents and capitals, alike on both engines.

A text is made plain here, in Python, before either engine sees it: small letters, no accents, ligatures opened, words
cut at apostrophes and hyphens. SQLite then keeps it in FTS5, with `secure-delete` so that erased words leave the file;
PostgreSQL as a tsvector under a GIN index. A word sought is the beginning of a word; all of those sought must be there.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Text, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import Delete, delete, insert

from app.search.query import DESK, PUBLIC, Scope, on_postgresql
from app.search.words import plain
from app.territories.models import Crpv, Department, Region
from app.testimonials.attribution import byline
from app.testimonials.changes import CHANGED_IDS, Changes
from app.testimonials.models import Testimonial
from app.testimonials.situation import crpv_called
from app.testimonials.versions import Version, composed_title

SHOWN = ("account", "outcome", "obstacles", "advice", "years", "partners")


def is_empty(session: Session) -> bool:
    """Say whether there is nothing to find, although something was sent: the tables are new."""
    rows = DESK.rows
    return bool(session.scalar(select(and_(~exists(select(rows.c.rowid)), exists(select(Version.id))))))


def on_change(session: Session, changes: Changes) -> None:
    rebuild(session, changes.ids)


def rebuild(session: Session, ids: Sequence[int]) -> None:
    """Index some testimonials again, as they are now; of erased ones nothing is left."""
    for scope in (DESK, PUBLIC):
        session.execute(delete_words(scope), {"ids": ids})
        found = session.execute(indexed_versions(scope), {"ids": ids})
        if words := [
            {"number": each.testimonial_id, "plain": stored_words(searchable_texts(each, scope))} for each in found
        ]:
            session.execute(insert_words(scope, vectors=on_postgresql()), words)


def delete_orphans(session: Session) -> int:
    """Delete, and count, rows of testimonials that do not exist: SQLite's search tables have no foreign keys."""
    orphans = [(scope.rows, scope.rows.c.rowid.not_in(select(Testimonial.id))) for scope in (DESK, PUBLIC)]
    found = sum(session.scalar(select(func.count()).select_from(rows).where(orphan)) or 0 for rows, orphan in orphans)
    for rows, orphan in orphans if found else ():
        session.execute(delete(rows).where(orphan))
    return found


@cache
def delete_words(scope: Scope) -> Delete:
    return delete(scope.rows).where(scope.rows.c.rowid.in_(CHANGED_IDS))


@cache
def indexed_versions(scope: Scope) -> Select[Any]:
    """Select the versions of some testimonials that can be found within a scope, with the names they go by."""
    return (
        select(*Version.__table__.c, Region.name.label("region_name"), Crpv.name.label("crpv_listed"))
        .join(Testimonial, and_(Testimonial.id == Version.testimonial_id, scope.number == Version.number))
        .join(Department, Department.code == Version.department_code)
        .join(Region, Region.code == Department.region_code)
        .outerjoin(Crpv, Crpv.id == Version.crpv_id)
        .where(Testimonial.id.in_(CHANGED_IDS))
    )


@cache
def insert_words(scope: Scope, *, vectors: bool) -> Insert:
    """Return the statement that writes words into a scope; PostgreSQL's are vectors."""
    words: Any = bindparam("plain", type_=Text)
    if vectors:
        words = func.array_to_tsvector(func.string_to_array(words, " "))
    return insert(scope.rows).values(rowid=bindparam("number"), words=words)


def searchable_texts(version: Any, scope: Scope) -> Iterable[str]:
    """Return what can be found of a version, within a scope: what its page says, in whatever words it says it."""
    shown = (getattr(version, name) for name in SHOWN)
    crpv = crpv_called(version.crpv_listed, version.crpv_other, version.crpv_known)
    heading = composed_title(version.title, version.situation, version.crpv_known, crpv)
    said = (heading, version.situation.label, version.region_name, crpv)
    named = [byline(version)] if scope is PUBLIC else [version.author_name, version.author_role, version.clsm]
    return (*said, *shown, *named)


def stored_words(written: Iterable[str]) -> str:
    """Return the words as they are given to the engine: each once, and on SQLite each after a space."""
    words = " ".join(dict.fromkeys(plain(" ".join(written))))
    return words if on_postgresql() else f" {words}"
