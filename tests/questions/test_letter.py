"""The letter of a question: answered by answering it, handed on without giving the author's text away."""

import re
from email.header import decode_header, make_header
from itertools import product

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Kind
from app.features.questions import mails
from app.features.questions.models import KEPT, ColleagueQuestion
from app.mail.outbox import Email
from app.testimonials.attribution import Attribution
from app.testimonials.wordings import Purpose
from tests.acts import first_wordings, private_page, published, stored
from tests.factories import ASKER, QUESTION, a_question
from tests.mail.test_outbox import deliver, in_html, plain
from tests.questions.test_asking import events, letters, link_in
from tests.services import smtp
from tests.visitor import Visitor

# As long as most questions are: twenty words.
ASKED = "Comment avez-vous obtenu que les employeurs écrivent le groupe sur la fiche de poste ? Nous butons depuis mai."
CONFIRMED, TOLD = "Vous avez répondu « non merci »", "C’est signalé"


pytestmark = pytest.mark.one_engine


@pytest.fixture
def received(session: Session) -> ColleagueQuestion:
    question = a_question(session, published(session, questions=True))
    session.commit()
    return question


def letter_page(session: Session) -> str:
    return link_in(letters(session, mails.QUESTION)[0])


@pytest.mark.parametrize("name", ["Lou Exemple", "Zoé « Lou », d’Île-Exemple <chef@exemple.fr>", "É" * 120])
def test_answering_the_letter_writes_to_who_asked(
    app: Flask, session: Session, mail_server: smtp.Peer, name: str
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    testimonial = published(session, questions=True)
    a_question(session, testimonial, name=name)
    session.commit()
    deliver(app)
    (letter,) = [each.message for each in mail_server.received if "vous pose" in each.message["Subject"]]
    read = {header: str(make_header(decode_header(str(raw)))) for header, raw in letter.raw_items()}
    assert read["Reply-To"] == f"{name} <{ASKER}>"
    assert read["From"].replace('"', "") == f"{name}, par En regard <ne-pas-repondre@en-regard.invalid>"
    assert [len(letter[each].addresses) for each in ("Reply-To", "From")] == [1, 1]
    assert letter["Subject"] == f"{name} vous pose une question"
    assert (letter["Auto-Submitted"], letter["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    (button,) = in_html(letter).select("a[href^=mailto]")
    assert (button["href"], button.get_text()) == (f"mailto:{ASKER}", f"Répondre à {name}")
    assert name in plain(letter)
    assert "/mon-temoignage" not in letter.as_string()
    assert testimonial.public_id not in letter.as_string()


@pytest.mark.parametrize("attribution", list(Attribution))
def test_the_letter_is_ninety_words_and_says_what_an_automatic_reply_would_show(
    session: Session, attribution: Attribution
) -> None:
    testimonial = published(session, questions=True, attribution=attribution, title="Douze chaises, le mardi")
    a_question(session, testimonial, words=ASKED, organisation="CLSM de Pontabray")
    session.commit()
    (letter,) = letters(session, mails.QUESTION)
    words = in_html(letter).get_text(" ").partition("Bonjour")[2]
    assert len([each for each in words.split() if re.search(r"\w", each)]) <= 90, words
    assert "Un message automatique d’absence aussi." in plain(letter)
    assert "que si je réponds, même automatiquement" in Purpose.QUESTIONS.wording(published(session, 1).article)


def test_who_agreed_before_automatic_replies_were_named_shows_nothing_unasked(session: Session) -> None:
    """« Ils n’ont mon adresse que si je réponds »: a notice of absence would go to `Reply-To` by itself."""
    with first_wordings(Purpose.QUESTIONS):
        testimonial = published(session, questions=True)
    a_question(session, testimonial)
    session.commit()
    (letter,) = letters(session, mails.QUESTION)
    assert letter["Reply-To"] is None
    assert ASKER not in str(letter["From"])
    assert in_html(letter).select(f"a[href='mailto:{ASKER}']")
    assert "dans un nouveau message" in plain(letter)


def test_its_page_declines_and_reports_and_leads_to_no_private_page(
    app: Flask, visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    private = private_page(received.testimonial)
    path = letter_page(session)
    seen = [visitor.get(path).answer, visitor.press("Non merci").answer]
    assert CONFIRMED in visitor.text
    seen.append(visitor.press("Signaler cette question").answer)
    assert TOLD in visitor.text
    for page in [each.get_data(as_text=True) for each in seen if each]:
        ways = {str(each["href"]) for each in BeautifulSoup(page, "html.parser").select("main a")}
        assert ways == {"/mon-temoignage/nouveau-lien"}, "« plus de questions » is a consent"
        assert private not in page
        assert "a0@exemple.fr" not in page
        assert "Et qui la paie" in page
    (declined,) = letters(session, mails.QUESTION_DECLINED)
    assert declined["To"] == ASKER
    (kept,) = stored(session, ColleagueQuestion)
    assert kept.is_reported
    assert len(events(session, Kind.QUESTION_REPORTED)) == 1


def test_who_is_quoted_the_link_does_not_learn_of_a_report(
    app: Flask, visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    path = letter_page(session)
    before = Visitor(app).get(path).text
    visitor.get(path).press("Signaler cette question")
    assert stored(session, ColleagueQuestion)[0].is_reported
    session.rollback()
    assert Visitor(app).get(path).text == before


def test_a_second_click_declines_and_reports_once(
    visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    visitor.get(letter_page(session))
    forms = [(each.get("action"), list(visitor.fields(each))) for each in visitor.forms()]
    for (path, fields), _ in product(forms, range(2)):
        assert visitor.post(path, fields).status == 200
    assert len(letters(session, mails.QUESTION_DECLINED)) == 1
    assert len(events(session, Kind.QUESTION_REPORTED)) == 1


def test_the_letter_s_page_says_that_its_question_is_gone(
    app: Flask, visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    path = letter_page(session)
    visitor.get(path)
    with app.test_request_context(method="POST"):
        KEPT.erase_all(session, ASKER)
    session.commit()
    assert visitor.press("Non merci").status == 410
    assert "Cette question n’est plus là" in visitor.text
    assert QUESTION not in visitor.text
    assert [each for each in stored(session, Email) if each.message is mails.QUESTION_DECLINED] == []
