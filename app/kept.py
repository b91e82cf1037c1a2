"""Kept: rows that hold an address or somebody's words: for how long, in which words, and how they end.

Each is declared beside its model, and `create_app` joins them (product rule 14). The clock, the page of an address, its
erasure, the replay of the journal of erasures and « Vos données » ask for all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import Session

from app import erasure_journal
from app.db import Base, delete_rows, is_read_only, now
from config import Months

Length = timedelta | Months | str
Column = Any  # an attribute of a model


def period(name: str | None) -> timedelta:
    """Return the period of a setting, if any; it may be `Months`, which are added and subtracted alike."""
    length: timedelta = current_app.config[name] if name else timedelta()
    return length


@dataclass(frozen=True)
class Act:
    """An act of the clock: `flask clock` prints its name, admins read its label.

    `run` does it for all that is due, and returns how many; or yields how many for each batch, which the clock commits.
    An act on one text has none.
    """

    name: str
    label: str
    run: Callable[[Session], int | Iterator[int]] | None = None


@dataclass(frozen=True, eq=False)
class Term:
    """A line of « Vos données »: what is kept, for how long, and since when, or what ends it.

    `lasts` is a period, the name of a setting, or None where `until` says all. A term of `Kept` counts from the moment
    in `since`, for the rows that have it and have not the one in `unless`; or `since` is itself the end (`is_end`).
    """

    what: str
    until: str
    lasts: Length | None = None
    since: Column | None = None
    unless: Column | None = None
    is_end: bool = False

    @property
    def length(self) -> timedelta | Months:
        """The period, that of the setting where `lasts` is its name."""
        return period(self.lasts) if isinstance(self.lasts, str) else self.lasts or timedelta()

    @property
    def counted(self) -> timedelta | Months:
        """What is counted from the moment in `since`."""
        return timedelta() if self.is_end else self.length

    def is_over(self) -> ColumnElement[bool]:
        """State that a row's time has passed; never null."""
        since: Column = self.since
        others = [] if self.unless is None else [self.unless.is_(None)]
        return and_(since.is_not(None), since <= now() - self.counted, *others)

    def end_of(self, row: Any) -> datetime | None:
        assert self.since is not None, "a term of rows"  # noqa: S101  # narrows the type
        since: datetime | None = getattr(row, self.since.key)
        is_other = self.unless is not None and getattr(row, self.unless.key) is not None
        return None if since is None or is_other else since + self.counted


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """The rows of a table. `act` names their deletion by the clock, and tells admins of it.

    The journal of erasures knows a row by its `name`; `owner` is the address whose rows they are. `delete` takes a row
    away with what belongs to it.
    """

    model: type[Base]
    act: tuple[str, str]
    terms: Sequence[Term]
    name: Column | None = None
    owner: Column | None = None
    delete: Callable[[Session, Any], object] = Session.delete

    def is_within(self) -> ColumnElement[bool]:
        """State that a row is within its time: the clock may be late, its pages and letters are not."""
        return and_(*(not_(term.is_over()) for term in self.terms))

    def end_of(self, row: Base) -> datetime:
        return min(filter(None, (term.end_of(row) for term in self.terms)))

    def named(self, name: str) -> Select[Any]:
        """Select the row of a name that is within its time, locked in a POST."""
        named: Column = self.name
        selected = select(self.model).where(named == name, self.is_within())
        return selected if is_read_only() else selected.with_for_update(of=self.model)

    def of(self, email: str) -> Select[Any]:
        """Select the rows of an address, past their time too."""
        assert self.owner is not None, "rows that no address owns"  # noqa: S101  # narrows the type
        return select(self.model).where(self.owner == email).order_by(*self.model.__table__.primary_key)

    def erase(self, session: Session, row: Any) -> None:
        """Delete a row before its time; the journal repeats it after a restored backup. The caller commits."""
        if self.name is not None:
            erasure_journal.append_entry(session, getattr(row, self.name.key))
        self.delete(session, row)

    def erase_all(self, session: Session, email: str) -> None:
        """Erase the rows of an address, if any has an owner. The caller commits."""
        for row in session.scalars(self.of(email)).all() if self.owner is not None else ():
            self.erase(session, row)

    def erase_again(self, session: Session, name: str) -> bool:
        """Delete the row of a name, which a restored backup has brought back; return whether there was one."""
        named: Column = self.name
        row = None if named is None else session.scalar(select(self.model).where(named == name))
        if row is not None:
            self.delete(session, row)
        return row is not None

    def expire(self, session: Session) -> int:
        """Delete the rows that are past their time; return how many. The caller commits."""
        over = or_(*(term.is_over() for term in self.terms))
        if self.delete is Session.delete:
            return delete_rows(session, self.model, over)
        rows = session.scalars(select(self.model).where(over)).all()
        for row in rows:
            self.delete(session, row)
        return len(rows)


Declared = Mapping[str, Sequence[Term | Kept]]


def init_app(app: Flask, tables: Iterable[Declared], others: Sequence[Act]) -> None:
    """Join what is declared, by the headings of « Vos données »: whom the rows are about. `others` are deletions."""
    lines: dict[str, list[Term | Kept]] = {}
    for whom, declared_there in (pair for table in tables for pair in table.items()):
        lines.setdefault(whom, []).extend(declared_there)
    app.extensions["kept"], app.extensions["deletions"] = lines, others


def declared() -> Declared:
    lines: Declared = current_app.extensions["kept"]
    return lines


def kept_rows() -> list[Kept]:
    return [each for lines in declared().values() for each in lines if isinstance(each, Kept)]


def deletions() -> list[Act]:
    """Return the acts of the clock that end what is kept."""
    return [*(Act(*each.act, each.expire) for each in kept_rows()), *current_app.extensions["deletions"]]
