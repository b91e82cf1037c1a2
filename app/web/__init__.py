"""Everything around the views: request checks, rate limits, headers, logs, static assets, templates."""

from flask import redirect
from werkzeug.wrappers import Response

from app.db import db

ViewResult = str | tuple[str, int] | Response


def commit_and_show(address: str) -> Response:
    """Commit, and lead to a page that shows what was done: reloading that page sends nothing again."""
    db.session.commit()
    return redirect(address, 303)
