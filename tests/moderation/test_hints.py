"""The assistant's hints on the review page, and nowhere else."""

import pytest
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from app.assistant.kinds import HintKind
from app.sanitize import spaced
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed
from tests.factories import a_testimonial, the_article
from tests.visitor import Visitor


@pytest.fixture
def marked(session: Session) -> Testimonial:
    """A text with hints in several answers, one across two paragraphs."""
    return committed(
        session,
        title="Merci à Mme Exemple",
        account="Voir Mme Exemple <b>ici</b> :\n\ncamille@exemple.invalid ou 01 99 00 35 17.",
        other_partners="Le Dr Exemple",
    )


def test_the_review_page_marks_the_passages_and_says_why(editor: Visitor, marked: Testimonial) -> None:
    page = editor.get(f"/moderation/{marked.public_id}").page
    marks = page.select("mark.hint")
    assert [mark.get_text() for mark in marks] == [each.words for each in marked.latest.passages]
    email = page.select_one('mark:-soup-contains("camille@")')
    assert email is not None
    assert email["title"] == spaced(f"{HintKind.EMAIL.label} : {HintKind.EMAIL.sentence}")
    for link in page.select("a.hint__call"):
        assert page.select(f'[id="{str(link["href"]).removeprefix("#")}"] a[href^="#passage-"]')
        assert page.select(f'[id="{link["aria-describedby"]}"]')[0].get_text().strip()
    for link in page.select('.hints a[href^="#passage-"]'):
        assert page.select(f'mark[id="{str(link["href"]).removeprefix("#")}"]')


def test_the_review_page_says_when_there_are_no_hints(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    assert "n’a rien relevé" in editor.get(f"/moderation/{testimonial.public_id}").text
    session.execute(sql("UPDATE version SET hints = NULL"))
    session.commit()
    assert "n’a pas encore lu" in editor.get(f"/moderation/{testimonial.public_id}").text


@pytest.mark.parametrize("is_corrected", [False, True])
def test_the_assistant_reads_a_text_once_its_address_is_confirmed(
    editor: Visitor, session: Session, is_corrected: bool
) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED, advice="Voir Mme Exemple.")
    if is_corrected:  # its author went back to the form before confirming
        testimonial.amend(testimonial.latest.edited(advice="Voir Mme Exemple, hélas."), {}, seen="")
    session.commit()
    address = f"/moderation/{testimonial.public_id}"
    assert "n’a pas encore lu" in editor.get(address).text
    testimonial.confirm()
    session.commit()
    assert [mark.get_text() for mark in editor.get(address).page.select("mark.hint")] == ["Mme Exemple"]
    assert "1 passage à regarder" in editor.get("/moderation").text


def test_public_pages_show_no_hints(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED, advice="Voir Mme Exemple, au 01 99 00 35 17.")
    for address in (f"/articles/{the_article(session).slug}", f"/temoignages/{testimonial.public_id}"):
        assert "Mme Exemple" in visitor.get(address).text
        assert visitor.page.find("mark") is None
