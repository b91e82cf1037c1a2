"""The modules that an act passes through, in the order called: a text is sent, published, withdrawn."""

import sys
import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

from app import cli
from app.db import db
from app.testimonials.lifecycle import Status
from config import Testing
from tests.acts import private_page
from tests.factories import EDITOR, PASSWORD, a_testimonial, an_editor
from tests.testimonials.test_form import YES, preview
from tests.visitor import Visitor

# What every request passes through says nothing of a walk.
GROUND = ("web", "db", "tokens", "forms", "sanitize", "french", "words", "labelled_enum", "timeouts", "page_cache")
# What follows a change is one stay: the read model asks much of the domain, and decides nothing.
FOLLOWS = "app.testimonials.changes"
# The functions where a walk starts, and ends.
STARTS = {
    "submission": ("app.testimonials.submission.routes", "write"),
    "publish": ("app.moderation.decisions", "decide"),
    "withdrawal": ("app.testimonials.private_page.routes", "withdraw"),
}


def main() -> None:
    """Print each walk: stays in modules, modules, returns to one that was left; then the stays."""
    with tempfile.TemporaryDirectory() as folder:
        app = cli.create_app(Testing(instance=Path(folder), database=f"sqlite:///{folder}/walks.sqlite3"))
        app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
        with app.app_context():
            session = db.session()
            an_editor(session)
            waiting = a_testimonial(session, email="a@exemple.fr")
            shown = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
            session.commit()
            review, own = f"/moderation/{waiting.public_id}", private_page(shown)
        editor = Visitor(app).get("/connexion").fill(email=EDITOR, password=PASSWORD).press("Se connecter").get(review)
        author, sender = Visitor(app).get(own), preview(Visitor(app)).fill(**YES)
        walks: dict[str, Callable[[], Any]] = {
            "submission": lambda: sender.press("Envoyer"),
            "publish": lambda: editor.press("Publier"),
            "withdrawal": lambda: author.press("Retirer mon texte"),
        }
        for name, act in walks.items():
            stays = stays_in(act, STARTS[name])
            modules = set(stays)
            print(f"\n## {name}: {len(stays)} stays in {len(modules)} modules, {len(stays) - len(modules)} returns")
            print(" → ".join(stays))


def stays_in(act: Callable[[], object], start: tuple[str, str]) -> list[str]:
    """Return the modules above the ground that a function passes through in the course of an act, each stay once."""
    called: list[str] = []
    open_frames: list[FrameType] = []  # the function's own, then one that counts as a single stay

    def note(frame: FrameType, event: str, _: object) -> None:
        name = str(frame.f_globals.get("__name__", ""))
        if event == "return" and open_frames and frame is open_frames[-1]:
            open_frames.pop()
        if event != "call" or not name.startswith("app."):
            return
        if not open_frames and (name, frame.f_code.co_name) == start:
            open_frames.append(frame)
        if len(open_frames) == 1 and name.split(".")[1] not in GROUND:
            called.append(name.removeprefix("app."))
            if name == FOLLOWS:
                open_frames.append(frame)

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return [name for name, _ in groupby(called)]
