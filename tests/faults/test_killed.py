"""`kill -9` of a worker, of the server, of PostgreSQL while authors send and editors decide."""

import random

import pytest

from tests.faults import ROUNDS
from tests.faults.editors import Editor, assert_decided_once
from tests.faults.people import People
from tests.faults.site import Postgres, Site, kill

pytestmark = [pytest.mark.both_engines, pytest.mark.services]


@pytest.mark.slow("a site, and what it stands on, killed and started again")
def test_what_is_killed_loses_and_doubles_nothing(served: Site, engine: str, request: pytest.FixtureRequest) -> None:
    """Strike while people act, as often as asked; then compare what they were told with what is stored."""

    def server() -> None:
        served.kill()
        served.start()

    def database() -> None:
        own: Postgres = request.getfixturevalue("own_postgres")
        own.kill()
        own.start()

    def worker() -> None:
        kill([random.choice(served.workers)])  # noqa: S311  # no secret

    people = People(served)
    editors = [Editor(people, number) for number in range(3)]
    with people.acting([people.author] * 4 + [each.act for each in editors]):
        for _ in range(ROUNDS):
            for strike in (worker, server, database) if engine == "postgresql" else (worker, server):
                people.wait_for_acts(4, decisions=4)
                strike()
        people.wait_for_acts(4, decisions=4)
    people.assert_kept_once()
    assert_decided_once(people)
