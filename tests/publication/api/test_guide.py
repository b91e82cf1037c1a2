"""docs/api.md: what it says to ask is asked, and answers what it says."""

import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from flask import Flask
from sqlalchemy.orm import Session

from app.catalog.filters import FILTERS
from app.testimonials.situation import Became, PartnerKnown
from config import ROOT
from tests.acts import readable
from tests.publication.api.client import ARTICLE, LIST, ask, assert_problem, get_json, validator

GUIDE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
HOST = "https://…"


def printed_addresses() -> Iterator[str]:
    """Yield the address that each `curl` of the guide asks for."""
    for line in re.findall(r"^curl .+$", GUIDE, re.MULTILINE):
        words = shlex.split(line)
        data = [words[at + 1] for at, word in enumerate(words) if word == "--data-urlencode"]
        options = {word for word in words[1:] if word.startswith("--")}
        assert options <= {"--compressed", "--get", "--data-urlencode"}, "what this test understands"
        assert words[-1].startswith(HOST)
        query = "&".join(f"{name}={quote(value)}" for name, _, value in (each.partition("=") for each in data))
        yield words[-1].removeprefix(HOST) + (f"?{query}" if query else "")


def test_each_example_of_the_guide_finds_what_it_asks_for(app: Flask, session: Session) -> None:
    readable(session, title="La santé au marché")
    addresses = list(printed_addresses())
    for address in addresses:
        answer = ask(app, address, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip"), address
        if "/flux.atom" in address:
            assert "La santé au marché" in ask(app, address).get_data(as_text=True)
        else:
            found = get_json(app, address)
            validator("Testimonials").validate(found)
            assert [each["title"] for each in found["testimonials"]] == ["La santé au marché"], address
    assert len(addresses) == 3


def test_each_address_of_the_guide_is_there(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    addresses = re.findall(r"^\| `(/\S+)` \|", GUIDE, re.MULTILINE)
    for address in addresses:
        assert ask(app, address.replace("<slug>", "crpv").replace("<id>", testimonial.public_id)).status_code == 200
    assert len(addresses) == 6


def test_each_error_of_the_guide_is_a_problem(app: Flask) -> None:
    rows = re.findall(r"^ +\| (`\?.+`) \| (\d+):", GUIDE, re.MULTILINE)
    queries = [(query, int(code)) for cells, code in rows for query in re.findall(r"`([^`]+)`", cells)]
    for query, code in queries:
        assert_problem(ask(app, LIST + query), code)
    assert len(queries) == 6


def test_each_name_that_the_guide_quotes_is_one(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    answers = [get_json(app, path) for path in (LIST, ARTICLE, f"/api/v1/testimonials/{testimonial.public_id}")]
    members = {name for answer in answers for name in names_in(answer)}
    problem = json.loads(ask(app, f"{LIST}?limite=51").get_data())
    values = {PartnerKnown.OTHER.value, PartnerKnown.UNKNOWN.value, PartnerKnown.NONE.value, *map(str, Became)}
    quoted = set(re.findall(r"`([a-z_]{3,})`", GUIDE))
    assert (
        quoted - {*members, *problem, *values, *(each.query for each in FILTERS.values()), "apres", "limite"} == set()
    )
    assert len(quoted) > 15


def names_in(answer: object) -> Iterator[str]:
    """Yield the names of the members of an answer, at any depth."""
    if isinstance(answer, dict):
        yield from answer
    if isinstance(answer, dict | list):
        for each in answer.values() if isinstance(answer, dict) else answer:
            yield from names_in(each)
