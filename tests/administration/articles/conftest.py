"""Fixtures for admins' pages of articles: another admin, two workers."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from tests.acts import signed_in
from tests.page_cache.workers import Worker
from tests.visitor import Visitor


@pytest.fixture
def colleague(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session, email="collegue@ville-exemple.fr", role=Role.ADMIN)


@pytest.fixture
def workers(app: Flask) -> Iterator[tuple[Worker, Worker]]:
    two = (Worker(app), Worker(app))
    yield two
    for worker in two:
        worker.close()
