"""A site of its own accent, logo and publisher: shown under the same policy, refused where they could not be read."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from app import create_app
from app.web.pdf import write_pdf
from config import Config, SettingMissing, Testing
from tests.application import release
from tests.test_config import PRODUCTION
from tests.visitor import words_of

LOGO = b"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50">
<style>.a { fill: url(#c) #7a1f4b }</style><defs><path id="b" d="M0 0h50v50H0z"/></defs>
<use class="a" xlink:href="#b"/></svg>
"""
OWN = {"COLOR_ACCENT": "#7A1F4B, #f0a8c8"}  # of light pages, and of dark ones

pytestmark = pytest.mark.one_engine


@contextmanager
def a_site(folder: Path, database: str = "sqlite://", **settings: str) -> Iterator[Flask]:
    app = create_app(Testing(instance=folder / "instance", database=database, **settings))
    yield app
    release(app)


def content_of(client: FlaskClient, address: str) -> tuple[str, bytes]:
    """Return the kind and the content of a file that is kept for good."""
    with closing(client.get(address)) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        return str(answer.mimetype), answer.get_data()


def logo_file(folder: Path, content: bytes = LOGO) -> str:
    (folder / "logo").write_bytes(content)
    return str(folder / "logo")


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\0" * ((width + 7) // 8)) * height)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_an_own_accent_and_logo_come_in_one_sheet_under_the_same_policy(tmp_path: Path, database: str) -> None:
    with a_site(tmp_path, database, LOGO=logo_file(tmp_path), **OWN) as app:
        client = app.test_client()
        page = client.get("/charte")
        html = BeautifulSoup(page.data, "html.parser")
        [sheet] = [str(each["href"]) for each in html.select("link[rel=stylesheet]")][-1:]
        assert re.fullmatch(r"/static/appearance\.[0-9a-f]{12}\.css", sheet)
        kind, style = content_of(client, sheet)
        assert kind == "text/css"
        assert {"--accent: #7a1f4b;", "--accent: #f0a8c8;", "--focus: #f0a8c8;"} <= set(
            re.findall("--.*;", style.decode())
        )
        assert page.headers["Content-Security-Policy"].count("'unsafe-inline'") == 0
        assert html.select("[style], style") == []
        [logo] = html.select(".masthead__name img")
        assert (logo["alt"], logo["width"], logo["height"]) == ("L’association d’exemple", "88", "44")
        assert content_of(client, str(logo["src"])) == ("image/svg+xml", LOGO)
        frame = client.get("/integration/crpv/cadre").get_data(as_text=True)
        assert f'<link rel="stylesheet" href="{sheet}">' in frame


def test_without_a_look_of_its_own_a_site_requests_and_stores_nothing_more(tmp_path: Path, database: str) -> None:
    with a_site(tmp_path, database) as app:
        html = BeautifulSoup(app.test_client().get("/articles/crpv").data, "html.parser")
        assert html.select("link[href*=appearance], .masthead img") == []
        assert [each["content"] for each in html.select("meta[name=theme-color]")] == ["#fbf9f4", "#15191b"]
        assert not (tmp_path / "instance" / "appearance").exists()


def test_the_publisher_stands_in_the_header_and_in_the_footer(tmp_path: Path, database: str) -> None:
    publisher = "Ville d’Exemple, collectivité territoriale"
    for settings, name in (
        ({}, "Ville d’Exemple"),
        ({"PUBLISHER_NAME": "La ville"}, "La ville"),
        ({"LOGO": logo_file(tmp_path)}, "Ville d’Exemple"),
    ):
        with a_site(tmp_path, database, PUBLISHER=publisher, **settings) as app:
            html = BeautifulSoup(app.test_client().get("/articles/crpv").data, "html.parser")
            [header], [footer] = html.select(".masthead"), html.select(".colophon")
            [link] = header.select(".masthead__name")
            told = [str(each["alt"]) for each in link.select("img")] or [words_of(each) for each in link.select("span")]
            assert told == [name]
            assert f"Éditeur : {name} " in f"{words_of(footer)} "


def test_a_document_has_the_accent_as_a_file_too(tmp_path: Path) -> None:
    with a_site(tmp_path, **OWN) as app, app.app_context():
        address: Any = app.jinja_env.globals["static_url"]
        sheets = "".join(
            f'<link rel="stylesheet" href="{address(name)}">' for name in ("recueil.css", "appearance.css")
        )
        words = '<p style="color: var(--accent)">Mot</p>'
        html = f'<html lang="fr" class="on-paper"><title>t</title>{sheets}{words}'
        (tmp_path / "file.pdf").write_bytes(write_pdf(html).content)
    drawn = PdfReader(tmp_path / "file.pdf").pages[0].get_contents()
    assert drawn is not None
    colors = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg", drawn.get_data())
    assert [0x7A, 0x1F, 0x4B] in [[round(float(part) * 255) for part in color] for color in colors]


# Ratios of the WCAG's own formula, worked out by hand: #777777 on #fbf9f4 4.256, #8b8b8b on #2e2716 4.346.
@pytest.mark.parametrize(
    ("accents", "sentence"),
    [
        (
            "#777777 #8bcdd2",
            "on light pages accent #777777 on paper #fbf9f4 has a contrast of 4.25, and 4.5 is the least",
        ),
        ("#0f5c63 #1d2325", "on dark pages accent #1d2325 on paper #15191b has"),
        ("#0f5c63 #8b8b8b", "on dark pages accent #8b8b8b on waiting-tint #2e2716 has a contrast of 4.34, and"),
    ],
)
def test_an_accent_that_cannot_be_read_is_refused_with_the_measured_ratio(
    tmp_path: Path, accents: str, sentence: str
) -> None:
    with pytest.raises(SettingMissing) as refusal, a_site(tmp_path, COLOR_ACCENT=accents):
        pass
    assert str(refusal.value).startswith(f"COLOR_ACCENT: {sentence}")
    assert not (tmp_path / "instance" / "appearance").exists()


def test_the_accent_of_the_sheets_is_accepted(tmp_path: Path) -> None:
    with a_site(tmp_path, COLOR_ACCENT="#0f5c63 #8bcdd2"):
        assert len(list((tmp_path / "instance" / "appearance").iterdir())) == 1


@pytest.mark.parametrize(
    "value", ["#0f5c63", "teal white", "#0f5c63 #8bcdd", "#fff #000", "0f5c63 8bcdd2", "#0f5c63;} #000000"]
)
def test_what_is_no_pair_of_colours_is_refused(value: str) -> None:
    with pytest.raises(SettingMissing, match=r"^COLOR_ACCENT must be two colours, for light pages and for dark ones"):
        Config(PRODUCTION | {"COLOR_ACCENT": value})


def svg(inside: str = "", box: str = 'viewBox="0 0 2 1"') -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" {box}>{inside}</svg>'.encode()
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (svg("<script>alert(1)</script>"), "only draws, without <script>"),
        (svg("<g><foreignObject/></g>"), "only draws, without <foreignObject>"),
        (svg('<path onload="alert(1)"/>'), "only draws, without onload="),
        (svg('<image x:href="https://ailleurs.exemple/a.png"/>'), "fetches nothing"),
        (svg('<use href="autre.svg#a"/>'), "fetches nothing"),
        (svg('<path fill="url(https://ailleurs.exemple/a)"/>'), "fetches nothing"),
        (svg("<style>@import 'a.css';</style>"), "fetches nothing"),
        (svg('<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>'), "only draws, without <script>"),
        (svg('<iframe xmlns="http://www.w3.org/1999/xhtml" src="#"/>'), "only draws, without <iframe>"),
        (svg(r'<path fill="u\72l(https://ailleurs.exemple/a)"/>'), "fetches nothing"),
        (svg("<style>path { fill: image-set('https://ailleurs.exemple/a' 1x) }</style>"), "fetches nothing"),
        (b'<?xml-stylesheet href="https://ailleurs.exemple/a.css"?>' + svg("<path/>"), "fetches nothing"),
        (svg("<style>path { fill: url( 'https://ailleurs.exemple/a') }</style>"), "fetches nothing"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "without entities"),
        (svg(box=""), "with a viewBox, or a width and a height in pixels"),
        (svg(box='width="100%" height="10"'), "with a viewBox, or a width and a height in pixels"),
        (svg(box='width="700" height="100"'), "from 0.25 to 6.0 times as wide as it is high, not 700 by 100"),
        (svg(box='viewBox="0 0 1 0"'), "from 0.25 to 6.0 times as wide as it is high"),
        (svg()[:-3], "an SVG file, in UTF-8, or a PNG file"),
        (b"<html></html>", "an SVG file, in UTF-8, or a PNG file"),
        (b"GIF89a\xff", "an SVG file, in UTF-8, or a PNG file"),
        (b"", "an SVG file, in UTF-8, or a PNG file"),
        (png(88, 44)[:-4], "a whole PNG file"),
        (png(88, 44)[:60] + b"x" + png(88, 44)[61:], "a whole PNG file"),
        (b"\x89PNG\r\n\x1a\n", "a whole PNG file"),
        (svg(" " * 65_536), "must weigh 64 kB at most"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_with_what_to_mend(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(SettingMissing) as refusal, a_site(tmp_path, LOGO=logo_file(tmp_path, content)):
        pass
    assert re.match(
        f"LOGO must .*{re.escape(sentence.removeprefix('must '))}.*: see docs/operating.md$", str(refusal.value)
    )
    assert not (tmp_path / "instance" / "appearance").exists()


def test_a_logo_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(SettingMissing, match=r"^LOGO cannot be read \(No such file or directory: /nulle/part.svg\)"):
        create_app(Testing(instance=tmp_path, database="sqlite://", LOGO="/nulle/part.svg"))


@pytest.mark.parametrize(
    ("content", "kind", "width"),
    [(png(30, 60), "image/png", "22"), (svg(box='width="30px" height="15"'), "image/svg+xml", "88")],
)
def test_a_logo_has_its_own_proportions(tmp_path: Path, database: str, content: bytes, kind: str, width: str) -> None:
    with a_site(tmp_path, database, LOGO=logo_file(tmp_path, content)) as app:
        client = app.test_client()
        [logo] = BeautifulSoup(client.get("/charte").data, "html.parser").select(".masthead img")
        assert (logo["width"], content_of(client, str(logo["src"]))) == (width, (kind, content))


def test_what_is_served_stays_when_the_owner_changes_the_file(tmp_path: Path, database: str) -> None:
    """Servers of two releases run beside each other for a moment, each with the pages that it made."""
    with a_site(tmp_path, database, LOGO=logo_file(tmp_path)) as app:
        client = app.test_client()
        [logo] = BeautifulSoup(client.get("/charte").data, "html.parser").select(".masthead img")
        with a_site(tmp_path, database, LOGO=logo_file(tmp_path, png(4, 4))):
            assert content_of(client, str(logo["src"])) == ("image/svg+xml", LOGO)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("no folder")
    with pytest.raises(SettingMissing, match=r"^INSTANCE must be a folder to write in"), a_site(tmp_path, **OWN):
        pass
