"""The settings of what is seen from outside."""

import pytest

from config import Config, SettingMissing
from tests.test_config import PRODUCTION


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("METRICS_TOKEN", "short", "METRICS_TOKEN must have 32 signs at least, letters and digits"),
        ("METRICS_TOKEN", "t" * 31, "METRICS_TOKEN must have 32 signs at least"),
        ("METRICS_TOKEN", "two words " * 5, "METRICS_TOKEN must have 32 signs at least"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingMissing, match=f"^{sentence}.*: see docs/operating.md$"):
        Config(PRODUCTION | {name: value})


def test_by_default_metrics_are_closed() -> None:
    settings = Config(PRODUCTION)
    assert settings.METRICS_TOKEN == ""
    assert Config(PRODUCTION | {"METRICS_TOKEN": "t" * 32}).METRICS_TOKEN == "t" * 32
