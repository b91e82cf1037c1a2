"""The states of the gallery that a run looks at: all; or, to land, those that have changed, and a tenth of the others.

A whole look at a part writes a line for each of its states: a digest of all that draws it, and its templates. What
Python changes is seen by the tenth alone, and by the next whole look.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from jinja2 import Environment, Template, TemplateNotFound
from jinja2.meta import find_referenced_templates

from config import ROOT
from tests.depth import DEPTH

FOLDER = ROOT / "tests" / "data" / "gallery"
# The most that a run looks at of what has changed, as all states do with a style sheet: drawn by its seed.
MOST = 40
STATIC = re.compile(r"""static_url\(["'](.+?\.(?:css|js))["']\)""")


class Seen:
    """What was last seen of one part of the gallery, and what this run sees of it."""

    def __init__(self, app: Flask, part: str) -> None:
        self.app, self.path = app, FOLDER / f"{part}.json"
        self.last: dict[str, list[str]] = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        self.now: dict[str, list[str]] = {}

    def drawn(self, names: Sequence[str]) -> list[str]:
        """Return the states to look at, in their order."""
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
        return digest != digest_of(self.app.jinja_env, templates)

    @contextmanager
    def bringing(self, name: str) -> Iterator[None]:
        """Note the templates that are rendered meanwhile, as those of a state."""
        rendered: set[str] = set()

        def note(_app: Flask, template: Template, **_facts: Any) -> None:
            rendered.add(str(template.name))

        with template_rendered.connected_to(note, self.app):
            yield
        templates = sorted(each for each in rendered if each.endswith(".html"))
        self.now[name] = [digest_of(self.app.jinja_env, templates), *templates]

    def keep(self) -> None:
        """Write what was seen of the whole part."""
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(seen)}" for name, seen in self.now.items())
        self.path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def digest_of(environment: Environment, templates: Sequence[str]) -> str:
    """Return the digest of templates, of those that they extend, include or import, and of their styles and scripts."""
    sources: dict[str, str] = {}
    waiting = [*templates]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name], others = read_template(environment, name)
            waiting += others
    static = {Path(ROOT, "static", each) for source in sources.values() for each in STATIC.findall(source)}
    contents = [each for _, each in sorted(sources.items())] + [each.read_text("utf-8") for each in sorted(static)]
    return sha256("\0".join(contents).encode()).hexdigest()[:12]


@cache
def read_template(environment: Environment, name: str) -> tuple[str, list[str]]:
    """Return the source of a template and the names of those that it needs; nothing, if it is gone."""
    assert environment.loader
    try:
        source = environment.loader.get_source(environment, name)[0]
    except TemplateNotFound:
        return "", []
    return source, [each for each in find_referenced_templates(environment.parse(source)) if each]
