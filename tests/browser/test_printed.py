"""Pages to print are one sheet each, from a browser and as a PDF, whatever there is to say."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.web.pdf import write_pdf
from tests.acts import a_synthesis, published
from tests.browser.gallery import sign_in
from tests.factories import an_editor, the_article

pytestmark = [pytest.mark.one_engine, pytest.mark.slow("chromium and WeasyPrint print")]

A4, A6 = (595, 842), (298, 420)
PRINTS: Mapping[str, tuple[int, int]] = {
    "/articles/crpv/une-page": A4,
    "/moderation/articles/crpv/affiche": A4,
    "/moderation/articles/crpv/affiche?format=a6": A6,
}
SENTENCE = (
    "Nous avons préparé ensemble trois rencontres pour les équipes du quartier, et chacune y a dit ce qui l’inquiète"
)


def sheets(file: bytes) -> Sequence[tuple[int, int]]:
    return [(round(each.mediabox.width), round(each.mediabox.height)) for each in PdfReader(io.BytesIO(file)).pages]


def crowd(session: Session, texts: int) -> None:
    """Publish texts from all over the country, as long to quote and to sign as may be, and what they say together."""
    departments = list({each.region_code: each for each in session.scalars(select(Department))}.values())
    made = [
        published(
            session,
            number,
            department=departments[number % len(departments)],
            advice=f"{SENTENCE}, de mois en mois et de rue en rue, sans se lasser.",
            attribution=Attribution.FULL if number else Attribution.REGION,
            author_name="Marie-Antoinette de la Tour-Villeneuve",
            author_role="Coordinatrice du conseil local de santé mentale et de la mission santé",
            clsm="Conseil local de santé mentale intercommunal des Hauts-de-Vallée-et-Rivière",
        )
        for number in range(texts)
    ]
    synthesis = a_synthesis(session, *([(each, made[0].latest.advice)] for each in made[:4]))
    for statement in synthesis.statements:
        statement.words = f"{SENTENCE}."


@pytest.mark.changes_content
@pytest.mark.parametrize("texts", [0, 1, 40])
def test_each_is_one_sheet_with_much_to_say(app: Flask, session: Session, site: str, page: Page, texts: int) -> None:
    article = the_article(session)
    article.title, article.summary = (f"{SENTENCE} et ce qui l’apaise, ici et là"[:160], f"{SENTENCE}. " * 5)
    article.call = replace(article.call, title=article.title)
    crowd(session, texts)
    an_editor(session)
    session.commit()
    assert_one_sheet(app, page, site)
    expect(page.locator("figure")).to_have_count(min(texts, 1))
    page.goto(f"{site}/articles/crpv/une-page")
    expect(page.locator("figure", has_text="sans se lasser")).to_have_count(min(texts, 3))
    expect(page.locator(".onepage__told > p", has_text=SENTENCE)).to_have_count(min(texts, 3))


def test_each_is_one_sheet_of_the_demonstration(
    app: Flask, demonstration: None, session: Session, site: str, page: Page
) -> None:
    an_editor(session)
    session.commit()
    assert_one_sheet(app, page, site)
    page.goto(f"{site}/articles/crpv/une-page")
    expect(page.locator("figure")).to_have_count(3)
    page.evaluate("window.print = () => document.body.classList.add('printed')")
    page.get_by_role("button", name="Imprimer").click()
    expect(page.locator("body.printed")).to_be_attached()


def assert_one_sheet(app: Flask, page: Page, site: str) -> None:
    sign_in(page, site)
    for path, size in PRINTS.items():
        page.goto(site + path)
        assert sheets(page.pdf(prefer_css_page_size=True)) == [size], path
        html = page.request.get(site + path).text()
        with app.test_request_context():
            assert sheets(write_pdf(html).content) == [size], path
