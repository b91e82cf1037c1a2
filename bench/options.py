"""What the command lines of measures share: the engines, and the size of the database."""

import argparse

from bench.server import ENGINES


def option_parser(name: str, *, total: int, counted: str = "testimonials in the database") -> argparse.ArgumentParser:
    """Return the parser of `./dev bench NAME`; `engine` is None where both are meant."""
    parser = argparse.ArgumentParser(prog=f"./dev bench {name}")
    parser.add_argument("_name")
    parser.add_argument("--total", type=int, default=total, help=counted)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one of the two; both by default")
    return parser
