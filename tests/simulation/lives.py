"""Lives: one of them from its steps, in a folder of its own; a failing one made short."""

import lzma
import re
import shutil
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import flask_migrate

from app import cli
from app.cli.database import load_shipped_content
from config import Testing
from tests.application import release
from tests.services import postgres
from tests.simulation.life import OLD, play
from tests.simulation.model import Broken
from tests.simulation.things import TOKEN
from tests.simulation.world import Step, world

MOST_PLAYS = 60  # of a failing life, to shorten it
TEMPLATE, DATABASE = "simulation_template", "life.sqlite3"
RELEASE = Path(__file__).parents[1] / "data/release-1.0.0.sqlite3.xz"


@dataclass
class Outcome:
    """How a life went: what broke, the story until then, what was reached."""

    seed: int
    broken: str
    story: list[str]
    reached: dict[str, int]
    steps: list[Step]
    seconds: float


@dataclass(frozen=True)
class Lives:
    """Where lives are lived: a folder with the database that each begins with, and PostgreSQL's server, or none."""

    base: Path
    server: postgres.Server | None = None

    def prepare(self) -> "Lives":
        """Make the database that each life begins with: migrated, with the article that the product ships."""
        url = self.server.create_database(TEMPLATE) if self.server else f"sqlite:///{self.base / TEMPLATE}"
        app = cli.create_app(Testing(instance=self.base, database=url))
        with app.app_context():
            flask_migrate.upgrade()
            load_shipped_content("crpv.md")
        release(app)
        return self

    def live(self, seed: int, steps: Sequence[Step]) -> Outcome:
        """Play steps in a new world."""
        folder = Path(tempfile.mkdtemp(prefix=f"seed{seed}-", dir=self.base))
        began, broken = time.perf_counter(), ""
        is_old = any(step.act == OLD for step in steps)
        try:
            with world(folder, self.database(folder, is_old=is_old), self.base, later=is_old) as alive:
                alive.lose_database = partial(self.lose, folder)
                try:
                    play(alive, steps)
                except Broken as error:
                    broken = str(error)
                except Exception as error:  # noqa: BLE001  # whatever a page is not, it is told with its story
                    at = traceback.extract_tb(error.__traceback__)[-1]
                    broken = f"une page n’est pas comme on la connaît : {error!r}, {at.name}, ligne {at.lineno}"
        finally:
            if self.server:
                self.server.drop_database(folder.name)
            shutil.rmtree(folder)
        lived = [*steps[: alive.lived]]
        return Outcome(seed, broken, alive.story, alive.model.reached, lived, time.perf_counter() - began)

    def database(self, folder: Path, *, is_old: bool) -> str:
        """Give a life its database: the template's copy, or the one that release 1.0.0 wrote."""
        if self.server:
            return self.server.create_database(folder.name, TEMPLATE)
        path = folder / DATABASE
        if is_old:
            path.write_bytes(lzma.decompress(RELEASE.read_bytes()))
        else:
            shutil.copy(self.base / TEMPLATE, path)
        return f"sqlite:///{path}"

    def lose(self, folder: Path) -> None:
        """Leave an empty database where that of a life was."""
        if self.server:
            self.server.drop_database(folder.name)
            self.server.create_database(folder.name)
        for path in folder.glob(f"{DATABASE}*"):
            path.unlink()

    def shorten(self, outcome: Outcome) -> Outcome:
        """Leave out steps while the same promise is broken, halves first, then fewer at a time."""
        kind, best, plays = kind_of(outcome), outcome, 0
        size = len(best.steps) // 2
        while size and plays < MOST_PLAYS:
            first = 0
            while first < len(best.steps) and plays < MOST_PLAYS:
                tried = self.live(best.seed, best.steps[:first] + best.steps[first + size :])
                plays += 1
                if kind_of(tried) == kind:
                    best = tried
                else:
                    first += size
            size //= 2
        return best


def kind_of(outcome: Outcome) -> str:
    """Return what broke, without the words and days of one life."""
    return re.sub(rf"{TOKEN.pattern}|\d", "", outcome.broken)[:60]


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
