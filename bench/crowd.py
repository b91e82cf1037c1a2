"""The crowd of `./dev faults crowd` on one engine: how long 99 answers in a hundred take, if nothing was lost."""

import re
import subprocess
import sys

from bench.server import ROOT

SAID = re.compile(r"^(\w+: .* 99 % within (\d+\.\d+) s).*$", re.MULTILINE)


def slowest(engine: str, seconds: int = 60) -> tuple[float, str]:
    """Return the seconds, and what was stored; infinity where something was lost, or failed."""
    command = [sys.executable, "-m", "tests.faults", "crowd", "--seconds", str(seconds), "--only", engine]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = SAID.search(ended.stdout)
    if ended.returncode or said is None:
        return float("inf"), "failed: `./dev faults crowd` says why"
    return float(said[2]), said[1].partition(": ")[2]
