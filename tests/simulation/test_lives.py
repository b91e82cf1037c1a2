"""Two lives of a year at each landing; `./dev simulate` lives a hundred."""

from pathlib import Path

import pytest

from tests.simulation.life import plan
from tests.simulation.lives import Lives, tell


@pytest.mark.parametrize("seed", [1, 2])
def test_a_year_keeps_every_promise(seed: int, tmp_path: Path) -> None:
    outcome = Lives(tmp_path).prepare().live(seed, plan(seed, 1))
    assert not outcome.broken, tell(outcome)
