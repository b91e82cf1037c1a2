"""World: one application, one virtual clock, one mail server, and the people who come by HTTP."""

import logging
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import time_machine
from click.testing import Result
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.application import new_app, release
from tests.services import smtp
from tests.simulation import pages
from tests.simulation.model import Broken, Model
from tests.simulation.things import TOKEN, Fact, Letter, Text, tokens_in
from tests.visitor import Fields, Visitor

BIRTH = datetime(2021, 1, 4, 7, tzinfo=UTC)
"""The first moment, in the past: triggers that ask the database's own clock never refuse what the code may do."""
AFTER_RELEASE = datetime(2026, 12, 1, 7, tzinfo=UTC)
PASSWORD = "une-phrase-longue-et-simple"  # of accounts that live in a simulation
LATE = 0.2  # share of the times when letters are due, and the deliverer is late
STUMBLING = 0.08  # share of the rounds during which the mail server fails
DYING = 0.04  # share of the forms of authors during which something fails in the server
TWICE = 0.06  # share of the forms that are sent twice
Thing = TypeVar("Thing")
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprtv" for vowel in "aiou"]


class Nothing(Exception):  # no error: nobody can act so now
    """There is nothing that an act could be about."""


@dataclass(frozen=True)
class Step:
    """One step of a life: its minute since the world's birth, which act, and the seed of what is drawn in it."""

    minute: int
    act: str
    seed: int

    def __str__(self) -> str:
        return f"{self.minute}:{self.act}:{self.seed:x}"

    @classmethod
    def parse(cls, written: str) -> "Step":
        minute, act, seed = written.split(":")
        return cls(int(minute), act, int(seed, 16))


class Browser(Visitor):
    """A browser without JavaScript; each page it gets is looked at by the model. Who has no address is a reader."""

    def __init__(self, world: "World", email: str = "") -> None:
        super().__init__(world.app)
        self.world, self.email = world, email
        self.client.environ_base["REMOTE_ADDR"] = "10." + ".".join(str(world.rng.randint(1, 250)) for _ in range(3))

    def post(self, path: str, fields: Fields) -> "Browser":
        """Send a form. Some press twice, and mind what is taken; for some the server fails, and they try again."""
        if self.email not in self.world.model.editors and self.world.rng.random() < DYING:
            self.world.strike(partial(self.client.post, path, data=MultiDict(fields)))
        super().post(path, fields)
        if self.world.rng.random() < TWICE:
            first = self.answer, self.tree
            super().post(path, fields)
            if self.refusal:
                self.answer, self.tree = first
            self.world.model.reached["the same POST twice"] += 1
        return self

    def read(self, answer: TestResponse) -> "Browser":
        super().read(answer)
        if answer.status_code >= 500:  # a write in a GET is refused by the database
            raise Broken(5 if answer.request.method == "GET" else 7, f"{answer.request.path} : {answer.status_code}")
        path = answer.request.full_path
        shown = self.tokens - tokens_in(path.partition("?")[2])
        outlet = pages.outlet_of(path)
        self.world.model.look(self.email, outlet, f"{path} ({self.email or 'qui lit'})", shown)
        if not self.email:
            self.world.model.reached[f"outlet {pages.address(path)}"] += 1
        if not self.email and outlet == "page":  # what other sites take from the head of a page is open
            in_head = pages.in_head(self.body)
            self.world.model.look("", "open", f"les métadonnées de {path}", in_head)
        answer.close()
        return self

    @property
    def body(self) -> str:
        assert self.answer is not None
        return self.answer.get_data().decode("utf-8", "replace")  # a file may be no text

    @property
    def tokens(self) -> set[str]:
        """Return the words of people that the page shows."""
        return tokens_in(self.body)

    @property
    def refusal(self) -> str:
        """Return what the page says is to be mended, or why an act was refused; empty where it was taken."""
        if self.status >= 400 or (self.tree is not None and self.tree.xpath("//*[@id='a-reprendre']")):
            return f"{self.status} {'' if self.tree is None else self.text[:300]}"
        return ""

    def do(self, words: str = "", **attributes: str) -> "Browser":
        """Press a button that a page offers: it is never refused (promise 10)."""
        self.press(words, **attributes)
        return self.is_taken(words or str(attributes))

    def is_taken(self, what: str) -> "Browser":
        if self.refusal:
            raise Broken(10, f"« {what} » est refusé à qui en a le bouton : {self.refusal}")
        return self


class Logged(logging.Handler):
    """What the product logs, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__} {record.exc_info}")


@dataclass
class Person:
    """Somebody with an address, or a code alone: who writes, decides, asks."""

    name: str
    browser: Browser
    letters: list[Letter] = field(default_factory=list)

    @property
    def email(self) -> str:
        return self.browser.email

    def link(self, subject: str = "") -> str:
        """Return the last link of their last letter of that subject; empty where none has come."""
        return next((each.links[-1] for each in reversed(self.letters) if subject in each.kind and each.links), "")

    def private_link(self, text: Text) -> str:
        """Return the newest link to the private page of a text, as it stands in a letter."""
        links = [link for each in self.letters if each.about == text.public_id for link in each.links]
        return next((each for each in reversed(links) if each.startswith("/mon-temoignage/")), "")


@dataclass
class World:
    """One life of the product."""

    app: Flask
    traveller: Any
    peer: smtp.Peer
    model: Model
    folder: Path
    birth: datetime = BIRTH
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    story: list[str] = field(default_factory=list)
    log: Logged = field(default_factory=Logged)
    people: dict[str, Person] = field(default_factory=dict)
    mail_until: datetime | None = None  # until when the mail server fails
    clock_until: datetime = BIRTH  # until when the scheduled job is forgotten
    backup: tuple[Path, Model] | None = None  # the last one, and what was promised at that moment
    received: set[str] = field(default_factory=set)  # by Message-ID: a letter that comes again is shown once
    lose_database: Callable[[], None] = lambda: None
    strike: Callable[[Callable[[], TestResponse]], None] = lambda _request: None  # what a request may meet
    stumble: Callable[[], None] = lambda: None  # what a round may meet
    recent: Text | None = None  # the text that moved some minutes ago: others act on it too
    lived: int = 0  # how many steps were begun

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, **lasting: float) -> None:
        self.move_to(self.now + timedelta(**lasting))

    def move_to(self, moment: datetime) -> None:
        if moment > self.now:
            self.traveller.move_to(moment)
        self.model.now = self.now

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def choose(self, things: Iterable[Thing]) -> Thing:
        """Draw one of some things, mostly the text that just moved; raise `Nothing` where there is none."""
        if not (found := [*things]):
            raise Nothing
        recent = [each for each in found if each is self.recent]
        return self.rng.choice(recent if recent and self.chance(0.8) else found)

    def token(self) -> str:
        """Return a word that is met nowhere else."""
        while (token := "zo" + "".join(self.rng.choices(SYLLABLES, k=4)) + "x") in self.model.facts:
            pass
        return token

    def word(self, what: str, *readers: str, text: Text | None = None, is_desk: bool = True) -> str:
        """Return a word that somebody is about to type: what it is, and who may read it."""
        token = self.token()
        self.model.facts[token] = Fact(what, text, {*readers}, is_desk)
        return token

    def somebody(self, name: str, what: str, *, text: Text | None = None, is_desk: bool = False) -> Person:
        """Return somebody new, with an address that only they read, and the desk if so."""
        token = self.word(f"adresse, {what}", text=text, is_desk=is_desk)
        email = f"{token}@ville.example"
        self.model.facts[token].readers.add(email)
        self.people[email] = Person(name, Browser(self, email))
        return self.people[email]

    def author(self, text: Text) -> Person:
        return self.people[text.author]

    def tell(self, sentence: str) -> None:
        self.story.append(f"jour {(self.now - self.birth).days}, {self.now:%H h %M} : {sentence}")

    def run(self, *args: str) -> Result:
        """Run a command of the owner, which succeeds."""
        result = self.app.test_cli_runner().invoke(args=list(args))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise Broken(7, f"flask {' '.join(args)} : {result.exception!r}") from result.exception
        return result

    def round(self) -> None:
        """Do a round of the deliverer, and give what arrives to who reads it."""
        if self.mail_until and self.now > self.mail_until:
            self.peer.accept()
            for closed in self.model.closed:
                self.peer.refuse(recipient=closed)
            self.mail_until, self.model.is_mail_well = None, True
        self.model.settle()
        self.run("mail", "deliver")
        self.read_mail()
        self.model.round_done()

    def soon(self) -> None:
        """Have a letter come that was just written."""
        self.wait(minutes=1)
        self.round()

    def deliver_due(self) -> None:
        """Do a round of the deliverer where somebody is owed a letter by now, mostly."""
        is_due = any(owed.due <= self.now and not owed.was_tried for owed in self.model.owed)
        if is_due and not self.chance(LATE):
            if self.mail_until is None and self.chance(STUMBLING):
                self.stumble()
            self.round()

    def read_mail(self) -> None:
        arrived, self.peer.received[:] = self.peer.received[:], []
        for each in arrived:
            is_new = (name := str(each.message["Message-ID"])) not in self.received
            self.received.add(name)
            letter = pages.letter(each)
            if is_new and (not self.model.has_others or TOKEN.search(letter.to)):
                self.model.reached[f"letter {TOKEN.sub('…', letter.kind)}"] += 1
                self.model.receive(letter)
                if letter.to in self.people:
                    self.people[letter.to].letters.append(letter)

    def clock(self) -> None:
        """Run the scheduled job, and tell the model that a day's due acts are done."""
        if self.now < self.clock_until:
            return
        result = self.run("clock")
        for line in result.output.splitlines():
            self.model.reached[f"clock {line.partition(':')[0]}"] += 1
        for text in self.model.texts:
            if text.left_at:
                self.model.count_reminder(text, text.left_at)
            if (end := self.model.end_of(text)) and end <= self.now + timedelta(days=1):
                self.probe(text, end)
        self.model.clock_ran()
        if result.output and self.chance(0.7):
            self.round()

    def probe(self, text: Text, end: datetime) -> None:
        """Look by its private link whether a text that comes to its end has ended."""
        author, is_read = self.author(text), text.status == "published"
        has_ended = end <= self.now
        if link := author.private_link(text):  # else no letter reached them
            page = author.browser.get(link)
            has_ended = (
                page.status != 200 if not is_read else "n’est plus publié" in page.text or "achevée" in page.text
            )
        if has_ended and end > self.now:
            raise Broken(14, f"le texte de {author.name} a pris fin le {self.now:%d/%m/%Y}, avant le {end:%d/%m/%Y}")
        if not has_ended and end < self.now - timedelta(days=1):
            raise Broken(14, f"le texte de {author.name} devait prendre fin le {end:%d/%m/%Y}")
        if has_ended:
            self.tell(f"le texte de {author.name}, {text.status}, prend fin")
            if is_read:
                self.model.act(text, "expire")
            else:
                self.model.erase(text)

    @property
    def team(self) -> list[Person]:
        return [self.people[email] for email in self.model.editors]

    @property
    def editors(self) -> list[Person]:
        """Return those who edit every article, the admin first."""
        return [each for each in self.team if self.model.editors[each.email] is None]

    def at_desk(self, editor: Person, path: str = "/moderation") -> Browser:
        """Return an editor's browser, signed in, on a page of the desk."""
        page = editor.browser
        page.get(path)
        if page.path == "/connexion":
            page.fill(email=editor.email, password=PASSWORD).press("Se connecter")
        if page.path.startswith("/connexion/confirmer"):
            page.fill(password=PASSWORD).press("Continuer")
        return page

    def review(self, editor: Person, text: Text, page: str = "") -> Browser:
        """Return an editor's browser on the page of a text, or on a page beside that."""
        return self.at_desk(editor, f"/moderation/{text.public_id}{page}")


Act = Callable[[World], None]
ACTS: dict[str, tuple[float, Act]] = {}
"""What people do, by name: its weight among all of it, and how it is done; one that is `Nothing` now is not done."""


def act(weight: float) -> Callable[[Act], Act]:
    def noted(done: Act) -> Act:
        ACTS[done.__name__] = weight, done
        return done

    return noted


@contextmanager
def world(folder: Path, database: str, templates: Path, *, later: bool = False) -> Iterator[World]:
    """Give a world at its birth, or after release 1.0.0; its database has the article that the product ships."""
    with ExitStack() as stack:
        birth = AFTER_RELEASE if later else BIRTH
        traveller = stack.enter_context(time_machine.travel(birth, tick=False))
        peer = stack.enter_context(smtp.peer())
        app = new_app(folder, database, templates)
        app.config |= {"SMTP_URL": peer.url}
        stack.callback(release, app)
        alive = World(app, traveller, peer, Model(now=birth), folder, birth)
        root = logging.getLogger()
        stack.callback(setattr, root, "handlers", root.handlers)
        root.handlers = [alive.log]
        yield alive
