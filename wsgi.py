"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import sys

import click

from app.db import db, refuse_unknown_database
from app.monitoring.startup_checks import instance_fault
from config import SettingMissing

# A server needs no commands, and the migration tools that they import take 10 MB.
if click.get_current_context(silent=True):
    from app.cli import create_app
else:
    from app import create_app

try:
    app = create_app()
    if app.config["ENVIRONMENT"] == "production" and (fault := instance_fault(app.config["INSTANCE"])):
        raise SettingMissing(fault)
    with app.app_context():
        refuse_unknown_database(db.engine, app.config["INSTANCE"])
    if click.get_current_context(silent=True):
        from app.cli import explain_uncaught_errors

        explain_uncaught_errors()
except SettingMissing as refusal:
    sys.exit(f"En regard cannot start: {refusal}")
