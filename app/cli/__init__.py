"""Every `flask` command."""

import flask_migrate
from flask import Flask

import app
import config
from app.cli.articles import article_commands
from app.cli.backup import backup, data_commands, restore
from app.cli.catalog import catalog_commands
from app.cli.database import prepare
from app.cli.doctor import doctor
from app.cli.editors import editor_commands
from app.cli.mail import mail_commands
from app.cli.maintenance import clock, erasures
from app.cli.privacy import privacy_commands
from app.db import db

MIGRATIONS = config.ROOT / "migrations"


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application with its commands, those of the migrations among them."""
    commanded = app.create_app(settings)
    flask_migrate.Migrate(commanded, db, directory=str(MIGRATIONS), render_as_batch=True)
    for command in (
        prepare,
        backup,
        restore,
        data_commands,
        clock,
        mail_commands,
        article_commands,
        editor_commands,
        catalog_commands,
        privacy_commands,
        erasures,
        doctor,
    ):
        commanded.cli.add_command(command)
    return commanded
