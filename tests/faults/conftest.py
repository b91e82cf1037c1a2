"""A site on each engine, with a database of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.faults.site import Postgres, Site, copy_database, killable_postgres, site
from tests.services import postgres


@pytest.fixture
def own_postgres(postgres_server: postgres.Server, postgres_template: str) -> Iterator[Postgres]:
    """Give a PostgreSQL server that may be killed, with a copy of the prepared database."""
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
        killable_postgres(Path(folder)) as server,
    ):
        copy_database(postgres_server.url.set(database=postgres_template), server.url)
        yield server


@pytest.fixture
def served(engine: str, tmp_path: Path, compiled_templates: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    if engine == "sqlite":
        copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "site.sqlite3")
        database = f"sqlite:///{tmp_path / 'site.sqlite3'}"
    else:
        database = request.getfixturevalue("own_postgres").url.render_as_string()
    with site(tmp_path, database, compiled_templates) as running:
        yield running
