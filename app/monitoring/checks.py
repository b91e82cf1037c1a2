"""Readiness: whether this process may be sent requests, asked of the database and of the journal within two seconds."""

import re
import time
from enum import StrEnum
from functools import cache
from logging import ERROR, INFO, getLogger
from pathlib import Path
from threading import Event, Lock, Thread

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from app import erasure_journal
from app.db import is_unavailable
from config import ROOT

PATIENCE = 2.0  # seconds
READY = "ready"  # what is said where there is no fault
VERSIONS = ROOT / "migrations/versions"
LOGGER = getLogger(__name__)


class Fault(StrEnum):
    """A reason not to be sent requests, but for `COPY` (all would have it), in words that tell a stranger nothing."""

    DATABASE = "the database does not answer"
    SCHEMA = "the database has no schema: run `flask prepare`"
    OLDER = "the database has the schema of an earlier release: run `flask prepare`"
    JOURNAL = "the journal of erasures cannot be written"
    COPY = "the second place of the journal of erasures takes no line"


@cache
def code_revision() -> str:
    """Return the schema revision that this code expects: the highest number, for they are numbered in line.

    Alembic would tell it too, and take 10 MB.
    """
    return max(path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def database_revision(connection: Connection) -> str | None:
    """Return the revision of a database's schema; None where it has none, or one that is no number of ours."""
    try:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (ProgrammingError, OperationalError) as error:  # a damaged SQLite file raises neither
        if isinstance(error, OperationalError) and is_unavailable(error):
            raise
        return None
    return revision if revision and re.fullmatch("[0-9]{4}", revision) else None


def schema_fault(connection: Connection) -> Fault | None:
    """Return why this code cannot work on a database's schema, if it cannot.

    It can on that of a later release: while machines are upgraded one by one, those of before go on serving.
    """
    revision = database_revision(connection)
    if revision is None:
        return Fault.SCHEMA
    return Fault.OLDER if revision < code_revision() else None


def all_faults(engine: Engine, journal: Path) -> list[Fault]:
    """Return every reason not to be sent requests; it takes as long as the database and the disk do.

    Lines of the journal that wait are none: all machines would have it at once, for the full disk of one.
    """
    faults = [Fault.JOURNAL] if erasure_journal.journal_fault(journal) else []
    try:
        with engine.execution_options(read_only=True).connect() as connection:
            if (fault := schema_fault(connection)) is not None:
                return [fault, *faults]
    except SQLAlchemyError:
        return [Fault.DATABASE, *faults]
    return faults


class Readiness:
    """Asks for the faults in a thread of its own, and waits two seconds at most for a service that hangs.

    One question at a time: those who ask meanwhile get its answer, and a database that hangs holds one thread.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.question: Question | None = None
        self.logged: list[Fault] = []

    def faults(self, engine: Engine, journal: Path) -> list[Fault]:
        """Return every reason not to be sent requests; log them when they change."""
        with self.lock:
            if self.question is None or self.question.answered.is_set():
                self.question = Question(engine, journal)
                self.question.start()
            question = self.question
        question.answered.wait(max(0.0, question.asked_at + PATIENCE - time.monotonic()))
        faults = question.faults
        if faults != self.logged:
            self.logged = faults
            LOGGER.log(ERROR if faults else INFO, "ready for requests: %s", "; ".join(faults) or "yes")
        return faults


class Question(Thread):
    """One question about readiness; until it is answered, the database does not answer."""

    def __init__(self, engine: Engine, journal: Path) -> None:
        super().__init__(daemon=True)  # a worker that stops does not wait for it
        self.engine, self.journal = engine, journal
        self.asked_at, self.answered = time.monotonic(), Event()
        self.faults = [Fault.DATABASE]

    def run(self) -> None:
        try:
            self.faults = all_faults(self.engine, self.journal)
        finally:
            self.answered.set()
