"""How the product is served; gunicorn reads this file by itself, in development and in production."""

import gc
import os

from gunicorn.arbiter import Arbiter
from sqlalchemy.orm import configure_mappers

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

# Two processes, so that one busy request (a password being hashed) never stops the site; threads, because
# most of a request is spent waiting for the database.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# Load the application once, before the workers are forked: a faster start, less memory, and a missing setting
# stops the server at once instead of each worker in turn.
preload_app = True

# The server is stopped and reloaded by signals; a socket that takes commands would only be one more door.
control_socket_disable = True


def when_ready(server: Arbiter) -> None:
    """Make in the first process what each worker would make for itself, and let the collector leave it alone.

    What is loaded before the workers are forked is shared by them for as long as nobody writes to it.
    """
    app = server.app.wsgi()
    configure_mappers()
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()
