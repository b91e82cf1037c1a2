"""A colleague asks an author who agreed to it: one message, from an address that was confirmed."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.audit import READER, ActorKind, AuditEvent, Kind
from app.db import now
from app.features.questions import mails
from app.features.questions.models import ColleagueQuestion
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.privacy.address.erasure import erase_address
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import erase, hide, private_page, published, readable, stored, unpublish, withdraw
from tests.factories import ASKER, QUESTION
from tests.mail.test_outbox import composed, deliver, plain
from tests.visitor import Visitor

TYPED: dict[str, Any] = {
    "words": QUESTION,
    "name": "Lou Exemple",
    "organisation": "CLSM de Ville-Voisine",
    "email": ASKER,
    "shows_address": "y",
}
LINK = "Poser une question à ce CLSM"
GONE = "Ce témoignage ne reçoit plus de questions"


@pytest.fixture
def asked(session: Session) -> Testimonial:
    return readable(session, questions=True)


def form(testimonial: Testimonial) -> str:
    return f"/temoignages/{testimonial.public_id}/question"


def ask(visitor: Visitor, testimonial: Testimonial, **changes: Any) -> Visitor:
    return visitor.get(form(testimonial)).fill(**TYPED | changes).press("Continuer")


def letters(session: Session, message: Mail) -> list[EmailMessage]:
    waiting = [composed(each) for each in stored(session, Email) if each.message is message]
    session.rollback()  # whoever reads the letter writes next
    return waiting


def link_in(letter: EmailMessage) -> str:
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", plain(letter))
    return str(path)


def confirm(visitor: Visitor, session: Session) -> Visitor:
    return visitor.get(link_in(letters(session, mails.QUESTION_CONFIRM)[-1])).press("Envoyer ma question")


def events(session: Session, kind: Kind) -> list[AuditEvent]:
    return [each for each in stored(session, AuditEvent) if each.kind is kind]


def test_a_question_goes_to_the_author_once_its_address_is_confirmed(
    visitor: Visitor, session: Session, asked: Testimonial
) -> None:
    visitor.get(f"/temoignages/{asked.public_id}")
    (way,) = visitor.page.find_all("a", string=LINK)
    assert isinstance(way, Tag)
    assert str(way["href"]) == form(asked)
    ask(visitor, asked)
    assert "Votre question n’est pas encore partie." in visitor.text
    assert ASKER not in visitor.path
    (letter,) = letters(session, mails.QUESTION_CONFIRM)
    assert letter["To"] == ASKER
    assert "la salle" not in plain(letter), "nobody has shown that the address is theirs"
    assert "Lou" not in plain(letter)
    link = link_in(letter)
    assert ASKER not in link
    assert "Comment avez-vous trouvé la salle ?" in visitor.get(link).text
    assert letters(session, mails.QUESTION) == [], "reading sends nothing"
    assert events(session, Kind.QUESTION_SENT) == []
    visitor.press("Envoyer ma question")
    assert visitor.page.h1 is not None
    assert visitor.page.h1.get_text() == "Votre question est partie"
    (question,) = letters(session, mails.QUESTION)
    assert question["To"] == "a0@exemple.fr"
    words = plain(question)
    assert f"\n\n{ASKER}\n\n" in words
    assert "> Comment avez-vous trouvé la salle ?\n> \n> Et qui la paie ?" in words
    assert "Lou Exemple, CLSM de Ville-Voisine, a lu «\u00a0Récit 00\u00a0» et vous demande" in words
    (event,) = events(session, Kind.QUESTION_SENT)
    assert (event.testimonial_id, event.actor) == (asked.id, ActorKind.READER)
    visitor.post(link, [("csrf_token", "of a page open too long")])
    assert (visitor.status, visitor.page.select(".summary")) == (200, []), "nothing is left to press"


def test_the_author_s_address_is_nowhere_the_asker_reads(
    visitor: Visitor, session: Session, asked: Testimonial
) -> None:
    pages = [visitor.get(form(asked)), ask(visitor, asked)]
    said = [each.answer.get_data(as_text=True) for each in pages if each.answer]
    (letter,) = letters(session, mails.QUESTION_CONFIRM)
    visitor.get(link_in(letter))
    said += [plain(letter), visitor.text]
    confirm(visitor, session)
    said.append(visitor.text)
    visitor.get(link_in(letters(session, mails.QUESTION)[0])).press("Non merci")
    (declined,) = letters(session, mails.QUESTION_DECLINED)
    said.append(str(declined))
    assert [words for words in said if "a0@exemple.fr" in words] == []


def test_a_second_click_sends_and_stores_once(visitor: Visitor, session: Session, asked: Testimonial) -> None:
    visitor.get(form(asked)).fill(**TYPED)
    fields = list(visitor.fields(visitor.forms("@id='question'")[0]))
    for _ in range(2):
        visitor.post(form(asked), fields)
    assert len(stored(session, ColleagueQuestion)) == 1
    (letter,) = letters(session, mails.QUESTION_CONFIRM)
    visitor.get(link_in(letter))
    button = list(visitor.fields(visitor.forms()[0]))
    for _ in range(2):
        visitor.post(link_in(letter), button)
    assert len(letters(session, mails.QUESTION)) == 1
    assert len(events(session, Kind.QUESTION_SENT)) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("words", "", "Écrivez votre question."),
        ("words", "a" * 1001, "1 001 signes, 1 000 suffisent. Retirez-en 1."),
        ("name", " ", "Indiquez votre prénom et votre nom."),
        ("organisation", "", "Indiquez votre organisation."),
        ("email", "lou", "Vérifiez ce courriel"),
        ("shows_address", [], "Cochez cette case : sans votre adresse, personne ne peut vous répondre."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(  # noqa: PLR0917  # fixtures, which pytest gives by name
    visitor: Visitor, session: Session, asked: Testimonial, field: str, value: Any, sentence: str
) -> None:
    ask(visitor, asked, **{field: value})
    assert visitor.status == 422
    assert sentence in visitor.text
    kept = {"words": QUESTION, "email": ASKER} | {field: value}
    assert visitor.page.select("[name=words]")[0].get_text().removeprefix("\n") == kept["words"]
    assert visitor.page.select("[name=email]")[0]["value"] == kept["email"]
    assert stored(session, ColleagueQuestion) == []
    assert letters(session, mails.QUESTION) == []


# ── To whom no question goes ──


def refuses(_: Session, testimonial: Testimonial) -> None:
    testimonial.answer(Purpose.QUESTIONS, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)


def is_over(_: Session, testimonial: Testimonial) -> None:
    testimonial.published_until = now() - timedelta(minutes=1)


ENDS = (refuses, withdraw, unpublish, hide, is_over, erase)


@pytest.mark.parametrize("end", ENDS)
def test_a_question_to_a_text_that_is_gone_keeps_what_was_typed(
    visitor: Visitor, session: Session, asked: Testimonial, end: Any
) -> None:
    visitor.get(form(asked)).fill(**TYPED)
    end(session, asked)
    session.commit()
    visitor.press("Continuer")
    assert visitor.status == 410
    assert GONE in visitor.text
    assert [each.get_text().removeprefix("\n") for each in visitor.page.select("textarea[readonly]")] == [
        *(QUESTION, "Lou Exemple", "CLSM de Ville-Voisine", ASKER)
    ]
    assert stored(session, ColleagueQuestion) == []
    assert letters(session, mails.QUESTION_CONFIRM) == []


@pytest.mark.parametrize("end", ENDS)
def test_a_question_whose_text_has_gone_is_not_sent_by_its_link(
    visitor: Visitor, session: Session, asked: Testimonial, end: Any
) -> None:
    ask(visitor, asked)
    link = link_in(letters(session, mails.QUESTION_CONFIRM)[0])
    visitor.get(link)
    end(session, asked)
    session.commit()
    visitor.press("Envoyer ma question")
    if end is erase:
        assert visitor.status == 410
        assert "Cette question n’est plus là" in visitor.text
        assert stored(session, ColleagueQuestion) == []
    else:
        assert visitor.status == 409
        assert GONE in visitor.text
        assert QUESTION in visitor.page.select("textarea[readonly]")[0].get_text()
    assert letters(session, mails.QUESTION) == []
    assert events(session, Kind.QUESTION_SENT) == []


@pytest.mark.parametrize("end", [refuses, withdraw, erase])
def test_a_letter_that_waits_does_not_leave_once_the_author_has_changed_their_mind(
    app: Flask, visitor: Visitor, session: Session, asked: Testimonial, end: Any
) -> None:
    ask(visitor, asked)
    confirm(visitor, session)
    end(session, asked)
    session.commit()
    assert "(question)" not in deliver(app)


@pytest.mark.parametrize("lacks", ["consent", "consent since", "address"])
def test_without_the_consent_or_an_address_there_is_no_link_and_no_form(
    visitor: Visitor, session: Session, lacks: str
) -> None:
    testimonial = published(session, questions=lacks != "consent")
    session.flush()
    if lacks == "consent since":
        refuses(session, testimonial)
    if lacks == "address":
        session.execute(text("UPDATE testimonial SET email = NULL"))
    session.commit()
    visitor.get(f"/temoignages/{testimonial.public_id}")
    assert visitor.page.find_all("a", string=LINK) == []
    assert visitor.get(form(testimonial)).status == 410
    assert GONE in visitor.text


def test_the_cached_page_follows_the_consent(visitor: Visitor, session: Session, asked: Testimonial) -> None:
    """A trigger moves the stamp: no column of the testimonial changes with this consent."""
    shown = []
    for answer in (None, ConsentDecision.WITHDRAWN, ConsentDecision.GIVEN):
        if answer:
            asked.answer(Purpose.QUESTIONS, answer, Channel.PRIVATE_PAGE)
            session.commit()
        visitor.get(f"/temoignages/{asked.public_id}")
        shown.append(bool(visitor.page.find_all("a", string=LINK)))
    assert shown == [True, False, True]


# ── One message, and not too many ──


def test_one_question_from_an_address_to_a_text_in_thirty_days(
    visitor: Visitor, session: Session, asked: Testimonial
) -> None:
    ask(visitor, asked)
    confirm(visitor, session)
    ask(visitor, asked, words="Encore une.")
    assert "Regardez vos courriels" in visitor.text, "the form tells nobody who has written"
    visitor.get(link_in(letters(session, mails.QUESTION_CONFIRM)[-1]))
    assert visitor.status == 409
    assert "Vous avez déjà écrit à cette personne" in visitor.text
    assert "Encore une." in visitor.page.select("textarea[readonly]")[0].get_text()
    assert len(letters(session, mails.QUESTION)) == 1


def test_five_questions_a_week_reach_an_author(visitor: Visitor, session: Session, asked: Testimonial) -> None:
    for _ in range(5):
        asked.events.append(AuditEvent.of(Kind.QUESTION_SENT, READER))
        asked.events[-1].at = now() - timedelta(days=7, minutes=1)
    session.commit()
    for number in range(5):
        ask(visitor, asked, email=f"lou{number}@ville-voisine.fr")
        confirm(visitor, session)
    ask(visitor, asked, email="sixieme@ville-voisine.fr")
    link = link_in(letters(session, mails.QUESTION_CONFIRM)[-1])
    assert visitor.get(link).status == 409
    assert "Cette personne a déjà reçu plusieurs questions cette semaine" in visitor.text
    assert len(letters(session, mails.QUESTION)) == 5


def test_who_erases_their_questions_writes_no_more_of_them(
    app: Flask, visitor: Visitor, session: Session, asked: Testimonial
) -> None:
    """Five a week are what has left: the page of an address erases rows, not what the author has received."""
    for number in range(6):
        ask(visitor, asked, email=f"lou{number // 3}@ville-voisine.fr", words=f"Question {number} ?")
        if number == 5:
            break
        confirm(visitor, session)
        with app.test_request_context(method="POST"):
            erase_address(session, f"lou{number // 3}@ville-voisine.fr")
        session.commit()
    visitor.get(link_in(letters(session, mails.QUESTION_CONFIRM)[-1]))
    assert visitor.status == 409
    assert "Cette personne a déjà reçu plusieurs questions cette semaine" in visitor.text


def test_going_back_finds_what_was_typed(visitor: Visitor, asked: Testimonial) -> None:
    """The page that says to look at one's mail also says to go back, and check the address."""
    kept = [visitor.get(form(asked)).answer, ask(visitor, asked, email="lou").answer]
    assert [each and each.headers["Cache-Control"] for each in kept] == ["private, no-cache"] * 2
    ask(visitor, asked)
    assert "revenez en arrière" in visitor.text


def test_a_broken_link_sends_its_asker_to_no_private_page(visitor: Visitor) -> None:
    """Who asks has no private link to be sent again."""
    visitor.get("/question/abc")
    assert visitor.status == 404
    assert "la question n’est pas partie" in visitor.text
    assert "Demander un nouveau lien" not in visitor.text


def test_a_form_filled_in_by_a_program_asks_whether_it_is_a_person(
    visitor: Visitor, session: Session, asked: Testimonial
) -> None:
    ask(visitor, asked, website="https://exemple.fr")
    assert visitor.status == 422
    assert "Est‑ce bien vous ?" in visitor.text
    assert stored(session, ColleagueQuestion) == []
    visitor.press("Oui, c’est moi")
    assert len(stored(session, ColleagueQuestion)) == 1


# ── What a reply reveals ──


@pytest.mark.parametrize(
    ("attribution", "sentence"),
    [
        (Attribution.FULL, "Répondre montre votre adresse à cette personne, et à elle seule."),
        (Attribution.ROLE, "Répondre donne votre nom et votre adresse, que votre texte ne dit pas."),
        (Attribution.CLSM, "Répondre donne votre nom et votre adresse, que votre texte ne dit pas."),
        (Attribution.REGION, "Répondre donne votre nom, votre CLSM et votre adresse, que votre texte ne dit pas."),
    ],
)
def test_the_author_reads_what_a_reply_would_reveal(
    visitor: Visitor, session: Session, attribution: Attribution, sentence: str
) -> None:
    testimonial = readable(session, questions=True, attribution=attribution)
    ask(visitor, testimonial)
    confirm(visitor, session)
    (letter,) = letters(session, mails.QUESTION)
    assert sentence in " ".join(plain(letter).split())
    assert sentence in visitor.get(f"{private_page(testimonial)}/questions").text
