"""Commands: how many there are, and `--help` of those of an owner's day, with an example that can be typed."""

import re
from collections.abc import Iterator

import click
import pytest
from flask import Flask

from config import ROOT

pytestmark = pytest.mark.one_engine

MOST_COMMANDS = 20


def test_commands_of_an_owners_day_have_an_example(app: Flask) -> None:
    commands = (
        *("doctor", "backup", "restore", "data copy"),
        *("mail loop", "mail deliver", "erasures check", "erasures replay"),
    )
    runner = app.test_cli_runner()
    without = [
        command
        for command in commands
        if f"Example: .venv/bin/flask --app wsgi {command}"
        not in runner.invoke(args=[*command.split(), "--help"]).output
    ]
    assert without == []


def test_commands_are_few_enough_to_be_known(app: Flask) -> None:
    own = [name for name in commands_of(app.cli) if name.split()[0] not in {"db", "routes", "run", "shell"}]
    assert len(own) <= MOST_COMMANDS, own


def test_dev_has_ten_commands_and_one_for_the_continuous_integration() -> None:
    script = (ROOT / "dev").read_text()
    listed = re.findall(r"^\./dev (\w+)", script, re.MULTILINE)
    taken = re.findall(r"^  (help [\w |]+)\)", script, re.MULTILINE)[0].split(" | ")
    assert len(listed) == 10
    assert {*taken, "test"} == {*listed, "help", "install"}


def commands_of(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield the commands of a group, and of the groups in it, hidden ones too."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"
