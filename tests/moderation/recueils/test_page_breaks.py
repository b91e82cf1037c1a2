"""What belongs together stays together on the pages of a recueil's file, wherever its text makes them break."""

from itertools import pairwise
from operator import ne

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.moderation.recueils import files
from app.moderation.recueils.contents import load_contents
from app.moderation.recueils.models import Recueil
from app.web.pdf import write_pdf
from tests.acts import a_synthesis, published
from tests.factories import ACCOUNT, SENTENCES, an_answer, an_editor, the_article
from tests.pdf import TaggedPdf

SENTENCE = "Chaque équipe y a dit, en quelques mots, ce qui l’inquiète et ce qui la soulage. "


@pytest.fixture
def file(app: Flask, session: Session) -> TaggedPdf:
    """A recueil of texts whose answers end further and further down; its statements are longer and longer."""
    texts = [published(session, number, account=f"{ACCOUNT}\n\n{SENTENCE * 6}") for number in range(12)]
    for number, text in enumerate(texts):
        an_answer(session, text, account=SENTENCE * (8 + number), clsm=f"Labo {number}", email=f"{number}@labo.fr")
    statements = [[(text, words)] for text in texts for words in SENTENCES]
    for statement in a_synthesis(session, *statements).statements:
        statement.words = f"Un constat. {SENTENCE * (statement.position % 5)}".strip()
    made = Recueil(article=the_article(session), author=an_editor(session), title="Recueil")
    session.commit()
    with app.test_request_context():
        contents = load_contents(session, made.article, made.filters)
        assert contents is not None
        return TaggedPdf(write_pdf(files.render_document(session, made, contents, is_file=True)).content)


@pytest.mark.one_engine
@pytest.mark.slow("a real PDF of many pages")
def test_a_signature_stands_on_the_page_of_its_words(file: TaggedPdf) -> None:
    faults, quotes, headed, signed = [], 0, [], []
    for (_, before, words_on), (tag, words, on) in pairwise(file.placed):
        if tag == "Caption" and before.endswith("»"):
            quotes += 1
            if not words_on == on == on[:1]:
                faults.append(f"page {on[0] + 1}: {words}, of {before} on page {words_on[0] + 1}")
        if tag == "H4" and words.startswith("Réponse : Labo"):
            headed += on
        if tag == "P" and words.startswith("Coordinatrice, Labo"):
            signed += on
            if words_on != on:
                faults.append(f"page {on[0] + 1} holds no word of {words}")
    assert faults == []
    assert quotes >= 24
    assert len(signed) == len(headed) == 12
    assert 2 <= sum(map(ne, headed, signed)) <= 10, "pages end within some answers"
