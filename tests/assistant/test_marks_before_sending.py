"""The assistant's marks at the preview: an author sees them, changes the words or passes; the desk knows which."""

from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import readable, signed_in, stored
from tests.factories import ACCOUNT
from tests.testimonials.test_form import YES, preview
from tests.testimonials.test_updates import say
from tests.visitor import Visitor, words_of

MARKED = f"{ACCOUNT} Appelez Mme Exemple au 01 99 00 35 17."
SAID = "L’assistant a relevé deux noms, un numéro de téléphone :"


def seen(testimonial: Testimonial) -> list[str]:
    return [passage.words for passage in testimonial.latest.passages if passage.is_seen]


def test_the_preview_marks_the_passages_in_the_text_and_says_them_in_words(visitor: Visitor) -> None:
    preview(visitor, account=MARKED, advice="Écrivez à Mme Autre.\r\n\r\nCommencez petit.")
    (said,) = visitor.page.select("#releve")
    assert words_of(said).startswith(f"{SAID} « Mme Exemple », « 01 99 00 35 17 », « Mme Autre ».")
    marks = [words_of(each) for each in visitor.page.select("details[open] .sheet mark")]
    assert sorted(marks) == ["01 99 00 35 17", "Mme Autre", "Mme Exemple"]
    preview(visitor)
    assert not visitor.page.select("#releve, mark, details[open].whole__fold")


def test_the_desk_knows_which_marks_the_author_saw(app: Flask, visitor: Visitor, session: Session) -> None:
    preview(visitor, account=MARKED).fill(**YES).press("Envoyer")
    (sent,) = stored(session, Testimonial)
    assert sent.hint_count == 0, "the desk counts them once the address is confirmed"
    sent.confirm()
    session.commit()
    assert seen(sent) == ["Mme Exemple", "01 99 00 35 17"]
    page = signed_in(visitor, session).get(f"/moderation/{sent.public_id}").page
    assert sum("Vu par l’auteur·e" in words_of(each) for each in page.select("[id^=note-]")) == 2
    session.rollback()
    sent.propose(sent.latest.edited(account=f"{MARKED} Voir M. Nouveau."))
    session.commit()
    assert seen(sent) == ["Mme Exemple", "01 99 00 35 17"], "not what an editor added"
    app.test_cli_runner().invoke(args=["catalog", "rebuild", "--hints"], catch_exceptions=False)
    session.expire_all()
    assert seen(sent) == ["Mme Exemple", "01 99 00 35 17"]


def test_an_update_asks_about_its_own_words_alone(visitor: Visitor, session: Session) -> None:
    text = readable(session, situation=Situation.PLANNED, account=MARKED)
    say(visitor, text, became="done", sequel="M. Petit est venu.")
    assert [words_of(each) for each in visitor.page.select("#releve strong, main mark")] == ["un nom", "M. Petit"]
    visitor.fill(attest="y").press("Envoyer")
    session.rollback()
    assert seen(text) == ["M. Petit"]
