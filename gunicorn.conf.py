"""How the product is served; gunicorn reads this file by itself, in development and in production."""

import gc
import os
import socket
import struct

from gunicorn.arbiter import Arbiter

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

# Whoever sends a request may rest this long midway: eight who never end must not keep every thread waiting for them.
PATIENCE = 15  # seconds


# No header of a request, not even one that a proxy lets through, may say where the site begins: a page's links, which
# are kept for everyone, would follow.
forwarder_headers = ""


def when_ready(server: Arbiter) -> None:
    """Get the server ready, before its workers are forked."""
    for listener in server.LISTENERS:
        # Each connection inherits it; gunicorn itself waits without end (Linux; elsewhere the proxy bounds it).
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    warm(server)


def warm(server: Arbiter) -> None:
    """Make a page before the workers are forked: what it loads and compiles, they share instead of each making it.

    The collector leaves all that alone from then on; connections are not for sharing, and are closed.
    """
    app = server.app.wsgi()
    extensions = getattr(app, "extensions", {})
    if "sqlalchemy" in extensions:
        app.test_client().get("/", base_url=app.config["PUBLIC_URL"], follow_redirects=True)
        with app.app_context():
            extensions["sqlalchemy"].engine.dispose()
    gc.collect()
    gc.freeze()
