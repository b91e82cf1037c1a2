"""Faults: what fails around the product, and what somebody does with a backup."""

import copy
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.db import db
from config import Months
from tests.simulation.model import Broken
from tests.simulation.world import World, act

BACKUPS = "sauvegardes"
REFUSALS = [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR]
# A calendar of weeks, for some lives: a year of it meets ends that take three.
CALENDAR = {
    "published": "PUBLICATION_PERIOD",
    "rest": "TEXTS_PERIOD",
    "waiting": "WAITING_PERIOD",
    "update": "UPDATE_DELAY",
}
SHORT = {"published": 3, "rest": 2, "waiting": 3, "update": 2}


def short_calendar(world: World) -> None:
    world.model.months |= SHORT
    world.app.config |= {CALENDAR[name]: Months(number) for name, number in SHORT.items()}
    world.tell("les délais sont courts : trois mois de publication, deux mois gardés")


def upgrade(world: World) -> None:
    """Bring a database that release 1.0.0 wrote here: it has texts that nobody in this world wrote."""
    done = world.run("prepare")
    if done.exit_code:
        raise Broken(7, f"la mise à jour échoue : {done.output[-300:]}")
    world.model.has_others = True
    world.tell("le site vient de la version 1.0.0")


@act(0.25)
def mail_fails(world: World) -> None:
    fail_mail(world, world.rng.choice([2, 12, 50, 500]))


def fail_mail(world: World, hours: float) -> None:
    """Have the mail server refuse all for a time, hang up, or fail after it has accepted."""
    peer, rng = world.peer, world.rng
    ways: dict[str, Callable[[], None]] = {
        "refuse tout pour l’instant": partial(peer.refuse, "451 4.3.2 Try again later"),
        "raccroche": partial(peer.stop_after, rng.randint(0, 7), hangs=False),
        "accepte, puis échoue en prenant congé": peer.refuse_goodbyes,
        "met vingt minutes à répondre": partial(setattr, peer, "on_message", partial(world.wait, minutes=20)),
    }
    how = rng.choice([*ways])
    ways[how]()
    world.model.is_mail_well = False
    world.mail_until = world.now + timedelta(hours=hours)
    world.tell(f"le serveur de courriel {how}, jusqu’au {world.mail_until:%d/%m %H h}")


@act(0.15)
def clock_stops(world: World) -> None:
    """Have the scheduled job be forgotten for some weeks."""
    world.clock_until = world.now + timedelta(days=world.rng.randint(10, 50))
    world.tell(f"le travail du jour est oublié, jusqu’au {world.clock_until:%d/%m}")


@act(0.1)
def mailbox_closes(world: World) -> None:
    author = world.author(world.choose(world.model.texts))
    world.peer.refuse(recipient=author.email)
    world.model.closed.add(author.email)
    world.tell(f"la boîte de {author.name} est fermée")


@act(0.5)
def back_up(world: World) -> None:
    folder = world.folder / BACKUPS
    folder.mkdir(exist_ok=True)
    made = world.run("backup", str(folder))
    if made.exit_code:
        raise Broken(7, f"la sauvegarde échoue : {made.output}")
    world.backup = max(folder.iterdir()), copy.deepcopy(world.model)
    world.tell("l’exploitant sauvegarde")


@act(0.5)
def restore(world: World) -> None:
    """Lose the database, and restore the backup: what was erased or withdrawn since stays so (promise 12)."""
    path, before = world.choose([world.backup] if world.backup else [])
    world.backup = None
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    world.lose_database()
    done = world.run("restore", str(path))
    if done.exit_code:
        raise Broken(12, f"la restauration échoue : {done.output}")
    cache = world.app.extensions["page_cache"]  # as a server that starts again
    for store in (cache.plain, cache.filtered):
        store.pages.clear()
        store.size = 0
    world.model = world.model.restored(before)
    world.received.clear()  # what had left since leaves again
    world.tell(f"l’exploitant restaure {path.name}")


@act(0.4)
def deliverer_dies(world: World) -> None:
    """Kill the deliverer once the mail server has its letter, before it can note that it left."""
    world.choose(owed for owed in world.model.owed if owed.due <= world.now)
    child = os.fork()
    if child == 0:
        with_new_connections(world)
        world.peer.on_message = None
        world.run("mail", "deliver")
        os._exit(0)
    world.peer.on_message = partial(os.kill, child, signal.SIGKILL)
    died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    world.peer.on_message = None
    well, world.model.is_mail_well = world.model.is_mail_well, False
    world.read_mail()
    world.model.round_done()
    world.model.is_mail_well = well
    if died:
        world.model.reached["the deliverer killed"] += 1
        world.tell("le processus qui envoie les courriels est tué au milieu d’un envoi")


def with_new_connections(world: World) -> None:
    with world.app.app_context():
        db.engine.dispose(close=False)


def server_fails(world: World, request: Callable[[], TestResponse]) -> None:
    """Have the database refuse a statement of a request; or the server be killed at it, or once it has stored all."""
    number, last = count(1), world.rng.randint(1, 60)
    is_killed = world.chance(0.5)
    if is_killed and (child := os.fork()):
        os.waitpid(child, 0)
        world.model.reached["the server killed in a request"] += 1
        return

    def fail(*_: object) -> None:
        if next(number) == last:
            if is_killed:
                os.kill(os.getpid(), signal.SIGKILL)
            world.model.reached["a statement refused in a request"] += 1
            refusal = sqlite3.OperationalError("a locked database, a full disk, or none")
            refusal.sqlite_errorcode = world.choose(REFUSALS)
            raise OperationalError("", {}, refusal)

    if is_killed:
        with_new_connections(world)
    event.listen(Engine, "before_cursor_execute", fail)
    with suppress(OperationalError):  # where even the page that says so fails
        request().close()
    event.remove(Engine, "before_cursor_execute", fail)
    if is_killed:
        os.kill(os.getpid(), signal.SIGKILL)
