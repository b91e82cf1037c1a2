"""The three search indexes (desk, public, open): `on_change()` writes the words of changed testimonials.

Texts are made plain here, in Python: small letters, no accents, ligatures decomposed, words cut at apostrophes and
hyphens. SQLite stores them in FTS5, with `secure-delete` so that erased words leave the file; PostgreSQL as a tsvector
under a GIN index. Terms match prefixes of words, and all must match.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Text, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import Delete, delete, insert

from app.articles.models import Article
from app.search.query import DESK, SCOPES, Scope, on_postgresql
from app.search.words import plain
from app.territories.models import Department, Partner, Region
from app.testimonials.attribution import byline, signed_place
from app.testimonials.changes import CHANGED_IDS, Changes
from app.testimonials.queries import listed_partner_id
from app.testimonials.questions import SEARCHED
from app.testimonials.situation import composed_title, partner_called
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


def is_empty(session: Session) -> bool:
    """Whether the tables are new: they are empty, although there are testimonials."""
    rows = DESK.rows
    return bool(session.scalar(select(and_(~exists(select(rows.c.rowid)), exists(select(Version.id))))))


def on_change(session: Session, changes: Changes) -> None:
    if words := [
        {"id": each.id, "plain": stored_words(each.versions[-1], DESK)} for each in changes.added if each.versions
    ]:
        session.execute(insert_words(DESK, vectors=on_postgresql()), words)
    known = changes.known_ids
    for scope in SCOPES if known else ():
        write_words(session, scope, known, words_by_id(session, scope, known))


def rebuild(session: Session, ids: Sequence[int]) -> None:
    """Index some testimonials again, as they are now; erased ones have no words."""
    for scope in SCOPES:
        write_words(session, scope, ids, dict.fromkeys(ids))


def words_by_id(session: Session, scope: Scope, ids: Sequence[int]) -> Mapping[int, str | None]:
    """Return the words stored of some testimonials; None on PostgreSQL, which keeps them as vectors."""
    if on_postgresql():
        return dict.fromkeys(ids)
    return dict(session.execute(select_words(scope), {"ids": ids}).all())


def write_words(session: Session, scope: Scope, ids: Sequence[int], stored: Mapping[int, str | None]) -> None:
    """Write the words of some testimonials where they are not those `stored`.

    On SQLite a text costs as many pages as it has words, each of them overwritten where they are removed
    (`secure-delete`), and the more the larger the index is: most changes change the words of no scope, or of one.
    """
    versions = session.execute(indexed_versions(scope), {"ids": ids})
    words = {each.testimonial_id: stored_words(each, scope) for each in versions}
    if outdated := [each for each, old in stored.items() if old is None or old != words.get(each)]:
        session.execute(delete_words(scope), {"ids": outdated})
    if rows := [{"id": each, "plain": new} for each, new in words.items() if stored.get(each) != new]:
        session.execute(insert_words(scope, vectors=on_postgresql()), rows)


def delete_orphans(session: Session) -> int:
    """Delete, and count, rows of testimonials that do not exist: SQLite's search tables have no foreign keys."""
    orphans = [(scope.rows, scope.rows.c.rowid.not_in(select(Testimonial.id))) for scope in SCOPES]
    count = sum(session.scalar(select(func.count()).select_from(rows).where(orphan)) or 0 for rows, orphan in orphans)
    for rows, orphan in orphans if count else ():
        session.execute(delete(rows).where(orphan))
    return count


@cache
def delete_words(scope: Scope) -> Delete:
    return delete(scope.rows).where(scope.rows.c.rowid.in_(CHANGED_IDS))


@cache
def select_words(scope: Scope) -> Select[Any]:
    return select(scope.rows).where(scope.rows.c.rowid.in_(CHANGED_IDS))


@cache
def indexed_versions(scope: Scope) -> Select[Any]:
    """Select the versions of some testimonials that a scope indexes, with call, région and partner."""
    return (
        select(
            *Version.__table__.c,
            Article.call,
            Region.name.label("region_name"),
            Partner.name.label("partner_listed"),
        )
        .join(Testimonial, and_(Testimonial.id == Version.testimonial_id, scope.number == Version.number))
        .join(Article, Article.id == Testimonial.article_id)
        .join(Department, Department.code == Version.department_code)
        .join(Region, Region.code == Department.region_code)
        .outerjoin(Partner, Partner.id == listed_partner_id())
        .where(Testimonial.id.in_(CHANGED_IDS), scope.indexed)
    )


@cache
def insert_words(scope: Scope, *, vectors: bool) -> Insert:
    words: Any = bindparam("plain", type_=Text)
    if vectors:
        words = func.array_to_tsvector(func.string_to_array(words, " "))
    inserted = insert(scope.rows).values(rowid=bindparam("id"), words=words)
    return inserted.prefix_with("OR REPLACE", dialect="sqlite")  # where a text deleted by hand had this id


def searchable_texts(version: Any, scope: Scope) -> Iterable[str]:
    """Return the texts of a version that a scope searches: those its page displays; the author's, for the desk."""
    answers = (getattr(version, name) for name in SEARCHED)
    call, situation = version.call, version.situation
    partner = partner_called(call, version.partner_listed, version.partner_other, version.partner_known)
    heading = version.title or composed_title(signed_place(version), call, situation, version.became)
    became = version.became.label if version.became else ""
    facts = (heading, call.words(situation).label, became, version.region_name, partner)
    given = (version.author_name, version.author_role, version.clsm, version.partner_other)
    author = given if scope is DESK else [byline(version)]
    return (*facts, *answers, *author)


def stored_words(version: Any, scope: Scope) -> str:
    """Return a version's words, each once, and on SQLite each after a space: `contains_terms()` matches prefixes so."""
    words = " ".join(dict.fromkeys(plain(" ".join(searchable_texts(version, scope)))))
    return words if on_postgresql() else f" {words}"
