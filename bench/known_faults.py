"""Known faults, put back one at a time: which the simulation finds, by which seed, and which promise it says broken.

A patch of `known_faults/` begins with its sentence, the product rule that it breaks and, where a year is too short to
meet it, the years. Each is tried in a copy of its own of the tree as it stands: nothing is left there.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "bench" / "known_faults"
AT_ONCE = 2  # seeds
HEADER = re.compile(r"^(Fault|Rule|Years): (.+)$", re.MULTILINE)
KEPT, BROKEN = 0, 1  # exit codes of the simulation


def main() -> None:
    """Print a row for each fault, as soon as it is known; exit with 1 if one is not found."""
    parser = argparse.ArgumentParser(prog="./dev bench known_faults", description=__doc__)
    parser.add_argument("_name")
    parser.add_argument("numbers", nargs="*", metavar="NN", help="the faults to put back: all")
    parser.add_argument("--seeds", default="1-100", metavar="FIRST-LAST")
    parser.add_argument("--years", type=int, default=1, help="lived by each seed, at least")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    chosen = patches(options.numbers)
    missed = False
    print("| fault | rule | years | first failing seed | promise broken | seconds |\n|---|---|---|---|---|---|")
    for patch in chosen:
        header = dict(HEADER.findall(patch.read_text(encoding="utf-8")))
        years, started_at = max(options.years, int(header.get("Years", 1))), time.monotonic()
        seed, promise = first_failing(patch, range(int(first), int(last or first) + 1), years)
        missed = missed or seed is None
        seconds = round(time.monotonic() - started_at)
        row = f"{patch.stem}: {header['Fault']}", header["Rule"], years, seed or "none", promise, seconds
        print("|", " | ".join(str(each).replace("|", "/") for each in row), "|", flush=True)
    sys.exit(missed)


def patches(numbers: list[str]) -> list[Path]:
    """Return the patches of some numbers, in their order; all of them without any."""
    known = {path.name.partition("-")[0]: path for path in sorted(FOLDER.glob("*.patch"))}
    if unknown := [each for each in numbers if each.zfill(2) not in known]:
        sys.exit(f"no such fault: {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[each.zfill(2)] for each in numbers] or [*known.values()]


def first_failing(patch: Path, seeds: range, years: int) -> tuple[int | None, str]:
    """Return the first seed that finds a fault, with the promise that it says broken; None where none does."""
    with tempfile.TemporaryDirectory(prefix="known_fault_") as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        copy = Path(folder)
        copy_with(patch, copy)
        for start in range(seeds.start, seeds.stop, AT_ONCE):
            some = seeds[start - seeds.start :][:AT_ONCE]
            for seed, broken in zip(some, pool.map(lambda each: broken_promise(copy, each, years), some), strict=True):
                if broken:
                    return seed, broken
    return None, ""


def copy_with(patch: Path, folder: Path) -> None:
    """Copy the tree as it stands into a folder, and change it there by a patch."""
    for path in tracked_files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / path)
    subprocess.run(["git", "apply", str(patch)], cwd=folder, check=True)  # noqa: S607  # as the developer has it


def tracked_files() -> Iterator[Path]:
    """Yield the files of the tree as it stands, what is not committed yet included."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return (Path(name) for name in names.split("\0") if name and (ROOT / name).is_file())


def broken_promise(copy: Path, seed: int, years: int) -> str:
    """Live one seed in a copy; return the line that names the promise broken, or nothing."""
    options = ["--seeds", f"{seed}-{seed}", "--years", str(years), "--as-it-is"]
    command = [sys.executable, "-m", "tests.simulation", *options]
    lived = subprocess.run(command, cwd=copy, check=False, capture_output=True, text=True)
    if lived.returncode == KEPT:
        return ""
    lines = [line.strip() for line in (lived.stderr + lived.stdout).splitlines() if line.strip()]
    if lived.returncode != BROKEN or not lines:
        sys.exit(f"seed {seed} was not lived ({lived.returncode}): {' '.join(lines[-1:])}")
    return next((line for line in lines if re.search("promise|promesse", line, re.IGNORECASE)), lines[-1])
