"""One export in a process that has loaded the product alone: its rows, size, seconds, and the most memory held."""

import resource
import sys
import time
from pathlib import Path

from app import create_app
from app.administration.exports.files import ExportFile
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from config import Testing

LIMIT = 150  # MB


def measure(url: str, folder: str, purpose: str, format_: str) -> None:
    """Make one file as a request would, and print its line."""
    app = create_app(Testing(instance=Path(folder), database=url))
    with app.app_context():
        before, began = peak_memory(), time.perf_counter()
        export = ExportFile.make(ExportPurpose(purpose), ExportFormat(format_), ExportFilters())
        took, memory = time.perf_counter() - began, peak_memory()
        export.content.close()
    print(
        f"{url.partition(':')[0]:12} {purpose:8} {format_:5} {export.rows:8,} rows {export.length / 1e6:7.1f} MB "
        f"{took:6.1f} s {memory:6.0f} MB of memory ({before:.0f} before){'' if memory < LIMIT else ' TOO MUCH'}"
    )


def peak_memory() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    measure(*sys.argv[1:])
