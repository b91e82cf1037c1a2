"""`kill -9` of a worker while authors send."""

import random

import pytest

from tests.faults import ROUNDS
from tests.faults.people import People
from tests.faults.site import Site, kill

pytestmark = pytest.mark.services


@pytest.fixture
def people(served: Site) -> People:
    return People(served)


def test_a_killed_worker_loses_and_doubles_nothing(served: Site, people: People) -> None:
    with people.acting([people.author] * 6):
        for _ in range(ROUNDS):
            people.wait_for_acts(5)
            kill([random.choice(served.workers)])  # noqa: S311  # no secret
            people.wait_for_acts(5)
    people.assert_kept_once()
