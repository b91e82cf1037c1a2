"""The author's sheet: all that they wrote, under the headings of capitalisation sheets, for them alone, to print."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from tests.acts import committed, file_of, private_page
from tests.factories import ACCOUNT, AUTHOR
from tests.pdf import plain
from tests.visitor import Visitor

HEADINGS = ["Porteur", "Partenaires", "Territoire", "Calendrier", "Récit", "Freins et leviers", "Conseil"]

WRITTEN: dict[str, Any] = {
    "outcome": "Les gardiens appellent avant la crise.",
    "obstacles": "Le temps manquait.\n\nUn lieu neutre a aidé.",
    "years": "2023 à 2025",
    "other_partners": "Le centre social & la mission locale <i>des rives</i>",
    "link": "https://exemple.fr/recit",
    "attribution": Attribution.REGION,
}

# Every line of the sheet, in order: as its author reads it on the page, and as the file says it.
LINES = [
    *("Piste de capitalisation", "Intitulé", "Trois après-midi"),
    *("Porteur", "CLSM de Ville-Exemple", "Contact", "Camille Exemple, Coordinatrice"),
    *("Partenaires", "RésO Villes", "Autres structures", "Le centre social & la mission locale <i>des rives</i>"),
    *("Territoire", "Ille-et-Vilaine, Bretagne"),
    *("Calendrier", "2023 à 2025", "Où en est la collaboration", "Collaboration régulière"),
    *("Récit", "Type de collaboration", "Qualifier et échanger", "Ce qui se fait ensemble", ACCOUNT),
    *("Ce que cela apporte", "Les gardiens appellent avant la crise."),
    *("Pour en savoir plus", "https://exemple.fr/recit"),
    *("Freins et leviers", "Le temps manquait.", "Un lieu neutre a aidé."),
    *("Conseil", "Commencez par une question que tout le monde se pose."),
]


def test_the_sheet_has_all_that_its_author_wrote_under_the_headings_of_the_sector(
    session: Session, visitor: Visitor
) -> None:
    page = private_page(committed(session, **WRITTEN))
    visitor.get(str(visitor.get(page).page.select("a[href$='/piste']")[0]["href"]))
    assert [plain(each.get_text()) for each in visitor.page.select("article h2")] == HEADINGS
    told = [plain(each.get_text()) for each in visitor.page.select("article :is(p, h1, h2, h3)")]
    assert told[: len(LINES)] == LINES
    file = file_of(visitor, f"{page}/piste")
    assert [words for _, words in file.blocks] == told


def test_the_address_and_the_private_link_are_not_on_the_sheet(session: Session, visitor: Visitor) -> None:
    testimonial = committed(session, status=Status.PUBLISHED, **WRITTEN)
    page = private_page(testimonial)
    visitor.get(f"{page}/piste")
    sheet = str(visitor.page.find("main"))
    assert AUTHOR not in sheet
    assert "mon-temoignage" not in sheet
    file = file_of(visitor, f"{page}/piste")
    content = b"".join(each.get_contents().get_data() for each in file.reader.pages if each.get_contents())  # type: ignore[union-attr]  # asked for just before
    assert b"mon-temoignage" not in content
    assert "mon-temoignage" not in file.text
    assert AUTHOR not in file.text
    assert file.links == []
    assert f"/temoignages/{testimonial.public_id}" in file.text.replace(" ", ""), "published, it can be read there"


def test_the_sheet_is_there_in_every_status_but_erased(
    session: Session, visitor: Visitor, subtests: pytest.Subtests
) -> None:
    for status in [each for each in Status if each is not Status.ERASED]:
        with subtests.test(status=status):
            page = private_page(committed(session, status=status, email=f"{status}@exemple.fr"))
            assert visitor.get(f"{page}/piste").status == 200
            assert ACCOUNT in visitor.text
            assert ("publié à côté de l’article" in visitor.text) is (status is Status.PUBLISHED)


def test_an_erased_text_has_no_sheet(session: Session, visitor: Visitor) -> None:
    testimonial = committed(session)
    page = private_page(testimonial)
    visitor.get(f"{page}/effacer").press("Effacer")
    assert visitor.client.get(f"{page}/piste").status_code == 404


@pytest.mark.one_engine
def test_what_the_author_left_out_is_to_be_filled_in_by_hand(session: Session, visitor: Visitor) -> None:
    page = private_page(committed(session, advice="", obstacles=""))
    visitor.get(f"{page}/piste")
    empty = [rubric.select_one(".rubric__name") for rubric in visitor.page.select(".rubric:has(.rubric__missing)")]
    assert [each.get_text() for each in empty if each] == ["Freins et leviers", "Conseil"]


def test_the_page_is_not_kept_or_named_to_another_site(session: Session, visitor: Visitor) -> None:
    page = private_page(committed(session))
    headers = visitor.client.get(f"{page}/piste").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "strict-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.one_engine
def test_the_file_is_tagged_in_our_face_and_fits_on_one_page(session: Session, visitor: Visitor) -> None:
    page = private_page(committed(session, **WRITTEN))
    file = file_of(visitor, f"{page}/piste")
    assert file.pages == 1
    assert file.running(0) == {"1"}
    assert file.untagged == []
    assert file.faces == {"En regard Serif"}
    assert file.reader.metadata is not None
    assert plain(file.reader.metadata.title or "") == "Piste de capitalisation : Trois après-midi – En regard"
    assert (file.root["/Lang"], file.root["/MarkInfo"]["/Marked"]) == ("fr", True)
    assert file.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b'pdfuaid:part="1"' in file.root["/Metadata"].get_object().get_data()
    assert [level for level, _ in file.headings] == [1, 2, 3, 2, 3, 2, 2, 3, 2, 3, 3, 3, 3, 2, 2]


@pytest.mark.one_engine
def test_a_long_story_runs_over_pages_that_each_have_a_head_and_a_number(session: Session, visitor: Visitor) -> None:
    sentences = [f"Phrase {number}, qui dit ce que nous avons fait ensemble cette année-là." for number in range(36)]
    page = private_page(committed(session, account=" ".join(sentences), outcome=" ".join(sentences[:20])))
    file = file_of(visitor, f"{page}/piste")
    assert file.pages == 2
    assert file.running(1) == {"Piste de capitalisation", "2"}
    assert [each for each in sentences if each not in file.text.replace("\n", " ")] == []


@pytest.mark.one_engine
def test_without_the_library_the_page_says_how_to_make_a_file(
    app: Flask, session: Session, visitor: Visitor, no_weasyprint: None
) -> None:
    page = private_page(committed(session))
    visitor.get(f"{page}/piste")
    assert "choisissez « Enregistrer au format PDF »" in visitor.page.select(".toolbar")[0].get_text()
    assert not visitor.page.select("form[action$='/piste.pdf']")
