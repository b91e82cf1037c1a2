"""One export in a process that has loaded the product alone: its rows, size, seconds, and the most memory held."""

import re
import sys
import time
from pathlib import Path

from app import create_app
from app.moderation.exports.columns import ExportFormat, ExportPurpose
from app.moderation.exports.files import ExportFile
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.reader import QueueReader
from config import Testing

LIMIT = 150  # MB
EVERYTHING = QueueReader(0, QueueFilters(etat=None))
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def measure(url: str, folder: str, purpose: str, format_: str) -> None:
    """Make one file as a request would, and print its line."""
    app = create_app(Testing(instance=Path(folder), database=url))
    with app.app_context():
        before, began, used = peak_memory(), time.perf_counter(), time.process_time()
        export = ExportFile.make(ExportPurpose(purpose), ExportFormat(format_), EVERYTHING)
        took, used, memory = time.perf_counter() - began, time.process_time() - used, peak_memory()
        export.content.close()
    print(
        f"{url.partition(':')[0]:18} {purpose:8} {format_:5} {export.rows:8,} rows {export.length / 1e6:7.1f} MB "
        f"{took:6.1f} s ({used:5.1f} s of its processor) {memory:6.0f} MB of memory ({before:.0f} before)"
        f"{'' if memory < LIMIT else ' TOO MUCH'}"
    )


def peak_memory() -> float:
    """Return the most memory that this process has held, in MB; `getrusage` would count its parent's too."""
    peak = PEAK.search(Path("/proc/self/status").read_text(encoding="ascii"))
    return int(peak[1]) * 1.024 / 1000 if peak else 0


if __name__ == "__main__":
    measure(*sys.argv[1:])
