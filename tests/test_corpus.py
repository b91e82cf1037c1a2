"""The benchmarks' corpus: each page that they measure is full, in the smallest one already."""

import os
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import db
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from bench import corpus, costs, desk, growth
from bench.speed import Row
from tests.acts import stored
from tests.factories import a_testimonial
from tests.services.server import run_forked
from tests.testimonials.test_form import WRITE

FULL = ((growth, "/articles/crpv", 'class="card[ "]', 20), (desk, "/moderation", 'class="row[ "]', 40))
FIGURES = (("sending", 8.0), ("sending", 8.1), ("article, cached", 9.0))
SHORTER = {"words, once": 1, "words, nowhere": 0}


@pytest.mark.changes_content
@pytest.mark.one_engine
@pytest.mark.slow("the smallest corpus is loaded")
def test_every_page_that_is_measured_is_full(app: Flask, session: Session) -> None:
    corpus.load(session, desk.SMALL)
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


@pytest.mark.one_engine
def test_what_is_measured_of_authors_is_done(app: Flask, session: Session) -> None:
    waiting = [a_testimonial(session, status=status).public_id for status in (Status.UNCONFIRMED, Status.PENDING)]
    session.commit()
    people, client = costs.People(app), app.test_client(use_cookies=False)
    form, cookie = "application/x-www-form-urlencoded", people.author["Cookie"].removeprefix("__Host-")

    def post(path: str, bodies: Iterator[bytes]) -> int:
        answer = client.post(path, data=next(bodies), content_type=form, headers={"Cookie": cookie})
        return answer.status_code

    sendings = people.sendings()
    assert [post(WRITE, people.previews()), post(WRITE, sendings), post(WRITE, sendings)] == [200, 303, 303]
    assert [post(path, people.confirmed()) for path in people.confirmations()] == [303]
    statuses = [each.status for each in stored(session, Testimonial) if each.public_id not in waiting]
    assert statuses == [Status.UNCONFIRMED] * 2
    assert {each.status for each in stored(session, Testimonial) if each.public_id in waiting} == {Status.PENDING}


def test_a_goal_is_met_or_missed() -> None:
    shown = [str(Row(name, "sqlite", figure, f"{figure} ms")).split(" | ")[2:6] for name, figure in FIGURES]
    assert shown == [["8.0 ms", "", "≤ 8", "met"], ["8.1 ms", "", "≤ 8", "missed"], ["9.0 ms", "", "", ""]]


@pytest.mark.parametrize("named", [["corpus"], ["nothing"]])
def test_only_modules_with_a_main_are_listed(named: list[str]) -> None:
    code, said = run_forked(["bench", *named], os.environ)
    assert code == 1
    names = "assistant, desk, exports, figures, growth, house, known_faults, speed, vacuum, walks"
    assert said == f"./dev bench NAME, one of: {names}"


@pytest.mark.parametrize("name", ["", "growth", "house"])
def test_help_is_printed_and_nothing_measured(name: str) -> None:
    command = ["bench", *name.split()]
    code, said = run_forked([*command, "--help"], os.environ)
    assert code == 0
    assert said.startswith(f"usage: ./dev bench {name}".strip() + " [-h]")
    assert "|" not in said, "no table"
    code, said = run_forked([*command, "--unheard-of"], os.environ)
    assert code == 2
    assert "unrecognized arguments: --unheard-of" in said
