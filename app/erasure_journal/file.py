"""The journal as a file: lines are added whole or not at all, and none twice; whether its disk survives a restart."""

import errno
import fcntl
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path

NAME = "erasures.log"

# Appended to a line that a crash cut short, which could otherwise be read as another entry.
TORN = b" (torn)\n"


def append_lines(path: Path, lines: str) -> None:
    """Append lines to a file, which its account alone reads, whole or not at all; raise `OSError` where it refuses."""
    with open(path, "ab+", buffering=0, opener=partial(os.open, mode=0o600)) as file:
        fcntl.flock(
            file, fcntl.LOCK_EX
        )  # until it is closed: nobody appends between a line's beginning and its removal
        end = file.seek(0, os.SEEK_END)
        content = (TORN if is_torn(file) else b"") + lines.encode()
        try:
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise


def append_missing(path: Path, lines: Sequence[str]) -> None:
    """Append the lines that a file has not yet; raise as `append_lines`."""
    there = set(read_text(path).splitlines(keepends=True))
    if missing := "".join(line for line in dict.fromkeys(lines) if line not in there):
        append_lines(path, missing)


def read_text(path: Path) -> str:
    """Return what a file holds, nothing where it is not there yet; raise `OSError` where it cannot be read."""
    if path.exists() and not path.is_file():  # a device has no end
        raise OSError(errno.EINVAL, "it is not a file")
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # no line is read while its end is being written
            return file.read()
    except FileNotFoundError:
        return ""


def ended_lines(text: str) -> list[str]:
    """Return lines, each with its line feed; one that a crash cut short is marked, so that it stays unreadable."""
    *lines, rest = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([rest + TORN.decode()] if rest else [])]


def is_torn(file: FileIO) -> bool:
    """Say whether the last line has no end; leave the file at its end."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


MOUNTS = Path("/proc/self/mountinfo")

# File systems in memory, and those of a container's own layer, which goes with the container.
IN_MEMORY = ("tmpfs", "ramfs")
LAYERS = ("overlay", "aufs", "fuse.fuse-overlayfs")

ESCAPED = re.compile(r"\\([0-7]{3})")  # how the kernel writes a space in a path (proc(5))


def why_lost(folder: Path, environ: Mapping[str, str] = os.environ, mounts: Path = MOUNTS) -> str:
    """Return why a folder does not survive a restart; an empty string where it does, or where nothing tells."""
    kind = file_system(folder.resolve(), mounts)
    if kind in IN_MEMORY:
        return f"{kind}, in memory"
    if kind in LAYERS:
        return f"{kind}, a container’s own layer"
    if "DYNO" in environ:
        return "a dyno’s own disk"
    return ""


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of the file system that holds a path, as in `mountinfo`; an empty string where none is told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return ""
    found, deepest = "", -1
    for line in lines:
        mount, _, source = line.partition(" - ")
        point = Path(ESCAPED.sub(lambda each: chr(int(each[1], 8)), mount.split()[4]))
        # Of two at one place the later hides the earlier.
        if path.is_relative_to(point) and len(point.parts) >= deepest:
            found, deepest = source.split()[0], len(point.parts)
    return found
