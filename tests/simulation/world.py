"""World: one application, one virtual clock, one mail server, and the people who come by HTTP."""

import base64
import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import time_machine
from click.testing import Result
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.application import new_app, release
from tests.services import smtp
from tests.simulation.model import TOKEN, Broken, Letter, Model, Text, Viewer, is_in
from tests.visitor import Fields, Visitor

BIRTH = datetime(2021, 1, 4, 7, tzinfo=UTC)
"""The first moment, in the past: triggers that ask the database's own clock never refuse what the code may do."""
AFTER_RELEASE = datetime(2026, 12, 1, 7, tzinfo=UTC)
PLAIN = str.maketrans({"\u2011": "-", "\u00a0": " ", "\u202f": " "})
PASSWORD = "une-phrase-longue-et-simple"  # of accounts that live in a simulation
LINK = re.compile(r"http://localhost(/\S+)")
DYING = 0.03  # share of the forms of authors during which the server dies
TWICE = 0.06  # share of the forms that are sent twice
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprtv" for vowel in "aiou"]


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
    """A browser without JavaScript; each page it gets is looked at by the model."""

    def __init__(self, world: "World", viewer: Viewer) -> None:
        super().__init__(world.app)
        self.world, self.viewer = world, viewer
        self.address = "10." + ".".join(str(world.rng.randint(1, 250)) for _ in range(3))
        self.client.environ_base["REMOTE_ADDR"] = self.address

    def fill(self, **typed: str | list[str]) -> "Browser":
        super().fill(**typed)
        return self

    def get(self, path: str) -> "Browser":
        super().get(path)
        return self

    def tab(self) -> "Browser":
        """Return another tab of the same browser, on the page that this one shows."""
        other = Browser(self.world, self.viewer)
        other.client = self.client
        other.answer, other.tree = self.answer, self.tree
        return other

    def post(self, path: str, fields: Fields) -> "Browser":
        """Send a form. Some press twice, and see the first answer; for some the server dies, and they try again."""
        if self.viewer.kind == "author" and self.world.rng.random() < DYING:
            self.world.strike(partial(self.client.post, path, data=MultiDict(fields)))
        super().post(path, fields)
        if self.world.rng.random() < TWICE:
            first = self.answer, self.tree
            super().post(path, fields)
            self.answer, self.tree = first
            self.world.reach("the same POST twice")
        return self

    def read(self, answer: TestResponse) -> "Browser":
        super().read(answer)
        self.world.model.look(self.viewer, answer.request.full_path, answer.get_data())
        answer.close()
        if answer.status_code >= 500:  # a write in a GET is refused by the database
            raise Broken(5 if answer.request.method == "GET" else 7, f"{answer.request.path} : {answer.status_code}")
        return self

    @property
    def refusal(self) -> str:
        """Return what the page says is to be mended, or why an act was refused; empty where it was taken."""
        if self.tree is None:
            return "" if self.status < 400 else str(self.status)
        if self.status >= 400 or self.tree.xpath("//*[@id='a-reprendre']"):
            return f"{self.status} {self.text[:300]}"
        return ""

    def find(self, words: str = "", **attributes: str) -> Any:
        """Return the button that begins with these words and has these attributes; None where there is none."""
        for button in self.tree.iter("button"):
            is_named = " ".join(button.text_content().split()).startswith(words)
            if is_named and all(button.get(name) == value for name, value in attributes.items()):
                return button
        return None

    def press(self, words: str = "", **attributes: str) -> "Browser":
        """Press a button and follow redirections; what was filled in is sent, else what the form holds."""
        button = self.find(words, **attributes)
        assert button is not None, f"no button {words!r} {attributes} on {self.path}: {self.text[:400]}"
        owner = button.get("form")
        form = self.tree.xpath("//form[@id=$name]", name=owner)[0] if owner else next(button.iterancestors("form"))
        fields = [*self.form_fields(form, owner)]
        if button.get("name"):
            fields.append((button.get("name"), button.get("value", "")))
        self.typed = {}
        path = (button.get("formaction") or form.get("action") or self.path).partition("#")[0]
        if form.get("method", "get").lower() == "post":
            self.post(path, fields)
        else:
            self.get(f"{path}?{urlencode(fields)}")
        return self

    def send(self, form: Any, **pressed: str) -> "Browser":
        """Send a form as it stands, by the button of that name and value."""
        self.post(form.get("action") or self.path, [*self.form_fields(form, None), *pressed.items()])
        self.typed = {}
        return self

    def form_fields(self, form: Any, owner: str | None) -> Iterator[tuple[str, str]]:
        known = set()
        elements = [*form.iter("input", "textarea", "select")]
        if owner:
            elements += self.tree.xpath("//*[@form=$name][self::input or self::textarea or self::select]", name=owner)
        for element in elements:
            name = element.get("name")
            if not name or element.get("type") == "submit":
                continue
            known.add(name)
            if name in self.typed:
                continue
            yield from ((name, value) for value in held(element))
        for name, value in self.typed.items():
            assert name in known, f"{self.path} has no field {name!r}, but {sorted(known)}"
            yield from ((name, each) for each in (value if isinstance(value, list) else [value]))


def held(element: Any) -> Iterator[str]:
    if element.tag == "textarea":
        yield (element.text or "").removeprefix("\n")
    elif element.tag == "select":
        options = [*element.iter("option")]
        chosen = [each for each in options if each.get("selected") is not None] or options[:1]
        yield from (each.get("value", each.text_content()) for each in chosen)
    elif element.get("type") not in {"radio", "checkbox"} or element.get("checked") is not None:
        yield element.get("value", "on" if element.get("type") == "checkbox" else "")


class Logged(logging.Handler):
    """What the product logs, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__} {record.exc_info}")


@dataclass
class Author:
    """Somebody who writes."""

    name: str
    email: str
    browser: Browser
    letters: list[Letter] = field(default_factory=list)

    def private_link(self, text: Text) -> str | None:
        """Return the newest link to the private page of a text, as it stands in a letter."""
        for letter in reversed(self.letters):
            for link in letter.links:
                if link.startswith("/mon-temoignage/") and letter.about == text.public_id:
                    return link
        return None


@dataclass
class Editor:
    """Somebody who decides."""

    name: str
    viewer: Viewer
    browser: Browser
    letters: list[Letter] = field(default_factory=list)


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
    reached: dict[str, int] = field(default_factory=dict)
    log: Logged = field(default_factory=Logged)
    people: dict[str, Any] = field(default_factory=dict)
    mail_until: datetime | None = None
    """Until when the mail server fails."""
    backup: tuple[Path, Model] | None = None
    """The last backup, and what was promised at that moment."""
    received: set[str] = field(default_factory=set)
    """The letters that arrived, by their Message-ID: one that comes again is shown once."""
    lose_database: Callable[[], None] = lambda: None
    strike: Callable[[Callable[[], object]], None] = lambda _request: None
    """What a request may meet before it is answered."""
    lived: int = 0
    """How many steps were begun."""

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, **lasting: float) -> None:
        self.move_to(self.now + timedelta(**lasting))

    def move_to(self, moment: datetime) -> None:
        if moment > self.now:
            self.traveller.move_to(moment)
        self.model.now = self.now

    def token(self) -> str:
        """Return a word that is met nowhere else, for a thing that only some may read."""
        while True:
            token = "zo" + "".join(self.rng.choices(SYLLABLES, k=4)) + "x"
            if token not in self.model.facts:
                return token

    def tell(self, sentence: str) -> None:
        day = (self.now - self.birth).days
        self.story.append(f"jour {day}, {self.now:%H h %M} : {sentence}")

    def reach(self, what: str) -> None:
        self.reached[what] = self.reached.get(what, 0) + 1

    def run(self, *args: str) -> Result:
        result = self.app.test_cli_runner().invoke(args=list(args))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise Broken(7, f"flask {' '.join(args)} : {result.exception!r}") from result.exception
        return result

    def round(self) -> None:
        """Do a round of the deliverer."""
        if self.mail_until and self.now > self.mail_until:
            self.peer.accept()
            for closed in self.model.closed:
                self.peer.refuse(recipient=closed)
            self.mail_until, self.model.is_mail_well = None, True
        self.deliver()
        self.model.round_done()

    def deliver_due(self) -> None:
        """Do a round of the deliverer where somebody is owed a letter by now."""
        if any(owed.due <= self.now and not owed.was_tried for owed in self.model.owed):
            self.round()

    def deliver(self) -> Result:
        """Do a round of the deliverer, and give what arrived to who reads it."""
        self.model.settle()
        result = self.run("mail", "deliver")
        self.read_mail()
        return result

    def read_mail(self) -> None:
        arrived, self.peer.received[:] = self.peer.received[:], []
        for each in arrived:
            self.receive(each)

    def receive(self, received: smtp.Received) -> None:
        [to] = received.recipients
        if (name := str(received.message["Message-ID"])) in self.received:
            return
        self.received.add(name)
        if self.model.has_others and not TOKEN.search(to):
            return
        part = received.message.get_body(("plain",))
        assert part is not None
        body = part.get_content()
        links = LINK.findall(body)
        subject = str(received.message["Subject"]).translate(PLAIN)
        said = " ".join(body.translate(PLAIN).split())
        letter = Letter(to, subject, links, set(TOKEN.findall(body.lower())), about=text_of(links), says=said)
        self.reach(f"letter {subject}")
        self.model.receive(letter)
        if to in self.people:
            self.people[to].letters.append(letter)

    def clock(self) -> Result:
        """Run the scheduled job, and tell the model that a day's due acts are done."""
        result = self.run("clock")
        for line in result.output.splitlines():
            self.reach(f"clock {line.partition(':')[0]}")
        for text in self.model.texts:
            if (end := self.model.end_of(text)) and end[0] <= self.now + timedelta(days=1):
                self.probe(text, *end)
        self.model.clock_ran()
        return result

    @property
    def team(self) -> list[Editor]:
        return [each for each in self.people.values() if isinstance(each, Editor)]

    @property
    def editors(self) -> list[Editor]:
        """Return those who edit every article."""
        return [each for each in self.team if each.viewer.articles is None]

    def at_desk(self, editor: Editor, path: str = "/moderation") -> Browser:
        """Return an editor's browser, signed in, on a page of the desk."""
        page = editor.browser
        page.get(path)
        if page.path.startswith("/connexion/confirmer"):
            page.fill(password=PASSWORD).press("Continuer")
        elif page.path == "/connexion":
            page.fill(email=editor.viewer.email, password=PASSWORD).press("Se connecter")
        if page.path.startswith("/connexion/confirmer"):
            page.fill(password=PASSWORD).press("Continuer")
        return page

    def probe(self, text: Text, end: datetime, how: str) -> None:
        """Look by its private link whether a text that comes to its end has ended."""
        author: Author = self.people[text.author]
        link = author.private_link(text)
        if link is None:  # no letter reached them
            has_ended = end <= self.now
        else:
            page = author.browser.get(link)
            has_ended = (
                page.status != 200 if how == "erase" else "n’est plus publié" in page.text or "achevée" in page.text
            )
        if has_ended and end > self.now:
            raise Broken(
                14, f"le texte de {author.name} a pris fin le {self.now:%d/%m/%Y}, avant le {end:%d/%m/%Y %H:%M}"
            )
        if not has_ended and end < self.now - timedelta(days=1):
            raise Broken(14, f"le texte de {author.name} devait prendre fin le {end:%d/%m/%Y %H:%M}")
        if has_ended:
            self.reach(f"arrow {text.status} {how}")
            self.tell(f"le texte de {author.name} prend fin ({how})")
            if how == "erase":
                self.model.erase(text)
            else:
                self.model.act(text, "expire")
                self.model.owe(
                    text,
                    text.author,
                    "La publication de votre texte est achevée",
                    "expire",
                    is_true=partial(is_in, text, "unpublished"),
                )


def text_of(links: list[str]) -> str | None:
    """Return the identifier of the text that a letter is about: the one its private link names."""
    for link in links:
        if link.startswith("/mon-temoignage/"):
            payload = link.removeprefix("/mon-temoignage/").partition(".")[0].partition("/")[0]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return str(claims[0])
    return None


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
        stack.enter_context(listening(alive.log))
        yield alive


@contextmanager
def listening(log: Logged) -> Iterator[None]:
    """Have the product log to a list, and nowhere else."""
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], [log]
    yield
    root.handlers[:] = before
