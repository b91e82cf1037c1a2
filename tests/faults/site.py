"""A site that can be killed: gunicorn as in production, and PostgreSQL that loses nothing which it acknowledged."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from flask import Flask
from sqlalchemy.engine import URL

from bench.server import family
from tests.application import new_app, release
from tests.services import postgres
from tests.services.ports import kept_port
from tests.services.server import start_forked, stop, wait_for, wait_until

KEY = "only-for-tests"  # that of config.Testing
PAGE = "/.well-known/security.txt"


def kill(processes: list[int]) -> None:
    """Kill processes as `kill -9` does, and wait until none is left."""
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(each) for each in processes))


def is_alive(process: int) -> bool:
    """Say whether a process runs; one that ended, and whose parent has not looked yet, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Site:
    """A running server, and an application in this process that has the same database and key."""

    app: Flask
    folder: Path
    database: str
    port: int
    process: ForkServerProcess = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def processes(self) -> list[int]:
        """The server's, then its workers'."""
        assert self.process.pid is not None
        return list(family(self.process.pid))

    @property
    def workers(self) -> list[int]:
        return self.processes[1:]

    def start(self) -> None:
        settings = {
            "EN_REGARD_ENV": "development",
            "SECRET_KEY": KEY,
            "INSTANCE": str(self.folder),
            "DATABASE_URL": self.database,
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "PROXIES": "1",
        }
        command = ["gunicorn", "--bind", f"127.0.0.1:{self.port}", "wsgi:app"]
        self.process = start_forked(command, os.environ | settings, self.folder / "server.log")
        wait_for(self.url + PAGE, self.process.is_alive)

    def kill(self) -> None:
        kill(self.processes)
        self.process.join()


@contextmanager
def site(folder: Path, database: str, templates: Path) -> Iterator[Site]:
    with kept_port() as port:
        served = Site(new_app(folder, database, templates), folder, database, port)
        served.start()
        try:
            yield served
        finally:
            stop(served.process)
            release(served.app)


@dataclass
class Postgres:
    """A PostgreSQL server that can be killed; what it acknowledged has left its memory (`synchronous_commit`)."""

    command: list[str]
    owner: str | None
    folder: Path
    url: URL
    leash: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        with (self.folder / "log").open("a") as output:
            self.leash = subprocess.Popen(  # noqa: S603  # written above
                ["/bin/sh", "-c", postgres.LEASH, "leash", *self.command],
                user=self.owner,
                group=pwd.getpwnam(self.owner).pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        postgres._wait(self.url, self.folder / "log")  # noqa: SLF001  # the same server, which can be killed

    def kill(self) -> None:
        kill(list(family(self.leash.pid))[1:])
        self.stop()

    def stop(self) -> None:
        self.leash.communicate()


@contextmanager
def killable_postgres(folder: Path) -> Iterator[Postgres]:
    """Give a server of its own, in an empty folder that its user may enter."""
    owner, binaries = postgres._owner(), postgres._binaries()  # noqa: SLF001  # as above
    if owner:
        shutil.chown(folder, owner)
    made = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", "postgres", "--auth", "trust"]
    subprocess.run(  # noqa: S603  # written just above
        [*made, "--encoding", "UTF8", "--no-locale", "--no-sync"],
        user=owner,
        group=pwd.getpwnam(owner).pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=True,
        capture_output=True,
    )
    # The system stays up: what was written to its files is there, on the disk or not.
    settings = {"fsync": "off", "listen_addresses": "", "unix_socket_directories": str(folder)}
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), *(f"--{k}={v}" for k, v in settings.items())]
    url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
    server = Postgres(command, owner, folder, url)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def copy_database(source: URL, target: URL) -> None:
    """Fill an empty database with another's tables and rows: migrating takes ten times as long."""
    addresses = [each.set(drivername="postgresql").render_as_string(hide_password=False) for each in (source, target)]
    binaries = postgres._binaries()  # noqa: SLF001  # those of the server
    dump, load = str(binaries / "pg_dump"), str(binaries / "psql")
    dumped = subprocess.run([dump, addresses[0]], check=True, capture_output=True)  # noqa: S603  # written above
    subprocess.run(  # noqa: S603  # as above
        [load, "--quiet", "--set", "ON_ERROR_STOP=1", addresses[1]],
        input=dumped.stdout,
        check=True,
        capture_output=True,
    )
