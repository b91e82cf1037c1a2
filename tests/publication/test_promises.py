"""« Nos promesses »: the page has each of `content/promises.toml`, and says what the simulation lived."""

import re
import tomllib
from pathlib import Path

import pytest

from app.publication import routes
from app.publication.routes import Lived
from tests.visitor import Visitor

PROMISES = tomllib.loads((Path(__file__).parents[2] / "content/promises.toml").read_text(encoding="utf-8"))["promises"]


@pytest.mark.one_engine
def test_the_charter_leads_to_each_promise_under_its_number(visitor: Visitor) -> None:
    """The code cites them as « product rule N »: an ordered list numbers them from 1."""
    assert [each["number"] for each in PROMISES] == list(range(1, 17))
    assert len({each["key"] for each in PROMISES}) == len(PROMISES)
    assert visitor.get("/charte").page.select("main [href='/promesses']")
    shown = visitor.get("/promesses").page.select("main ol > li")
    assert [" ".join(each.get_text().split()) for each in shown] == [
        f"{each['title']}. {each['sentence']}" for each in PROMISES
    ]


@pytest.mark.one_engine
def test_each_promise_has_its_check_in_the_simulation() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parents[1] / "simulation").glob("*.py"))
    checked = {int(number) for number in re.findall(r"Broken\(\s*(\d+)", code)}
    assert checked == {each["number"] for each in PROMISES}


@pytest.mark.one_engine
def test_what_was_lived_and_found_is_told(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = "Pour la version 3.2.1, il a vécu 1 130 années, en 110 histoires tirées au hasard. Aucune promesse"
    for lived, said in (
        (Lived(release="", seeds=0, years=0, found=[]), "paraîtra ici, version par version."),
        (Lived(release="3.2.1", seeds=110, years=1130, found=[]), nothing),
        (Lived(release="3.2.1", seeds=110, years=1130, found=["Une panne."]), "nous avons réparé : Une panne."),
    ):
        monkeypatch.setattr(routes, "load_promises", lambda lived=lived: ([], lived))
        assert said in visitor.get("/promesses").text
