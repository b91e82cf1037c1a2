"""The benchmarks' corpus: each page that they measure is full, in the smallest one already."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import db
from bench import corpus, desk, readers

FULL = ((readers, "/articles/crpv", 'class="card[ "]', 20), (desk, "/moderation", 'class="row[ "]', 40))
SHORTER = {"words, once": 1, "words, nowhere": 0}


@pytest.mark.changes_content
@pytest.mark.one_engine
def test_every_page_that_is_measured_is_full(app: Flask, session: Session) -> None:
    corpus.load(session, corpus.SMALLEST)
    for bench, listing, row, full in FULL:
        with app.app_context():
            pages = bench.pages(app)
            db.session.remove()
        for name, (path, headers) in pages.items():
            # The name of the cookie begins with __Host- in production only.
            cookie = headers.get("Cookie", "").removeprefix("__Host-")
            answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": cookie})
            assert answer.status_code == 200, name
            if path.partition("?")[0] == listing:
                assert len(re.findall(row, answer.text)) == SHORTER.get(name, full), name


@pytest.mark.parametrize("named", [[], ["corpus"], ["nothing"]])
def test_only_modules_with_a_main_are_listed(named: list[str]) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "bench", *named]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert ended.returncode == 1
    assert (
        ended.stderr == "./dev bench NAME, one of: assistant, desk, exports, figures, house, pages, readers, vacuum\n"
    )


@pytest.mark.parametrize("name", ["assistant", "house", "pages", "vacuum"])
def test_help_is_printed_and_nothing_measured(name: str) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "bench", name]
    helped, refused = (
        subprocess.run([*command, option], cwd=root, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  # ours
        for option in ("--help", "--unheard-of")
    )
    assert (helped.returncode, refused.returncode) == (0, 2)
    assert helped.stdout.startswith(f"usage: ./dev bench {name} [-h]")
    assert "|" not in helped.stdout, "no table"
    assert "unrecognized arguments: --unheard-of" in refused.stderr
