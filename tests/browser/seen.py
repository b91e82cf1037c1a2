"""The states of the gallery that a run looks at: all; or, to land, those that have changed, and a tenth of the others.

A whole look at a part writes a line for each of its states: a digest of all that draws it, and its templates. What
Python changes is seen by the tenth alone, and by the next whole look.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from jinja2 import Template

from config import ROOT
from tests.depth import DEPTH

FOLDER = ROOT / "tests" / "data" / "gallery"
# The most that a run looks at of what has changed in a part, as all of it does with a style sheet: the seed draws.
MOST = 15
NEEDED = re.compile(r"""{%-?\s*(?:extends|include|import|from)\s+["'](.+?)["']""")
STATIC = re.compile(r"""static_url\(["'](.+?\.(?:css|js))["']\)""")


class Seen:
    """What was last seen of one part of the gallery, and what this run sees of it."""

    def __init__(self, app: Flask, part: str) -> None:
        self.app, self.path = app, FOLDER / f"{part}.json"
        self.last: dict[str, list[str]] = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        self.now: dict[str, list[str]] = {}

    def drawn(self, names: Sequence[str]) -> list[str]:
        if DEPTH.full:
            return [*names]
        changed = [each for each in names if self.has_changed(each)]
        same = [each for each in names if each not in changed]
        step = -(-len(changed) // MOST) or 1
        drawn = {*changed[DEPTH.seed % step :: step], *(DEPTH.drawn(same) if same else ())}
        return [each for each in names if each in drawn]

    def has_changed(self, name: str) -> bool:
        """Whether a state is new, or one of the files that draw it is not as it was."""
        digest, *templates = self.last.get(name, [""])
        return digest != digest_of(templates)

    @contextmanager
    def bringing(self, name: str) -> Iterator[None]:
        rendered: set[str] = set()

        def note(_app: Flask, template: Template, **_facts: Any) -> None:
            rendered.add(str(template.name))

        with template_rendered.connected_to(note, self.app):
            yield
        templates = sorted(each for each in rendered if each.endswith(".html"))
        self.now[name] = [digest_of(templates), *templates]

    def keep(self) -> None:
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(seen)}" for name, seen in self.now.items())
        self.path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def digest_of(templates: Iterable[str]) -> str:
    """Return the digest of templates, of those that they extend, include or import, and of their styles and scripts."""
    contents: dict[str, str] = {}
    waiting = [f"templates/{each}" for each in templates]
    while waiting:
        name = waiting.pop()
        if name not in contents:
            contents[name] = Path(ROOT, name).read_text("utf-8") if Path(ROOT, name).exists() else ""
            if name.endswith(".html"):
                waiting += [f"templates/{each}" for each in NEEDED.findall(contents[name])]
                waiting += [f"static/{each}" for each in STATIC.findall(contents[name])]
    return sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:12]
