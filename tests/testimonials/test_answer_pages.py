"""Private pages of who answers and of who is answered: where the answer stands, its words, consents and withdrawal."""

from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import CLOCK
from app.db import now
from app.french import day
from app.testimonials.consent import Consent
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.responses.mails import invite
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import AMPLE_PERIOD
from app.testimonials.wordings import FIRST_OF_ANSWERS, Purpose
from tests.acts import (
    a_text_to_answer,
    an_answered_text,
    erase,
    hide,
    private_page,
    published,
    run_clock,
    stored,
    unpublish,
    withdraw,
)
from tests.factories import ANSWER_WORDS, a_pending_answer, an_answer, by_editor
from tests.testimonials.test_answer_letters import publish
from tests.visitor import Visitor

TITLE = "Trois après-midi pour les gardiens"
WORDS = "tenu ces trois après-midi avec une équipe voisine"
PLACE_TAKEN = "ou une autre réponse a déjà sa place sous lui"


def page_of(visitor: Visitor, session: Session, text: Testimonial) -> str:
    session.commit()
    assert visitor.get(private_page(text)).status == 200
    return " ".join(visitor.page.body.get_text(" ").split()) if visitor.page.body else ""


def first_line(visitor: Visitor) -> str:
    sentence = visitor.page.find(class_="standing__sentence")
    assert sentence is not None
    return " ".join(sentence.get_text().split())


def send_proof(session: Session, answer: Testimonial) -> None:
    answer.propose(answer.latest.edited(account=ANSWER_WORDS + "Merci à cette équipe voisine."))
    answer.perform(Action.SEND_PROOF, by=by_editor(session))


def test_it_tells_an_answer_by_what_it_answers(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    wrong = ("à côté de l’article jusqu’au", "votre témoignage", "retour d’expérience", "capitalisation", "Récit")
    for status in [Status.PENDING, Status.DECLINED, Status.INTERNAL, Status.WITHDRAWN]:
        with subtests.test(status=status):
            _, answer = a_text_to_answer(session, title=TITLE)
            if status is Status.WITHDRAWN:
                answer.withdraw()
            elif status is not Status.PENDING:
                action = {Status.DECLINED: Action.DECLINE, Status.INTERNAL: Action.KEEP_INTERNAL}[status]
                answer.perform(action, by=by_editor(session), note=DecisionNote(message="Une phrase."))
            words = page_of(visitor, session, answer)
            assert TITLE in words
            assert WORDS in words
            assert "Organisation Labo exemple" in words
            for each in wrong:
                assert each not in words, each


def test_an_announced_answer_says_its_day_and_that_it_may_not_come(visitor: Visitor, session: Session) -> None:
    _, answer = an_answered_text(session, title=TITLE, announced=True)
    assert answer.readable_from is not None
    words = page_of(visitor, session, answer)
    shown = f"elle paraît sous le témoignage le {day(answer.readable_from)}."
    assert first_line(visitor) == f"L’équipe a accepté votre réponse : {shown}"
    assert "si ce témoignage est retiré, votre réponse ne paraît pas" in words
    assert "masqué" not in words
    assert "Votre réponse, telle qu’elle paraîtrait" in words
    assert "comme tout le monde" not in words


def test_an_answer_that_stands_leads_to_where_it_is_read(visitor: Visitor, session: Session) -> None:
    _, answer = an_answered_text(session)
    page_of(visitor, session, answer)
    assert first_line(visitor).startswith("Votre réponse paraît sous le témoignage jusqu’au")
    assert first_line(visitor).endswith("tant que celui-ci paraît.")
    (link,) = (each for each in visitor.page.find_all("a") if "comme tout le monde" in each.get_text())
    assert WORDS in visitor.get(str(link["href"])).text


def end(_: Session, text: Testimonial) -> None:
    text.published_until = now() - timedelta(minutes=1)


@pytest.mark.slow("every page of an answer")
def test_it_says_that_the_testimonial_is_not_read_and_nothing_more(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for leave, announced in product([hide, withdraw, unpublish, erase, end], [True, False]):
        with subtests.test(leave=leave.__name__, announced=announced):
            text, answer = an_answered_text(session, title=TITLE, announced=announced)
            leave(session, text)
            words = page_of(visitor, session, answer)
            assert first_line(visitor) == (
                "Le témoignage auquel vous répondez ne se lit pas en ce moment : votre réponse non plus."
            )
            for told in (TITLE, "masqué", "signalement", "dépublié", "effacé par", "Lire"):
                assert told not in words, told


def test_one_that_ended_says_why_and_when_it_is_erased(app: Flask, visitor: Visitor, session: Session) -> None:
    text, answer = an_answered_text(session, title=TITLE)
    text.withdraw()
    text.waiting_since -= timedelta(minutes=12)
    run_clock(app, session)
    words = page_of(visitor, session, answer)
    assert first_line(visitor).startswith("Le témoignage auquel vous aviez répondu n’est plus publié")
    assert "Nous ne pouvons pas vous dire pourquoi. Votre texte sera effacé le" in words
    assert "La publication de votre réponse s’est achevée." in words
    assert TITLE not in words


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROOF_SENT])
def test_one_that_is_read_by_the_team_says_that_it_has_no_place_now(
    visitor: Visitor, session: Session, status: Status
) -> None:
    text, answer = a_text_to_answer(session, title=TITLE)
    if status is Status.PROOF_SENT:
        send_proof(session, answer)
    text.withdraw()
    words = page_of(visitor, session, answer)
    assert "Le témoignage auquel vous répondez ne se lit pas en ce moment." in words
    assert TITLE not in words
    if status is Status.PROOF_SENT:
        assert "Votre réponse ne peut pas paraître en ce moment" in words
        assert "Je signe" not in words, "it would be refused"


@pytest.mark.parametrize(
    ("status", "button", "untold"),
    [(Status.PROOF_SENT, "Je signe", "a changé d’état"), (Status.WITHDRAWN, "Revenir sur ce retrait", "dix minutes")],
)
def test_a_place_that_is_taken_meanwhile_is_told_to_who_signs_or_calls_back(
    visitor: Visitor, session: Session, status: Status, button: str, untold: str
) -> None:
    text, answer = a_text_to_answer(session) if status is Status.PROOF_SENT else an_answered_text(session)
    if status is Status.PROOF_SENT:
        send_proof(session, answer)
    page_of(visitor, session, answer)
    if status is Status.WITHDRAWN:
        visitor.press("Retirer mon texte")
    session.rollback()
    an_answer(session, text, email="autre@centre.example")
    session.commit()
    visitor.press(button)
    session.rollback()
    assert (visitor.status, answer.status) == (409, status)
    assert PLACE_TAKEN in " ".join(visitor.page.get_text(" ").split())
    assert untold not in visitor.text


def test_there_is_no_sheet_to_capitalise(visitor: Visitor, session: Session) -> None:
    answer = a_pending_answer(session, published(session))
    session.commit()
    assert visitor.get(f"{private_page(answer)}/piste").status == 404
    assert visitor.get(f"{private_page(answer)}/piste").status == 404


def test_consents_are_given_and_taken_back_on_the_wording_of_answers(visitor: Visitor, session: Session) -> None:
    text = published(session)
    answer = an_answer(session, text, reuse=False)
    words = page_of(visitor, session, answer)
    assert f"qui répond au témoignage de référence {text.public_id}" in words
    visitor.press("Donner cet accord")
    assert visitor.status == 200
    line = stored(session, Consent)[-1]
    assert (line.purpose, line.answer.value) in {(Purpose.REUSE, "given"), (Purpose.CONTACT, "given")}
    assert line.parameters["about"] == text.public_id


def test_consent_given_again_names_what_is_answered(visitor: Visitor, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    answer.withdraw()
    page_of(visitor, session, answer)
    visitor.fill(attest="y").press("Remettre mon texte à l’équipe")
    assert visitor.status == 200
    session.rollback()
    assert answer.status is Status.PENDING
    line = next(each for each in reversed(answer.consents) if each.purpose is Purpose.PUBLICATION)
    assert line.wording_version == FIRST_OF_ANSWERS == 101
    assert line.parameters["about"] == text.public_id


def test_a_proof_is_signed_on_the_wording_of_answers(visitor: Visitor, session: Session) -> None:
    text, answer = a_text_to_answer(session)
    send_proof(session, answer)
    words = page_of(visitor, session, answer)
    assert f"qui répond au témoignage de référence {text.public_id}" in words
    visitor.press("Je signe")
    assert visitor.status == 200
    session.rollback()
    assert answer.status is Status.PUBLISHED
    assert answer.consents[-1].wording_version == 101
    assert first_line(visitor).startswith("L’équipe a accepté votre réponse : elle paraît sous le témoignage le")


def test_it_is_withdrawn_called_back_and_erased_from_its_page(visitor: Visitor, session: Session) -> None:
    text, answer = an_answered_text(session)
    page_of(visitor, session, answer)
    visitor.press("Retirer mon texte")
    assert "Plus personne ne peut le lire sous le témoignage." in visitor.text
    visitor.press("Revenir sur ce retrait")
    session.rollback()
    assert (answer.status, answer.readable_from) == (Status.PUBLISHED, None)
    assert "votre organisation et votre courriel" in visitor.get(f"{private_page(answer)}/effacer").text
    visitor.press("Effacer mon texte")
    session.rollback()
    assert (answer.status, answer.versions, answer.about) == (Status.ERASED, [], text)
    assert WORDS not in Visitor(visitor.client.application).get(f"/temoignages/{text.public_id}").text


def test_it_is_renewed_for_three_years(visitor: Visitor, session: Session) -> None:
    answer = an_answer(session, published(session))
    answer.published_until = now() + timedelta(days=20)
    page_of(visitor, session, answer)
    visitor.press("Prolonger de trois ans")
    session.rollback()
    assert answer.published_until is not None
    assert answer.published_until - now() > timedelta(days=3 * 365)


def test_who_is_answered_reads_the_answer_to_come_and_can_refuse_it(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    text, answer = a_text_to_answer(session)
    assert WORDS not in page_of(visitor, session, text)
    publish(session, answer)
    assert WORDS not in page_of(visitor, session, text), "as long as it can be taken back"
    app.config["UNDO_PERIOD"] = -AMPLE_PERIOD
    assert answer.readable_from is not None
    words = page_of(visitor, session, text)
    assert f"Une réponse paraît sous votre texte le {day(answer.readable_from)}" in words
    assert WORDS in words
    assert "Labo exemple" in words
    assert "L’équipe a accepté une réponse à votre texte." in words
    assert answer.email is not None
    assert answer.email not in words
    visitor.press("Retirer mon texte")
    session.rollback()
    assert text.status is Status.WITHDRAWN
    assert WORDS not in page_of(visitor, session, text)
    assert WORDS not in Visitor(app).get(f"/temoignages/{text.public_id}").text


def test_who_is_answered_reads_the_answer_that_stands(visitor: Visitor, session: Session) -> None:
    text, answer = an_answered_text(session)
    words = page_of(visitor, session, text)
    assert "Sur invitation de l’équipe, Labo exemple vous répond" in words
    assert WORDS in words
    assert "elle disparaît aussitôt avec lui" in words
    hide(session, answer)
    assert WORDS not in page_of(visitor, session, text), "a notice about it is examined"
    answer.perform(Action.UNHIDE, by=CLOCK)
    assert WORDS in page_of(visitor, session, text)
    answer.withdraw()
    assert WORDS not in page_of(visitor, session, text)


def test_who_is_answered_reads_in_the_history_that_an_organisation_was_invited(
    visitor: Visitor, session: Session
) -> None:

    text = published(session)
    invite(session, text, to="invitee@exemple.fr", by=by_editor(session))
    words = page_of(visitor, session, text)
    assert "L’équipe a invité une organisation à répondre à votre texte." in words
    assert "invitee@exemple.fr" not in words
