"""The people who are asked, as pages name them: the one module where « CLSM » is displayed."""

from flask import Flask

PEOPLE = "CLSM"


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(people=PEOPLE, unnamed_signature=unnamed)


def unnamed(region: str) -> str:
    return f"Un {PEOPLE}, en région {region}"
