"""./dev bench [NAME]: runs `bench/NAME.py`, or `bench/speed.py` without a name; `--help` lists the names."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

WITHOUT_OPTIONS = {"assistant", "house", "walks"}
DEFAULT = "speed"


def main() -> None:
    """Run a module that has a `main`."""
    files = Path(__file__).parent.glob("[!_]*.py")
    names = sorted(path.stem for path in files if "\ndef main(" in path.read_text(encoding="utf-8"))
    if len(sys.argv) == 1 or sys.argv[1].startswith("-"):
        sys.argv.insert(1, DEFAULT)
    name = sys.argv[1]
    if name not in names:
        sys.exit(f"./dev bench NAME, one of: {', '.join(names)}")
    module = import_module(f"bench.{name}")
    if name in WITHOUT_OPTIONS:
        argparse.ArgumentParser(prog=f"./dev bench {name}", description=module.__doc__).parse_args(sys.argv[2:])
    module.main()


main()
