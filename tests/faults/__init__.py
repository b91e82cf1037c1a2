"""Faults: what was acknowledged is stored once, whatever is killed, locked, full or silent.

`./dev faults` gives each more rounds (`FAULT_ROUNDS`).
"""

import os

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "2"))
