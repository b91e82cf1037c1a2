"""Tables of an article: their headers, their captions, the box in which they scroll."""

import re

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.passages import cut_passages
from tests.factories import the_article
from tests.visitor import Visitor

SIMPLE = "| Année | CLSM |\n|:--|--:|\n| 2021 | 262 |\n"
TWO_WAYS = "|  | 2021 | 2026 |\n|--|:-:|--:|\n| Bretagne | 12 | 14 |\n| Normandie |  | 8 |\n"


def boxes(body: str) -> list[Tag]:
    html = "".join(passage.html for passage in cut_passages(body, ()))
    return BeautifulSoup(html, "html.parser").select("div.table")


def cells(box: Tag) -> list[list[str]]:
    rows = []
    for row in box.select("tr"):
        facts = []
        for cell in row.find_all(["th", "td"]):
            name = [cell.name, str(cell.get("scope", "")), *map(str, cell.get("class") or [])]
            facts.append(f"{' '.join(each for each in name if each)}: {cell.get_text()}")
        rows.append(facts)
    return rows


def test_the_first_line_names_its_columns() -> None:
    (box,) = boxes(SIMPLE)
    assert cells(box) == [["th col: Année", "th col end: CLSM"], ["td: 2021", "td end: 262"]]
    assert "style" not in str(box)


def test_an_empty_first_cell_has_each_line_named_by_its_first_and_empty_cells_name_nothing() -> None:
    (box,) = boxes(TWO_WAYS)
    assert cells(box) == [
        ["td: ", "th col middle: 2021", "th col end: 2026"],
        ["th row: Bretagne", "td middle: 12", "td end: 14"],
        ["th row: Normandie", "td middle: ", "td end: 8"],
    ]


def test_a_paragraph_that_says_tableau_is_the_caption_and_is_not_repeated() -> None:
    (box,) = boxes(f"Avant.\n\nTableau : les *CLSM* actifs\n\n{SIMPLE}")
    caption = box.select_one("table > caption")
    assert caption is not None
    assert caption.decode_contents() == "Tableau\u00a0: les <em>CLSM</em> actifs"
    assert box["aria-label"] == "Tableau\u00a0: les CLSM actifs"
    html = "".join(each.html for each in cut_passages(f"Avant.\n\nTableau : les *CLSM* actifs\n\n{SIMPLE}", ()))
    assert html.count("actifs") == 2  # the caption, and the name of the box
    assert "<p>Avant.</p>" in html


def test_a_table_without_a_caption_has_the_name_of_its_passage_and_a_number_from_the_second_on() -> None:
    named = [
        box["aria-label"] for box in boxes(f"{SIMPLE}\n## Les *chiffres*\n\n{SIMPLE}\n{TWO_WAYS}\n## Ici\n\n{SIMPLE}")
    ]
    assert named == [
        "Tableau",
        "Tableau\u00a0: Les chiffres",
        "Tableau 2\u00a0: Les chiffres",
        "Tableau\u00a0: Ici",
    ]


def test_a_box_can_be_reached_and_scrolled_by_keyboard() -> None:
    for box in boxes(f"{SIMPLE}\n> Cité\n>\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n"):
        assert (box["role"], box["tabindex"]) == ("region", "0")


@pytest.mark.parametrize(
    "hostile", ["<script>x</script>", '<td onclick="x">', "[l](javascript:x)", "<img src=x onerror=x>"]
)
def test_what_a_cell_or_a_caption_holds_is_as_safe_as_the_rest(hostile: str) -> None:
    (box,) = boxes(f'Tableau : {hostile} "\n\n| {hostile} | b |\n|---|---|\n| {hostile} | c |\n')
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "a"}
    assert {tag.name for tag in box.find_all(True)} <= allowed
    assert not [tag for tag in box.find_all(True) if set(tag.attrs) - {"scope", "class"}]
    assert hostile.replace("[l](javascript:x)", "l")[:8] in box.get_text().replace("\u00a0", " ")


@pytest.mark.changes_content
def test_only_a_page_with_a_table_loads_its_sheet(app: Flask, session: Session) -> None:
    reader = Visitor(app)
    assert "tables." not in str(reader.get("/articles/crpv").page)
    the_article(session).body += f"\nTableau : les CLSM\n\n{SIMPLE}"
    session.commit()
    reader.get("/articles/crpv")
    assert [
        re.sub(r"\.[0-9a-f]{12}", "", str(each["href"])) for each in reader.page.select("link[rel=stylesheet]")
    ] == [
        "/static/base.css",
        "/static/public.css",
        "/static/tables.css",
    ]
    assert reader.page.select_one("main table caption") is not None
