"""The guide of editors as a page: its chapters, its pictures, who is led to it."""

import re

from flask import Flask
from PIL import Image

from config import ROOT
from tests.visitor import Visitor, words_of

GUIDE = (ROOT / "docs" / "guide-editeur.md").read_text(encoding="utf-8")
AIDE = "/aide"


def test_an_editor_reads_the_guide_by_its_chapters(editor: Visitor) -> None:
    (link,) = editor.get("/moderation").page.select(f".doors__wide a[href='{AIDE}']")
    assert words_of(link) == "Aide"
    page = editor.get(AIDE).page
    assert words_of(page.select("h1")[0]) == "Guide de l’éditrice et de l’éditeur"
    assert words_of(page.select(".doors__nav [aria-current]")[0]) == "Aide"
    chapters = {str(each["href"]).removeprefix("#"): words_of(each) for each in page.select(".guide__chapters a")}
    written = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    assert list(chapters.values()) == written
    assert {str(each["id"]): words_of(each) for each in page.select(".guide__text h2")} == chapters
    assert "ce-que-l-auteure-peut-faire-sans-vous" in chapters
    assert len(page.select(".guide__text table")) == len(re.findall(r"^\|[-:|]+\|$", GUIDE, re.MULTILINE)) > 3
    assert "[call.partner]" in words_of(page.select(".guide__text pre")[-1])


def test_the_guide_shows_each_picture_with_its_words_and_its_size(app: Flask, editor: Visitor) -> None:
    shown = editor.get(AIDE).page.select(".guide__text img")
    assert editor.answer is not None
    assert "/>" not in editor.answer.text
    named = re.findall(r"^!\[(.*)\]\(\.\./static/(.*)\)$", GUIDE, re.MULTILINE)
    assert len(shown) == len(named) > 5
    for picture, (alternative, name) in zip(shown, named, strict=True):
        assert " ".join(str(picture["alt"]).split()) == alternative
        assert re.fullmatch(rf"/static/{name.removesuffix('.webp')}\.[0-9a-f]{{12}}\.webp", str(picture["src"]))
        with Image.open(ROOT / "static" / name) as file:
            assert (int(str(picture["width"])), int(str(picture["height"]))) == file.size
        assert picture.parent is not None
        assert picture.parent["href"] == picture["src"]
        answer = app.test_client().get(str(picture["src"]))
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        answer.close()


def test_readers_are_led_to_no_guide_and_gain_no_weight(app: Flask) -> None:
    for path in ("/articles/crpv", "/charte", "/articles"):
        page = app.test_client().get(path).text
        assert AIDE not in re.findall(r'href="([^"]+)"', page)
        assert "aide/" not in page.replace("/facile-a-lire", "")
