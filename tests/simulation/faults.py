"""Faults: what fails around the product, and what somebody does with a backup."""

import copy
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

from sqlalchemy import Engine, event

from app.db import db
from config import Months
from tests.simulation.model import Broken
from tests.simulation.world import Author, World

BACKUPS = "sauvegardes"
# A calendar of weeks, for some lives: a year of it meets ends that take three.
CALENDAR = {
    "published": "PUBLICATION_PERIOD",
    "rest": "TEXTS_PERIOD",
    "waiting": "WAITING_PERIOD",
    "update": "UPDATE_DELAY",
}
SHORT = {"published": 3, "rest": 2, "waiting": 3}


def short_calendar(world: World) -> bool:
    world.model.months |= SHORT
    world.app.config |= {CALENDAR[name]: Months(number) for name, number in SHORT.items()}
    world.tell("les délais sont courts : trois mois de publication, deux mois gardés")
    return True


def upgrade(world: World) -> bool:
    """Bring a database that release 1.0.0 wrote here: it has texts that nobody in this world wrote."""
    done = world.run("prepare")
    if done.exit_code:
        raise Broken(7, f"la mise à jour échoue : {done.output[-300:]}")
    world.model.has_others = True
    world.tell("le site vient de la version 1.0.0")
    return True


def mail_fails(world: World) -> bool:
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
    world.mail_until = world.now + timedelta(hours=rng.choice([2, 12, 50]))
    world.tell(f"le serveur de courriel {how}, jusqu’au {world.mail_until:%d/%m %H h}")
    return True


def mailbox_closes(world: World) -> bool:
    authors = [each for each in world.people.values() if isinstance(each, Author)]
    if not authors:
        return False
    author = world.rng.choice(authors)
    world.peer.refuse(recipient=author.email)
    world.model.closed.add(author.email)
    world.tell(f"la boîte de {author.name} est fermée")
    return True


def back_up(world: World) -> bool:
    folder = world.folder / BACKUPS
    folder.mkdir(exist_ok=True)
    made = world.run("backup", str(folder))
    if made.exit_code:
        raise Broken(7, f"la sauvegarde échoue : {made.output}")
    world.backup = max(folder.iterdir()), copy.deepcopy(world.model)
    world.tell("l’exploitant sauvegarde")
    return True


def restore(world: World) -> bool:
    """Lose the database, and restore the backup: what was erased or withdrawn since stays so (promise 12)."""
    if world.backup is None:
        return False
    path, before = world.backup
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
    world.tell(f"l’exploitant restaure {path.name}")
    return True


def deliverer_dies(world: World) -> bool:
    """Kill the deliverer once the mail server has its letter, before it can note that it left."""
    if not any(owed.due <= world.now for owed in world.model.owed):
        return False
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
        world.tell("le processus qui envoie les courriels est tué au milieu d’un envoi")
    return died


def with_new_connections(world: World) -> None:
    with world.app.app_context():
        db.engine.dispose(close=False)


def server_dies(world: World, request: Callable[[], object]) -> None:
    """Have the server be killed at some statement of a request, before it answers, or just after it has stored all."""
    dies_at = count(1)
    last = world.rng.randint(1, 60)
    child = os.fork()
    if child == 0:
        with_new_connections(world)

        def die(*_: object) -> None:
            if next(dies_at) == last:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", die)
        request()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    world.reach("the server killed in a request")


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "mail_fails": (0.25, mail_fails),
    "mailbox_closes": (0.06, mailbox_closes),
    "back_up": (0.15, back_up),
    "restore": (0.1, restore),
    "deliverer_dies": (0.3, deliverer_dies),
}
