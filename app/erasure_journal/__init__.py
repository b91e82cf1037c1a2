"""Erasure journal: a file outside the database, so that erasures and withdrawals survive a restored backup.

A line is an identifier, a moment, and `erased`, the purpose whose consent was withdrawn, or `link` and the generation
of the private link that replaced those before it: no name, address or text. `privacy.replay` reads it. Where
`JOURNAL_COPY` names a second place (`places`), each line is written there too.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Numbered, now
from app.erasure_journal.file import NAME, append_lines, append_missing, read_text, why_lost
from app.erasure_journal.places import second_place
from config import SettingMissing

LINES_AT_ONCE = 20  # of those that waited

ERASED, LINK, REFUSED = "erased", "link", "refused"

UNTIL_WRITTEN = (
    "erasures and withdrawals wait in the database, and no backup is good until they are written; see docs/operating.md"
)


@dataclass(frozen=True)
class Entry:
    """An erasure or a withdrawal, of a testimonial, draft, question or notice (by its key); or a private link replaced.

    That line has the new generation. A refusal of invitations has the digest of its address.
    """

    public_id: str
    at: datetime
    what: str
    generation: int = 0

    @property
    def line(self) -> str:
        columns = [self.public_id, self.at.isoformat(), self.what]
        return "\t".join([*columns, str(self.generation)] if self.what == LINK else columns) + "\n"


class WaitingEntry(Numbered, Base, kw_only=True):
    """A line that the file, or the second place, could not take.

    The scheduled job writes it to both; until then no backup is good.
    """

    __tablename__ = "waiting_entry"

    line: Mapped[str]
    waits_since: Mapped[datetime] = mapped_column(default_factory=now)


class JournalUnwritable(Exception):
    """Neither the file nor the database takes an entry: the act cannot be done."""


def init_app(app: Flask, purposes: Collection[str]) -> None:
    """Say at start where the journal cannot be written: the server's, the deliverer's, and that of each command.

    `purposes` are those whose consents can be withdrawn. Raise `SettingMissing` where production would lose the file.
    """
    app.extensions["journal_purposes"] = purposes
    copy: str = app.config["JOURNAL_COPY"]
    if app.config["ENVIRONMENT"] == "production" and not app.config["DISK_IS_PERMANENT"]:
        refuse_lost_disk(app.config["INSTANCE"], app.config["SQLALCHEMY_DATABASE_URI"], copy)
    places = [app.config["INSTANCE"], *([Path(copy)] if copy.startswith("/") else [])]
    for fault in filter(None, (journal_fault(place / NAME) for place in places)):
        app.logger.error("%s", fault)


def refuse_lost_disk(instance: Path, database: str, copy: str) -> None:
    """Raise `SettingMissing` where the disk of the journal, or of the SQLite file, does not survive a restart.

    The journal's own may be lost where its second place is not.
    """
    url = make_url(database)
    copy_url = make_url(copy) if copy.startswith("sqlite") else None
    second = Path(copy) if copy.startswith("/") else Path(copy_url.database or "") if copy_url else None
    if url.drivername == "sqlite" and url.database and (lost := why_lost(Path(url.database))):
        lasting = "DATABASE_URL=postgresql://…, or a file on another disk"
        raise SettingMissing(f"the SQLite file {url.database} {lost_unless(lost, lasting)}")
    if second and (lost := why_lost(second)):
        raise SettingMissing(f"the second place of the journal of erasures, {second}, {lost_unless(lost, 'another')}")
    if not copy and (lost := why_lost(instance)):
        raise SettingMissing(f"INSTANCE, where the journal of erasures is, {lost_unless(lost, 'JOURNAL_COPY')}")


def lost_unless(lost: str, lasting: str) -> str:
    return (
        f"is on a disk that does not survive a restart ({lost}): set {lasting}, or DISK_IS_PERMANENT=1 if it does: "
        "see docs/operating.md"
    )


def journal_path() -> Path:
    """Return its path: apart from the database, or it would be restored with it."""
    folder: Path = current_app.config["INSTANCE"]
    return folder / NAME


def journal_fault(path: Path) -> str:
    """Return, in a sentence, why the journal cannot be written; an empty string where it can. Nothing is created."""
    place = path if path.exists() else next(each for each in path.parents if each.exists())
    if path.exists() and not path.is_file():
        reason = "it is not a file"
    elif not os.access(place, os.W_OK, effective_ids=True):
        reason = f"this account may not write to {'it' if path.exists() else 'its folder'}"
    elif not os.statvfs(place).f_bavail:
        reason = "its disk is full"
    else:
        return ""
    return f"the journal of erasures cannot be written ({path}: {reason}): {UNTIL_WRITTEN}"


def append_entry(
    session: Session, public_id: str, what: str = ERASED, at: datetime | None = None, generation: int = 0
) -> None:
    """Append an entry, on the disk when this returns; call it in the transaction that it records, before the commit.

    If the commit then fails, a restored backup erases what its author did ask to erase. The other order could bring it
    back. Where the file or the second place does not take it the line waits in the database, in the same transaction:
    withdrawing and erasing stay possible. Raises `JournalUnwritable` where the database does not take it either.
    """
    line = Entry(public_id, at or now(), what, generation).line
    if reasons := refusals(line):
        current_app.logger.error(
            "a line of the journal of erasures is not written (%s): %s", "; ".join(reasons), UNTIL_WRITTEN
        )
        try:
            # On the connection: the session would flush what the act has only half changed.
            session.connection().execute(insert(WaitingEntry).values(line=line, waits_since=now()))
        except SQLAlchemyError as refusal:
            raise JournalUnwritable from refusal


def refusals(line: str) -> list[str]:
    """Write a line to each place; return why it is not in one of them."""
    reasons, copy = [], second_place()
    for write in (write_lines, *([copy.write_in_act] if copy else [])):
        try:
            write(line)
        except OSError as error:
            reasons.append(error.strerror or type(error).__name__)
    return reasons


def write_lines(lines: str) -> None:
    """Append lines to the file, whole or not at all; raise `OSError` where it does not take them."""
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    append_lines(path, lines)


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(WaitingEntry)) or 0


def waiting_lines(session: Session) -> dict[int, str]:
    query = select(WaitingEntry.id, WaitingEntry.line).order_by(WaitingEntry.id).limit(LINES_AT_ONCE)
    return {row.id: row.line for row in session.execute(query)}


def write_again(lines: Sequence[str]) -> None:
    """Write lines to each place that has them not; raise `OSError` where one does not take them."""
    path = journal_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    append_missing(path, lines)
    if copy := second_place():
        copy.write(lines)


def delete_waiting(session: Session, numbers: Iterable[int]) -> None:
    """Delete lines that are written now. The caller commits; those that stay are written again, to no effect."""
    session.execute(delete(WaitingEntry).where(WaitingEntry.id.in_(list(numbers))))


def read_entries(path: Path, more: str = "") -> list[Entry]:
    """Return one entry for each identifier and act, erasures first: the latest line, or the highest generation.

    `more` are lines of another place.
    """
    entries = [*entries_in(read_text(path)), *entries_in(more)]
    entries.sort(key=lambda each: (each.generation, each.at))  # lines of two places are in no order
    latest = {(entry.public_id, entry.what): entry for entry in entries}
    return sorted(latest.values(), key=lambda entry: entry.what != ERASED)


def unreadable_lines(path: Path) -> list[int]:
    """Return the numbers of the lines that cannot be read, from 1."""
    return [number for number, entry in parsed_lines(read_text(path)) if entry is None]


def level_places() -> tuple[int, int]:
    """Bring the lines that only one place has to the other; return how many the second took, then the file.

    Raises `OSError` where a place cannot be read or takes no line.
    """
    if not (copy := second_place()):
        return 0, 0
    own, theirs = ({entry.line for entry in entries_in(each)} for each in (read_text(journal_path()), copy.read()))
    if given := own - theirs:
        copy.write(sorted(given))
    if taken := theirs - own:
        write_lines("".join(sorted(taken)))
    return len(given), len(taken)


def entries_in(text: str) -> Iterator[Entry]:
    return (entry for _, entry in parsed_lines(text) if entry)


def parsed_lines(text: str) -> Iterator[tuple[int, Entry | None]]:
    """Yield each line's number and its entry; None where it cannot be read."""
    *lines, rest = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line:
            yield number, parse_entry(line)
    if rest:
        yield len(lines) + 1, None  # cut short: its end could have changed it


def parse_entry(line: str) -> Entry | None:
    """Return a line's entry; the oldest ones are erasures alone, with a day alone: its midnight, UTC."""
    public_id, _, written = line.partition("\t")
    at, _, act = written.partition("\t")
    what, _, generation = act.partition("\t")
    if (what == LINK) is not bool(generation) or what not in {
        "",
        ERASED,
        LINK,
        REFUSED,
        *current_app.extensions["journal_purposes"],
    }:
        return None
    try:
        moment = datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Entry(public_id, moment, what or ERASED, int(generation or 0))
    except ValueError:
        return None
