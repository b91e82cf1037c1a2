"""A life: the steps that a seed draws, played in a world, checked at each act, each month and at the end."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from tests.simulation import admins, authors, editors, faults, quotes, readers, told
from tests.simulation.checks import check_all, check_end, check_text
from tests.simulation.world import ACTS, Nothing, Step, World

PEOPLE = (admins, authors, editors, faults, quotes, readers, told)  # their acts are in ACTS once they are imported
MONTH = 30  # days
ACTS_A_DAY = 0.28  # or several, some minutes apart
AT_ONCE = [1, 1, 2, 3]
UNDONE = 0.4  # share of the decisions, where somebody acts just after them
CLOCK_AFTER = 0.1  # share of the bursts after which the scheduled job comes at once
ALONE = "alone"  # a life with one editor, until an article has its own
OLD, SOON = "upgrade", 0.25
"""Every tenth life begins with the database of release 1.0.0, for a season: triggers ask the database's own clock."""
BIRTHS = {OLD: faults.upgrade, "short_calendar": faults.short_calendar}


def plan(seed: int, years: float) -> list[Step]:
    """Draw the steps of a life: people's acts, the clock on some nights, rounds of the deliverer."""
    rng = random.Random(seed)
    names, weights = [*ACTS], [weight for weight, _ in ACTS.values()]
    steps = [Step(0, OLD, 0)] if seed % 10 == 0 else [Step(0, "short_calendar", 0)] if seed % 2 else []
    steps += [Step(0, ALONE, 0)] if seed % 5 == 3 else []
    years = min(years, SOON) if seed % 10 == 0 else years
    for day in range(1, int(365 * years) + 1):
        morning = day * 24 * 60
        if rng.random() < ACTS_A_DAY:
            minute = morning + rng.randint(0, 700)
            done: set[str] = set()
            for _ in range(rng.choice(AT_ONCE)):
                undoes = done & {"decide", "answer", "examine"} and rng.random() < UNDONE
                name = "take_back" if undoes else rng.choices(names, weights)[0]
                steps.append(Step(minute, name, rng.getrandbits(32)))
                done.add(name)
                minute += rng.randint(1, 4)
            if rng.random() < CLOCK_AFTER:
                steps.append(Step(minute, "clock", rng.getrandbits(32)))
        if rng.random() < 0.25:
            steps.append(Step(morning - 240, "clock", rng.getrandbits(32)))
        if rng.random() < 0.1:
            steps.append(Step(morning - 5, "round", rng.getrandbits(32)))
        if day % MONTH == 0:
            steps.append(Step(morning - 1, "month", 0))
    return sorted(steps, key=lambda step: step.minute)


def play(world: World, steps: Sequence[Step]) -> None:
    """Live through the steps; raise `Broken` at the first promise that is not kept."""
    world.strike = partial(faults.server_fails, world)
    world.rng = random.Random(1)
    for step in steps:
        if step.act in BIRTHS:
            BIRTHS[step.act](world)
    editors.an_editor(world, "--admin")
    if all(step.act != ALONE for step in steps):
        editors.an_editor(world)
    world.stumble = partial(faults.fail_mail, world, hours=0.1)
    for step in steps:
        world.lived += 1
        world.rng = random.Random(step.seed)
        world.deliver_due()
        moment = world.birth + timedelta(minutes=step.minute)
        world.recent = world.recent if moment < world.now + timedelta(minutes=15) else None
        world.move_to(moment)
        world.deliver_due()
        if step.act in ACTS:
            have_done(world, step.act)
        elif step.act in TURNS:
            TURNS[step.act](world)
    world.wait(days=1)
    world.round()
    check_end(world)


def have_done(world: World, name: str) -> None:
    """Have somebody act, and look at once at the outlets of the texts that moved."""
    world.wait(seconds=1)  # nothing is done at one instant
    moves = {text.author: text.moves for text in world.model.texts}
    try:
        ACTS[name][1](world)
    except Nothing:
        return
    world.model.reached[f"act {name}"] += 1
    world.model.settle()
    for text in world.model.texts:
        if moves.get(text.author) != text.moves:
            world.recent = text
            check_text(world, text)
    if world.chance(0.2):
        world.round()


# What comes by itself.
TURNS: dict[str, Callable[[World], None]] = {"clock": World.clock, "round": World.round, "month": check_all}
