"""The `once` filter: a macro rendered once for the same arguments; the page cache empties it."""

from functools import lru_cache
from typing import Any

from flask import Flask
from jinja2.runtime import Macro


def init_app(app: Flask) -> None:
    app.jinja_env.filters["once"] = render_once


@lru_cache(maxsize=512)
def render_once(component: Macro, *arguments: Any) -> str:
    """Render a macro, once for the same arguments: it may depend on nothing else."""
    rendered: str = component(*arguments)
    return rendered
