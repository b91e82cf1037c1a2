"""Who comes to the admins' pages of articles, and who reads beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.accounts.entering import ADMIN
from tests.administration.articles.desk import entered
from tests.page_cache.workers import Worker
from tests.visitor import Visitor


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    """Give an admin who has signed in."""
    return entered(app, session, ADMIN)


@pytest.fixture
def colleague(app: Flask, session: Session) -> Visitor:
    """Give another."""
    return entered(app, session, "collegue@ville-exemple.fr")


@pytest.fixture
def workers(database: str, tmp_path: Path) -> Iterator[tuple[Worker, Worker]]:
    """Give two workers that keep pages."""
    two = (Worker(database, tmp_path), Worker(database, tmp_path))
    yield two
    for worker in two:
        worker.close()
