"""Folders of backups: files that appear whole, names by time, rotation by age."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

UNFINISHED = ".en-regard-unfinished-"
FILE_NAME = "en-regard-%Y-%m-%d-%H%M%S.zip"
NAMED = re.compile(r"en-regard-\d{4}-\d\d-\d\d-\d{6}\.zip")


def name_at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(FILE_NAME)


def delete_old(folder: Path, now: datetime, keep: timedelta) -> list[Path]:
    """Delete the backups of a folder that are older than `keep`, by their names; return them.

    Called once a newer one is whole. A file of another name is nobody's backup, and stays.
    """
    old = [path for path in sorted(folder.iterdir()) if (made_at := moment_of(path)) and made_at < now - keep]
    for path in old:
        path.unlink()
    return old


def moment_of(path: Path) -> datetime | None:
    """Return when a backup was made, by its name; None for what is none of ours."""
    if not NAMED.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return None
    try:
        return datetime.strptime(path.name, FILE_NAME).replace(tzinfo=UTC)
    except ValueError:  # no such day
        return None


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Give a folder of mode 700 within another, on the same disk, for what is not whole yet; it goes with the block.

    Those of runs that were killed go first: they hold names and addresses, and nobody else would delete them.
    """
    for left in folder.glob(f"{UNFINISHED}*"):
        try:
            descriptor = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # of another account, or just gone
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # of a run that goes on
        else:
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(descriptor)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder) as made:
        descriptor = os.open(made, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(made)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have a name survive a power cut: a rename is on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
