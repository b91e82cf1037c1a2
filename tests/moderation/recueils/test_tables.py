"""The tables of the article in a recueil's file: whole within the page, cut between rows, under their headers."""

from io import BytesIO

import pytest
from flask import Flask
from pypdf import PageObject, PdfReader
from sqlalchemy.orm import Session

from app.moderation.recueils import files
from app.moderation.recueils.contents import load_contents
from app.moderation.recueils.models import Recueil
from app.web.pdf import write_pdf
from tests.acts import published
from tests.factories import an_editor, the_article
from tests.pdf import TaggedPdf, plain

pytestmark = [pytest.mark.one_engine, pytest.mark.changes_content]

POINTS = 72 / 25.4  # a millimetre
EDGE = (210 - 27) * POINTS  # of the text, where nothing stands in the margin
YEARS = range(2003, 2027)
ROWS = range(1, 71)
COLUMNS = (4, 8, 12, 24)


def a_file(app: Flask, session: Session, *tables: str) -> PdfReader:
    """Return the file of a recueil whose article has tables more, each in a passage of its own."""
    published(session)
    article = the_article(session)
    for number, table in enumerate(tables, 1):
        article.body += (
            f"\n\n## En chiffres {number}\n\nVoici tout.\n\nTableau : le compte {number}\n\n{table}\n\nEt la suite.\n"
        )
    session.commit()
    made = Recueil(article=article, author=an_editor(session), title="Recueil")
    with app.test_request_context():
        contents = load_contents(session, article, made.filters)
        assert contents is not None
        content = write_pdf(files.render_document(session, made, contents, is_file=True)).content
    assert {"Table", "TH", "Caption"} <= TaggedPdf(content).tags
    return PdfReader(BytesIO(content))


def furthest(page: PageObject) -> float:
    """Return where the word that begins furthest to the right does, in points."""
    begins = [0.0]

    def visit(words: str, cm: list[float], tm: list[float], *_others: object) -> None:
        if words.strip():
            begins.append(tm[4] * cm[0] + tm[5] * cm[2] + cm[4])

    page.extract_text(visitor_text=visit)
    return max(begins)


def wide(number: int, columns: int) -> str:
    """Return a table of two rows, whose cells have the number of the table."""
    years = [str(year) for year in YEARS[-columns:]]
    rows = (f"| {region} {f'| 1 23{number} ' * columns}|" for region in ("Bretagne", "Provence-Alpes-Côte d’Azur"))
    return "\n".join([f"|  | {' | '.join(years)} |", f"|--|{'--:|' * columns}", *rows])


@pytest.mark.slow("a real PDF")
def test_a_wide_table_ends_before_the_edge_of_the_page(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    file = a_file(app, session, *(wide(*each) for each in enumerate(COLUMNS, 1)))
    for number, columns in enumerate(COLUMNS, 1):
        with subtests.test(columns=columns):
            [page] = [each for each in file.pages if f"Tableau : le compte {number}" in plain(each.extract_text())]
            assert furthest(page) < EDGE
            assert page.extract_text().count(f"23{number}") == 2 * columns


@pytest.mark.slow("a real PDF")
def test_a_long_table_is_cut_between_rows_and_repeats_its_headers(app: Flask, session: Session) -> None:
    mission = f"Commence ici, {'se poursuit longuement, ' * 4}finit là"
    rows = (f"| Territoire-{n:02} | {mission} |" for n in ROWS)
    file = a_file(app, session, "\n".join(["| Nom | Mission |", "|--|--|", *rows]))
    pages = [words for each in file.pages if "Territoire-" in (words := plain(each.extract_text()))]
    assert len(pages) > 2
    assert sum(words.count("Territoire-") for words in pages) == len(ROWS)
    for words in pages:
        assert words.count("Nom Mission") == 1
        assert words.count("Territoire-") == words.count("Commence ici") == words.count("finit là")
