"""What a reader downloads: light pages, and the style sheets that they use, no other."""

import gzip
import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app import demo
from config import ROOT
from tests.acts import readable

STATIC = ROOT / "static"
SHEETS = sorted(path.name for path in STATIC.glob("*.css"))
READERS_SHEETS = ["base.css", "public.css"]
WITH_CHAPTERS = [*READERS_SHEETS, "sheet.css"]  # what an article does without
WITH_STATEMENTS = [*WITH_CHAPTERS, "statements.css"]


def read(sheet: str) -> bytes:
    return (STATIC / sheet).read_bytes()


def classes_of(sheet: str) -> set[str]:
    rules = re.sub(r"/\*.*?\*/", "", read(sheet).decode(), flags=re.DOTALL)
    return {
        name for selector in re.findall(r"([^{}]+)\{", rules) for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
    }


def sheets_of(page: BeautifulSoup) -> list[str]:
    linked = [str(each["href"]) for each in page.select("link[rel=stylesheet]")]
    return [re.sub(r"/static/(\w+)\.[0-9a-f]{12}", r"\1", each) for each in linked]


@pytest.fixture
def pages(app: Flask, session: Session) -> dict[str, BeautifulSoup]:
    demo.load_demo(session, ROOT / "content" / "demo" / "retours.toml")
    one = readable(session, title="Un retour", reuse=True)
    article = "/articles/crpv"
    paths = [article, f"{article}?situation=planned", f"{article}?mots=rencontres", f"{article}?region=02"]
    paths += [f"{article}/synthese", f"/temoignages/{one.public_id}-un-retour", "/charte"]
    answers = {path: app.test_client().get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: BeautifulSoup(answer.data, "html.parser") for path, answer in answers.items()}


def test_what_readers_see_needs_the_base_and_the_public_sheets_alone(pages: dict[str, BeautifulSoup]) -> None:
    styled = {sheet: classes_of(sheet) for sheet in SHEETS}
    for path, page in pages.items():
        sheets = READERS_SHEETS if path.startswith("/articles/") else WITH_CHAPTERS
        sheets = WITH_STATEMENTS if path.endswith("/synthese") else sheets
        assert sheets_of(page) == sheets, path
        known = set().union(*(styled[sheet] for sheet in sheets))
        elsewhere = set().union(*styled.values()) - known
        assert len(known) > 50
        assert len(elsewhere) > 100
        used = {name for element in page.select("[class]") for name in element["class"]}
        assert used & elsewhere == set(), f"{path} needs a sheet that it does not load"


def test_an_article_and_its_synthesis_weigh_16_kilobytes_at_most_with_their_style(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    """Compressed, with the demonstration's fifteen testimonials, besides the faces and one script of 5 kB."""
    demo.load_demo(session, ROOT / "content" / "demo" / "retours.toml")
    session.commit()
    for path, sheets in [("/articles/crpv", READERS_SHEETS), ("/articles/crpv/synthese", WITH_STATEMENTS)]:
        with subtests.test(path=path):
            html = app.test_client().get(path).data
            page = BeautifulSoup(html, "html.parser")
            assert sheets_of(page) == sheets
            assert page.select('a[href="/articles/crpv/synthese"], .statement'), "the article leads to its synthesis"
            weights = [len(gzip.compress(each)) for each in (html, *map(read, sheets))]
            assert sum(weights) <= 16_000, weights
