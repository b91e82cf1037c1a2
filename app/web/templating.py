"""The `once` filter: a template's component rendered once for the same arguments."""

from functools import lru_cache
from typing import Any

from flask import Flask
from jinja2.runtime import Macro


def init_app(app: Flask) -> None:
    """Give templates the filter."""
    app.jinja_env.filters["once"] = render_once


@lru_cache(maxsize=512)
def render_once(component: Macro, *arguments: Any) -> str:
    """Return what a component makes of its arguments, made once for the same ones: it depends on nothing else."""
    made: str = component(*arguments)
    return made
