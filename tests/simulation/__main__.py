"""`./dev simulate`: live lives, and tell the first promise that is broken in each."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tests.services import postgres
from tests.simulation.life import plan
from tests.simulation.lives import Lives, Outcome, tell
from tests.simulation.world import Step


def live_seed(lives: Lives, seed: int, years: float) -> Outcome:
    return lives.live(seed, plan(seed, years))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev simulate", description=__doc__)
    parser.add_argument("--seeds", default="1-2", help="a number, or a range of them")
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--play", help="the steps of a life, as a failing one told them")
    parser.add_argument("--reached", action="store_true", help="say how often each act, letter and arrow was reached")
    parser.add_argument("--as-it-is", action="store_true", help="do not shorten a failing life")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="simulation-") as folder,
        postgres.server() if given.postgresql else nullcontext() as server,
    ):
        lives = Lives(Path(folder), server).prepare()
        if given.play:
            outcome = lives.live(0, [Step.parse(each) for each in given.play.split(",")])
            print(tell(outcome) if outcome.broken else "Tout est tenu.")
            return bool(outcome.broken)
        first, _, last = given.seeds.partition("-")
        return run(lives, range(int(first), int(last or first) + 1), given)


def run(lives: Lives, seeds: Sequence[int], given: Any) -> int:
    """Live some seeds, two at a time; return 1 if a promise was broken."""
    reached: Counter[str] = Counter()
    failed = 0
    with ProcessPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(live_seed, [lives] * len(seeds), seeds, [given.years] * len(seeds)):
            reached.update(outcome.reached)
            print(f"graine {outcome.seed} : {outcome.broken or 'tenue'} ({outcome.seconds:.0f} s)", flush=True)
            if outcome.broken:
                failed += 1
                print(tell(outcome if given.as_it_is else lives.shorten(outcome)), flush=True)
    if given.reached:
        for name, times in sorted(reached.items()):
            print(f"{times:6} {name}")
    print(f"{len(seeds)} vies de {given.years:g} an(s), {failed} où une promesse est rompue")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
