"""A run looks at the states that have changed since they were last seen, and at a tenth of the others."""

from pathlib import Path

import pytest
from flask import Flask

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
    files = {
        "templates/page.html": "{% extends 'base.html' %}",
        "templates/base.html": '{% from "part.html" import m %}',
        "templates/part.html": "{{ static_url('base.css') }}",
        "templates/other.html": "{{ static_url('other.css') }}",
        "static/base.css": "a",
        "static/other.css": "a",
    }
    digests = {}
    for changed in ("", *files):
        for name, content in files.items():
            Path(tmp_path, name).parent.mkdir(exist_ok=True)
            Path(tmp_path, name).write_text(content + "." * (name == changed), encoding="utf-8")
        digests[changed] = digest_of(["page.html"])
    assert digests["templates/other.html"] == digests["static/other.css"] == digests[""]
    assert len({*digests.values()}) == len(files) - 1
