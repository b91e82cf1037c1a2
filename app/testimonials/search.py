"""Finding testimonials by their words, whatever their accents and capitals, alike on both engines.

A text is made plain here, in Python, before either engine sees it: small letters, no accents, ligatures opened, words
cut at apostrophes and hyphens. SQLite then keeps it in FTS5, with `secure-delete` so that erased words leave the file;
PostgreSQL as a tsvector under a GIN index. A word sought is the beginning of a word; all of those sought must be there.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, Text, and_, bindparam, column, exists, func, select, table, text
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.expression import Delete, TableClause, delete, insert, literal_column
from sqlalchemy.types import NULLTYPE

from app.db import db
from app.territories.models import Crpv, Department, Region
from app.testimonials.attribution import byline
from app.testimonials.followers import IDS, follower
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version, crpv_called, headed

LONGEST_WORD = 40  # signs; a longer one is cut, in a text as in what is looked for
MOST_WORDS = 100  # of those sought: as many as the longest search of readers can hold, so that none is left out
TELLING = 10  # of those sought, the longest; an index is asked for no more
COMMON = 0.02  # of the rows: from there on, PostgreSQL meets a word sooner along the numbers than by its index
SHORT = (6, 4, 2)  # signs; the beginnings that migration 0008 has SQLite keep by themselves

# Accents, and what cannot be seen: soft hyphens and such, which texts have lost and which pasted words bring along.
SILENT = re.compile("[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
WORD = re.compile(rf"[^\W_]{{1,{LONGEST_WORD}}}")
# What Unicode does not take apart by itself.
LIGATURES = (("œ", "oe"), ("æ", "ae"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ı", "i"), ("ʼ", "'"))

# What says nothing of a text that has it: found with the rest, but not worth showing where it stands.
SMALL = frozenset(
    re.findall(
        "[a-z]+",
        "a au aux avec c ce ces d dans de des du elle en est et il ils j je l la le les leur leurs m ma mes n ne nos "
        "notre nous on ou par pas pour qu que qui s sa se ses son sur t un une vos votre vous y",
    )
)

SHOWN = ("account", "outcome", "obstacles", "advice", "years", "partners")


@dataclass(frozen=True, eq=False)
class Scope:
    """Whose eyes a search is for; its table holds one row a testimonial, under the testimonial's number.

    On SQLite it is one of FTS5, which numbers its rows by `rowid`; PostgreSQL's has a column so named. The words are
    those of the version that the testimonial's column `number` names.
    """

    rows: TableClause
    number: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


# Editors find all that the latest version says, and who wrote it; readers what they are shown, as it is signed.
DESK = Scope(table("search_desk", column("rowid"), column("words")), Testimonial.current_number)
PUBLIC = Scope(table("search_public", column("rowid"), column("words")), Testimonial.shown_number)


def plain(text: str) -> list[str]:
    """Return the words of a text: small letters, no accents; « L’Œuvre » is `l`, `oeuvre`."""
    folded = SILENT.sub("", unicodedata.normalize("NFKD", text).casefold())
    for ligature, letters in LIGATURES:
        folded = folded.replace(ligature, letters)
    return WORD.findall(folded)


def terms(words: str) -> list[str]:
    """Return the beginnings of words that someone looks for, each once; none where there is nothing to look for."""
    return list(dict.fromkeys(plain(words)))[:MOST_WORDS]


def telltale(words: str) -> list[str]:
    """Return those worth showing where they stand: of « l’arrêt de bus », `arret` and `bus`; all, if all are small."""
    sought = terms(words)
    return [each for each in sought if each not in SMALL] or sought


def matches(words: str, scope: Scope) -> Select[int]:
    """Select the numbers of the testimonials that have every word; all of them where there is nothing to look for."""
    rows = scope.rows
    selected = select(rows.c.rowid)
    if not (sought := terms(words)):
        return selected
    if on_postgresql():
        return selected.where(holds(words, scope))
    return selected.where(asked(scope, sought))


def candidates(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select testimonials among which are all that have every word: asked of the index for as little as will do.

    To look for « retour 654321 », neither engine need gather all that begins with « retour »; nor need SQLite, which
    keeps no beginnings of one sign, all that begins with « l ». Whoever asks for a few then checks that they are right,
    by `holds`.
    """
    rows, sought = scope.rows, telling(words)
    if not on_postgresql():
        selected = select(rows.c.rowid)
        kept = ((each, next((length for length in SHORT if length <= len(each)), 0)) for each in sought)
        short = [each[:length] for each, length in kept if length]
        return selected.where(asked(scope, short)) if short else selected
    rarest = min(sought, key=lambda each: expected(session, each, scope)) if len(sought) > 1 else words
    return matches(rarest, scope)


def telling(words: str) -> list[str]:
    """Return the longest of the beginnings looked for: those that the fewest have."""
    return sorted(terms(words), key=len, reverse=True)[:TELLING]


def expected(session: Session, word: str, scope: Scope) -> int:
    """Return about how many testimonials have a word, as PostgreSQL's own statistics tell it."""
    statement = f"EXPLAIN (FORMAT JSON) SELECT FROM {scope.rows.name} WHERE words @@ CAST(:query AS tsquery)"
    (plan,) = session.execute(text(statement), {"query": f"'{word}':*"}).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


def latest(session: Session, words: str, scope: Scope) -> Select[int]:
    """Select candidates for whoever reads the last of them first, some at a time.

    Left to itself, PostgreSQL may go back along the numbers, row by row, until it has met enough: soon done where many
    have the word, a million rows for nothing where none has. What few have is first gathered by the index of words.
    """
    selected = candidates(session, words, scope)
    if not on_postgresql() or is_common(session, words, scope, COMMON):
        return selected
    return select(selected.cte("gathered").prefix_with("MATERIALIZED").c.rowid)


def is_common(session: Session, words: str, scope: Scope, share: float) -> bool:
    """Say whether PostgreSQL expects more than a share of all rows to have the words: its index gathers every one.

    SQLite's gives them one by one, as many as are asked for.
    """
    if not on_postgresql():
        return False
    statement = text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
    total = session.scalar(statement, {"name": scope.rows.name}) or 0
    return total > 0 and min(expected(session, each, scope) for each in telling(words)) > share * total


def asked(scope: Scope, beginnings: Iterable[str]) -> ColumnElement[bool]:
    """State, to FTS5, that a row has words of these beginnings; each quoted, whatever it spells (AND, NEAR…)."""
    return literal_column(scope.rows.name).op("MATCH")(" AND ".join(f'"{each}"*' for each in beginnings))


def holds(words: str, scope: Scope) -> ColumnElement[bool]:
    """State of a row of the scope, at hand for another reason, that it has every word; no index is asked."""
    rows, sought = scope.rows, terms(words)
    if on_postgresql():
        # Of no type of ours: PostgreSQL then takes it for a query once, not for a text to be read anew at each row.
        query: Any = bindparam("query", " & ".join(f"'{each}':*" for each in sought), NULLTYPE, unique=True)
        return rows.c.words.op("@@", is_comparison=True)(text("CAST(:query AS tsquery)").bindparams(query))
    return and_(*(func.instr(rows.c.words, f" {each}") > 0 for each in sought))


def on_postgresql() -> bool:
    """Say which of the two engines it is."""
    return db.engine.dialect.name == "postgresql"


def is_empty(session: Session) -> bool:
    """Say whether there is nothing to find, although something was sent: the tables are new."""
    rows = DESK.rows
    return bool(session.scalar(select(and_(~exists(select(rows.c.rowid)), exists(select(Version.id))))))


@follower
def write(session: Session, ids: list[int]) -> None:
    """Write what can be found of some testimonials, now; of what was erased, nothing."""
    for scope in (DESK, PUBLIC):
        session.execute(emptying(scope), {"ids": ids})
        found = session.execute(versions(scope), {"ids": ids})
        if words := [{"number": each.testimonial_id, "plain": stored(texts(each, scope))} for each in found]:
            session.execute(filling(scope, vectors=on_postgresql()), words)


@cache
def emptying(scope: Scope) -> Delete:
    """Return the statement that takes some testimonials out of a scope."""
    return delete(scope.rows).where(scope.rows.c.rowid.in_(IDS))


@cache
def versions(scope: Scope) -> Select[Any]:
    """Select the versions of some testimonials that can be found within a scope, with the names they go by."""
    return (
        select(*Version.__table__.c, Region.name.label("region_name"), Crpv.name.label("crpv_listed"))
        .join(Testimonial, and_(Testimonial.id == Version.testimonial_id, scope.number == Version.number))
        .join(Department, Department.code == Version.department_code)
        .join(Region, Region.code == Department.region_code)
        .outerjoin(Crpv, Crpv.id == Version.crpv_id)
        .where(Testimonial.id.in_(IDS))
    )


@cache
def filling(scope: Scope, *, vectors: bool) -> Insert:
    """Return the statement that writes words into a scope; PostgreSQL's are vectors."""
    words: Any = bindparam("plain", type_=Text)
    if vectors:
        words = func.array_to_tsvector(func.string_to_array(words, " "))
    return insert(scope.rows).values(rowid=bindparam("number"), words=words)


def texts(version: Any, scope: Scope) -> Iterable[str]:
    """Return what can be found of a version, within a scope: what its page says, in whatever words it says it."""
    shown = (getattr(version, name) for name in SHOWN)
    crpv = crpv_called(version.crpv_listed, version.crpv_other, version.crpv_known)
    heading = headed(version.title, version.situation, version.crpv_known, crpv)
    said = (heading, version.situation.label, version.region_name, crpv)
    named = [byline(version)] if scope is PUBLIC else [version.author_name, version.author_role, version.clsm]
    return (*said, *shown, *named)


def stored(written: Iterable[str]) -> str:
    """Return the words as they are given to the engine: each once, and on SQLite each after a space."""
    words = " ".join(dict.fromkeys(plain(" ".join(written))))
    return words if on_postgresql() else f" {words}"
