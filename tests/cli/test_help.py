"""`--help` of the commands of an owner's day: what they do, and an example that can be typed."""

import pytest
from flask import Flask

pytestmark = pytest.mark.one_engine


def test_commands_of_an_owners_day_have_an_example(app: Flask) -> None:
    commands = (
        *("doctor", "backup", "backup verify", "restore", "data copy", "keys check", "keys renew"),
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
