"""`kill -9` of a worker, of the server, of PostgreSQL while authors send and editors decide."""

import random
from collections.abc import Callable

import pytest

from tests.faults import ROUNDS
from tests.faults.editors import Editor, assert_decided_once
from tests.faults.people import People
from tests.faults.site import Postgres, Site, kill

pytestmark = [pytest.mark.both_engines, pytest.mark.services]


def assert_nothing_is_lost(served: Site, strike: Callable[[], None]) -> None:
    """Strike while people act, as often as asked; then compare what they were told with what is stored."""
    people = People(served)
    editors = [Editor(people, number) for number in range(3)]
    with people.acting([people.author] * 4 + [each.act for each in editors]):
        for _ in range(ROUNDS):
            people.wait_for_acts(4, decisions=4)
            strike()
            people.wait_for_acts(4, decisions=4)
    people.assert_kept_once()
    assert_decided_once(people)


def test_a_killed_worker_loses_and_doubles_nothing(served: Site) -> None:
    assert_nothing_is_lost(served, lambda: kill([random.choice(served.workers)]))  # noqa: S311  # no secret


def test_a_killed_server_loses_and_doubles_nothing(served: Site) -> None:
    def strike() -> None:
        served.kill()
        served.start()

    assert_nothing_is_lost(served, strike)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_killed_postgresql_loses_and_doubles_nothing(served: Site, own_postgres: Postgres) -> None:
    def strike() -> None:
        own_postgres.kill()
        own_postgres.start()

    assert_nothing_is_lost(served, strike)
