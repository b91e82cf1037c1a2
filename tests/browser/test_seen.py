"""A run looks at the states that have changed since they were last seen, and at a tenth of the others."""

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader, Environment

from tests.browser import seen
from tests.browser.seen import MOST, Seen, digest_of
from tests.depth import Depth

NAMES = [f"state {number}" for number in range(100)]


@pytest.mark.one_engine
def test_what_has_changed_is_drawn_and_a_tenth_of_the_others(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "FOLDER", tmp_path)
    monkeypatch.setattr(seen, "DEPTH", Depth(full=False, seed=3))
    first = Seen(app, "part")
    assert MOST / 2 < len(first.drawn(NAMES)) <= MOST, "all are new"
    for name in NAMES:
        with first.bringing(name):
            pass
    first.keep()
    again = Seen(app, "part")
    assert again.drawn(NAMES) == NAMES[3::10]
    again.last["state 50"][0] = "another digest"
    assert {"state 50", "a new one"} < {*again.drawn([*NAMES, "a new one"])}


def test_a_state_has_changed_with_all_that_draws_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "ROOT", tmp_path)
    (tmp_path / "static").mkdir()
    pages = {
        "page.html": "{% extends 'base.html' %}",
        "base.html": "{% from 'part.html' import m %}",
        "part.html": "1",
        "other.html": "1",
    }

    def digest(sheet: str = "a", **changed: str) -> str:
        (tmp_path / "static" / "base.css").write_text(sheet, encoding="utf-8")
        sources = pages | {f"{name}.html": source for name, source in changed.items()}
        return digest_of(Environment(loader=DictLoader(sources), autoescape=True), ["page.html"])

    linked = "{{ static_url('base.css') }}"
    digests = [digest(), digest(page="1"), digest(part="2"), digest(part=linked), digest("b", part=linked)]
    assert len({*digests}) == len(digests)
    assert digest(other="2") == digest()
