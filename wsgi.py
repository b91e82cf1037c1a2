"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import click

# A server needs no commands, and the migration tools that they import take 10 MB.
if click.get_current_context(silent=True):
    from app.cli import create_app
else:
    from app import create_app

app = create_app()
