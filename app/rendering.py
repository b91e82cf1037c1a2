"""How templates are rendered: with Flask's environment, globals looked up at once, and pieces made once."""

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.runtime import Macro


class Templates(Environment):
    """Flask's environment. Jinja chains its globals to those of each template; ours have none of their own."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template: a chain is looked through link by link, at each import of a component."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Render every template so; before anything else gives them words."""
    app.jinja_environment = Templates
    app.jinja_env.filters["once"] = once


@lru_cache(maxsize=512)
def once(component: Macro, *arguments: Any) -> str:
    """Return what a component makes of its arguments, made once for the same ones: it depends on nothing else."""
    made: str = component(*arguments)
    return made
