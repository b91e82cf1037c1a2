"""The file of a backup: a zip of mode 600, whose manifest has the size and the SHA-256 of every other member.

`manifest.json` is a `Manifest`. `erasures.log` is the erasure journal. The database is `database.sqlite3`, or for
PostgreSQL the rows of each table as `tables/<name>`, in the text format of its COPY.
"""

import hashlib
import json
import os
import tomllib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import config
from app.backup import BackupRefused

PRODUCT = "en-regard"
FORMAT = 1
MANIFEST = "manifest.json"
JOURNAL = "erasures.log"
SQLITE_FILE = "database.sqlite3"

CHUNK = 256 * 1024  # bytes
LARGEST_MANIFEST = 1024 * 1024  # bytes
# Beyond it, time doubles for a twentieth of the size.
LEVEL = 3

# All that `zipfile` raises for a file that is cut short, damaged or none of its own.
UNREADABLE = (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError)


@dataclass
class Member:
    """A member's length in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What a backup is: made by which version, from which engine and schema, when (UTC), and what it holds."""

    version: str
    engine: str
    revision: str
    made_at: str
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        made = datetime.fromisoformat(self.made_at)
        return (
            f"En regard {self.version}, {self.engine}, schema {self.revision}, made on {made:%Y-%m-%d at %H:%M} UTC: "
            f"{self.rows['testimonial']} testimonials, {sum(self.rows.values())} rows in {len(self.rows)} tables"
        )


def product_version() -> str:
    return str(tomllib.loads((config.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


class Writer:
    """A backup that is being written; its manifest comes last, with the digests of the rest."""

    def __init__(self, archive: ZipFile, manifest: Manifest) -> None:
        self.archive, self.manifest = archive, manifest

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[Any], None]]:
        """Give a function that writes bytes to a new member; one may be open at a time."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as opened:

            def write(data: Any) -> None:
                nonlocal size
                digest.update(data)
                size += len(data)
                opened.write(data)

            yield write
        self.manifest.members[name] = Member(size, digest.hexdigest())


@contextmanager
def new_archive(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """Write a backup to a new file, on the disk when the block has ended."""
    with (
        os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file,
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive,
    ):
        yield Writer(archive, manifest)
        facts = {"product": PRODUCT, "format": FORMAT, **asdict(manifest)}
        archive.writestr(MANIFEST, json.dumps(facts, indent=1, sort_keys=True))
        archive.close()
        file.flush()
        os.fsync(file.fileno())


class Archive:
    """A backup that is being read. Raises `BackupRefused` where it is not what its manifest says."""

    def __init__(self, path: Path, archive: ZipFile) -> None:
        self.path, self.archive = path, archive
        facts = self.facts()
        if facts.pop("product", None) != PRODUCT:
            raise BackupRefused(f"{path} is not a backup of En regard")
        if (written := facts.pop("format", None)) != FORMAT:
            raise BackupRefused(
                f"{path} has format {written}: use the version of En regard that made it, or a later one"
            )
        try:
            members = {name: Member(**each) for name, each in facts.pop("members").items()}
            self.manifest = Manifest(**facts, members=members)
            self.summary = self.manifest.summary
        except UNREADABLE:
            raise self.damage(MANIFEST) from None

    def facts(self) -> dict[str, Any]:
        if MANIFEST not in self.archive.namelist():
            raise BackupRefused(f"{self.path} is not a backup of En regard, or is damaged (it has no manifest)")
        try:
            with self.archive.open(MANIFEST) as opened:
                facts = json.loads(opened.read(LARGEST_MANIFEST))
        except UNREADABLE:
            raise self.damage(MANIFEST) from None
        return facts if isinstance(facts, dict) else {}

    def damage(self, name: str) -> BackupRefused:
        return BackupRefused(f"{self.path} is damaged ({name} is not as it was written): use another backup")

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member's bytes; raise after the last if they are not those that were written."""
        expected, digest, size = self.manifest.members.get(name), hashlib.sha256(), 0
        try:
            with self.archive.open(name) as opened:
                while chunk := opened.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk
        except UNREADABLE:
            raise self.damage(name) from None
        if expected != Member(size, digest.hexdigest()):
            raise self.damage(name)

    def verify(self) -> None:
        if {*self.archive.namelist()} != {MANIFEST, *self.manifest.members}:
            raise self.damage("its list")
        for name in self.manifest.members:
            for _ in self.chunks(name):
                pass

    def journal(self) -> bytes:
        return b"".join(self.chunks(JOURNAL))


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """Open a backup, of which only the manifest is read; raise `BackupRefused` if it has none."""
    try:
        archive = ZipFile(path)
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read: {error.strerror}") from None
    except UNREADABLE:
        raise BackupRefused(f"{path} is not a backup of En regard, or is cut short") from None
    with archive:
        yield Archive(path, archive)
