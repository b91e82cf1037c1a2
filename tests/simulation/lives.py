"""Lives: one of them from its steps, in a folder of its own; a failing one made short."""

import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import flask_migrate

from app import cli
from app.cli.database import load_shipped_content
from config import Testing
from tests.application import release
from tests.simulation.life import play
from tests.simulation.model import TOKEN, Broken
from tests.simulation.world import Step, world

MOST_PLAYS = 60  # of a failing life, to shorten it


@dataclass
class Outcome:
    """How a life went: what broke, the story until then, what was reached."""

    seed: int
    broken: str
    story: list[str]
    reached: dict[str, int]
    steps: list[Step]
    seconds: float


def template(folder: Path) -> Path:
    """Make the database that each life begins with, once."""
    path = folder / "template.sqlite3"
    app = cli.create_app(Testing(instance=folder, database=f"sqlite:///{path}"))
    with app.app_context():
        flask_migrate.upgrade()
        load_shipped_content("crpv.md")
    release(app)
    return path


def live(base: Path, seed: int, steps: Sequence[Step]) -> Outcome:
    """Play steps in a new world."""
    folder = Path(tempfile.mkdtemp(prefix=f"seed{seed}-", dir=base))
    shutil.copy(base / "template.sqlite3", folder / "life.sqlite3")
    began, broken = time.perf_counter(), ""
    try:
        with world(folder, f"sqlite:///{folder / 'life.sqlite3'}", base) as alive:
            try:
                play(alive, steps)
            except Broken as error:
                broken = str(error)
            except AssertionError as error:
                broken = f"une page n’est pas comme on la connaît : {error}"
    finally:
        shutil.rmtree(folder)
    return Outcome(seed, broken, alive.story, alive.reached, [*steps[: alive.lived]], time.perf_counter() - began)


def shorten(base: Path, outcome: Outcome) -> Outcome:
    """Leave out steps while the same promise is broken, halves first, then fewer at a time."""
    kind, best, plays = kind_of(outcome), outcome, 0
    size = len(best.steps) // 2
    while size and plays < MOST_PLAYS:
        first = 0
        while first < len(best.steps) and plays < MOST_PLAYS:
            tried = live(base, best.seed, best.steps[:first] + best.steps[first + size :])
            plays += 1
            if kind_of(tried) == kind:
                best = tried
            else:
                first += size
        size //= 2
    return best


def kind_of(outcome: Outcome) -> str:
    """Return what broke, without the words and days of one life."""
    return re.sub(rf"{TOKEN.pattern}|\\d", "", outcome.broken)[:60]


def tell(outcome: Outcome) -> str:
    steps = ",".join(str(step) for step in outcome.steps)
    return "\n".join(
        [
            f"Graine {outcome.seed} :",
            *(f"  {sentence}" for sentence in outcome.story[-30:]),
            f"Promesse rompue : {outcome.broken}",
            f"Pour la revivre : ./dev simulate --play {steps}",
        ]
    )
