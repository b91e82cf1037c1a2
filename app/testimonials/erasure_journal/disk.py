"""The disk of a folder: what Linux and the platform say of whether it survives a restart."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

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
