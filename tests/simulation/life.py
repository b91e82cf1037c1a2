"""A life: the steps that a seed draws, played in a world, checked at each act, each month and at the end."""

import random
from collections.abc import Sequence
from datetime import timedelta

from tests.simulation import authors, editors, readers
from tests.simulation.checks import check_all, check_end, check_text
from tests.simulation.editors import an_editor
from tests.simulation.world import BIRTH, Step, World

ACTS = authors.ACTS | editors.ACTS | readers.ACTS
MONTH = 30  # days


def plan(seed: int, years: float) -> list[Step]:
    """Draw the steps of a life: people's acts by day, the clock on some nights, a round of the deliverer some mornings."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    names, weights = [*ACTS], [weight for weight, _ in ACTS.values()]
    steps = []
    for day in range(1, int(365 * years) + 1):
        morning = day * 24 * 60
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            steps.append(Step(morning + rng.randint(0, 700), rng.choices(names, weights)[0], rng.getrandbits(32)))
        if rng.random() < 0.25:
            steps.append(Step(morning - 240, "clock", rng.getrandbits(32)))
        if rng.random() < 0.25:
            steps.append(Step(morning - 5, "round", rng.getrandbits(32)))
        if day % MONTH == 0:
            steps.append(Step(morning - 1, "month", 0))
    return sorted(steps, key=lambda step: step.minute)


def play(world: World, steps: Sequence[Step]) -> None:
    """Live through the steps; raise `Broken` at the first promise that is not kept."""
    world.rng = random.Random(1)  # noqa: S311  # no secret
    world.model.articles = {"crpv"}
    an_editor(world, admin=True)
    an_editor(world, admin=False)
    for step in steps:
        world.lived += 1
        world.rng = random.Random(step.seed)  # noqa: S311  # no secret
        world.deliver_due()
        world.move_to(BIRTH + timedelta(minutes=step.minute))
        world.deliver_due()
        if step.act == "clock":
            if world.clock().output:
                world.round()
        elif step.act == "round":
            world.round()
        elif step.act == "month":
            check_all(world)
        else:
            moves = {id(text): text.moves for text in world.model.texts}
            if ACTS[step.act][1](world):
                world.reach(f"act {step.act}")
                world.model.settle()
                for text in world.model.texts:
                    if moves.get(id(text)) != text.moves:
                        check_text(world, text)
            world.wait(minutes=2)
    world.wait(days=1)
    world.round()
    check_end(world)
