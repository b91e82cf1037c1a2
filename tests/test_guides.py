"""The guides: commands, options and examples that they print are those of the code."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.articles import version_diff
from app.articles.call import TEXTS, partner_problems
from app.territories.entry_files import plan_import
from app.territories.models import Referential
from tests.screenshots import PICTURES

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/guide-editeur.md").read_text(encoding="utf-8")
OWNERS_PAGES = [(ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("installer", "operating")]
PICTURE = re.compile(r"^!\[(.*)\]\((.*)\)$", re.MULTILINE)
CODE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of a language in a document, without the margin that a list gives them."""
    return [
        re.sub(r"^ {3}(?=\S)", "", code, flags=re.MULTILINE) for each, code in CODE.findall(text) if each == language
    ]


@pytest.mark.one_engine
def test_every_command_that_the_guides_print_is_one(app: Flask) -> None:
    codes = [code for page in OWNERS_PAGES for code in blocks(page, "sh")]
    lines = [line.partition("  #")[0] for code in codes for line in code.splitlines()]
    commands = [line for line in lines if "flask" in line or line.startswith("en-regard ")]
    typed = re.compile(r"(\.venv/bin/flask --app wsgi|en-regard) (?=[a-z])")
    assert [line for line in commands if not typed.match(line)] == []
    for line in commands:
        words = shlex.split(typed.sub("", line).partition(" > ")[0].replace("[", "").replace("]", ""))
        command: click.Command = app.cli
        with app.app_context():
            context = click.Context(command)
            while isinstance(command, click.Group):
                found = command.get_command(context, words.pop(0))
                assert found is not None, line
                command = found
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
    assert len(commands) > 20


def test_the_guide_explains_every_name_of_a_call() -> None:
    table = GUIDE[GUIDE.index("| nom | ce que c’est |") : GUIDE.index("**Les versions.**")]
    explained = set(re.findall(r"`([\w.]+)`|`\[call\.(\w+)\]`", table))
    names = {name or table for name, table in explained}
    assert names - {"listed", "typed"} == {*TEXTS, *version_diff.NAMES, *version_diff.TABLES} - {"names"}


def test_the_partner_of_the_guide_is_one() -> None:
    (example,) = blocks(GUIDE, "toml")
    assert list(partner_problems(tomllib.loads(example)["call"]["partner"])) == []
    typed = example.replace('"listed"', '"typed"').replace('referential = "missions-locales"\n', "")
    assert list(partner_problems(tomllib.loads(typed)["call"]["partner"])) == []


@pytest.mark.one_engine
def test_the_list_of_the_guide_can_be_imported(session: Session) -> None:
    (example,) = [code for code in blocks(GUIDE, "") if code.startswith("code;")]
    plan = plan_import(session, session.scalars(select(Referential)).one(), example)
    assert [entry.name for entry in plan.added] == ["Mission locale de l’Estuaire", "Mission locale du Val"]


def test_the_guide_names_each_picture_once_and_says_what_it_shows() -> None:
    named = PICTURE.findall(GUIDE)
    assert GUIDE.count("![") == len(named)
    # Relative to the guide, so that a forge shows them too.
    paths = [(ROOT / "docs" / address).resolve() for _, address in named]
    assert sorted(paths) == sorted((ROOT / "static" / "aide").iterdir())
    assert {path.stem for path in paths} == set(PICTURES)
    words = [alternative for alternative, _ in named]
    assert [each for each in words if not 10 <= len(each.split()) <= 35] == []
    assert len(set(words)) == len(words) > 5


def test_the_pictures_are_light_and_of_a_desk_and_a_telephone() -> None:
    files = list((ROOT / "static" / "aide").iterdir())
    assert sum(path.stat().st_size for path in files) <= 600_000
    widths = []
    for path in files:
        with Image.open(path) as picture:
            widths.append(picture.width)
            assert (picture.format, picture.size) == ("WEBP", PICTURES[path.stem].size)
    assert (sorted(set(widths)), widths.count(360)) == ([360, 1366], 1)
