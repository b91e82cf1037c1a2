"""Faults: what was acknowledged is stored once, whatever is killed, locked, full or silent.

`./dev faults` gives each more rounds (`FAULT_ROUNDS`), and the crowd more people and more time (`FAULT_SECONDS`).
"""

import os

from tests.depth import DEPTH

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "2" if DEPTH.full else "1"))
SECONDS = float(os.environ.get("FAULT_SECONDS", "0"))  # 0: each of the crowd acts once
