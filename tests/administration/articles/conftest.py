"""Fixtures for admins' pages of articles: another admin, two workers."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.administration.articles.desk import signed_in_admin
from tests.page_cache.workers import Worker
from tests.visitor import Visitor


@pytest.fixture
def colleague(app: Flask, session: Session) -> Visitor:
    """Another signed-in admin."""
    return signed_in_admin(app, session, "collegue@ville-exemple.fr")


@pytest.fixture
def workers(app: Flask) -> Iterator[tuple[Worker, Worker]]:
    """Two workers with a page cache each."""
    two = (Worker(app), Worker(app))
    yield two
    for worker in two:
        worker.close()
