"""Who told a testimonial: a letter or a code, a page where they alone answer, and what follows from the answer."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Kind
from app.features.voice.acts import correct_transcript
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import only_text, private_page, send_act, stored
from tests.factories import a_transcript, a_version, an_editor, by_editor
from tests.visitor import Visitor

ENTER = "/mon-temoignage"
EMAIL = "qui.raconte@exemple.fr"
CODE = r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}"
WAITS = "Votre texte est entre les mains de l’équipe"
ANSWERS = {"attribution": "clsm", "publish": "yes", "attest": "y"}


def told(session: Session, *, email: str | None = None) -> tuple[Testimonial, str]:
    testimonial, code = a_transcript(session, email=email)
    session.commit()
    return testimonial, code or ""


def entered(visitor: Visitor, code: str) -> Visitor:
    return visitor.get(ENTER).fill(code=code).press("Ouvrir ma page")


def test_who_gave_an_address_signs_from_the_letter(visitor: Visitor, session: Session) -> None:
    testimonial, _ = told(session, email=EMAIL)
    (letter,) = stored(session, Email)
    assert (letter.message, letter.recipient) == (mails.TRANSCRIPT, EMAIL)
    visitor.get(private_page(testimonial))
    assert visitor.page.select("input[type=radio][checked], input[type=checkbox][checked]") == []
    assert "Comment vous nommer ?" in visitor.text
    visitor.fill(**ANSWERS, reuse="y").press("Je signe")
    signed = only_text(session)
    assert (signed.status, signed.shown) == (Status.PENDING, None), "an editor who did not type it publishes it"
    assert (signed.latest.attribution.value, signed.latest.approval) == ("clsm", "signed")
    assert [event.kind for event in signed.events] == [Kind.RECORD, Kind.CONFIRM, Kind.SIGN_ACCOUNT]
    lines = {line.purpose: (line.answer, line.channel, line.recorded_by_id) for line in signed.consents}
    by = an_editor(session).id
    yes, no = ConsentDecision.GIVEN, ConsentDecision.REFUSED
    assert lines == {
        Purpose.PUBLICATION: (yes, Channel.ASSISTED, by),
        Purpose.REUSE: (yes, Channel.ASSISTED, by),
        Purpose.CONTACT: (no, Channel.ASSISTED, by),
        Purpose.QUESTIONS: (no, Channel.ASSISTED, by),
        Purpose.ATTESTATION: (yes, Channel.ASSISTED, by),
    }
    assert [email.message for email in stored(session, Email)] == [mails.TRANSCRIPT, mails.CONFIRMED]


def test_who_gave_none_signs_by_a_code_and_gets_one_that_lasts(visitor: Visitor, session: Session) -> None:
    _, code = told(session)
    entered(visitor, code.lower().replace("-", " "))
    assert "contact" not in {each.get("name") for each in visitor.page.select("input")}
    assert "Sans courriel, personne ne peut vous écrire" in visitor.text
    visitor.fill(**ANSWERS).press("Je signe")
    assert "l’équipe relit votre texte avant de le publier" in visitor.text
    lasting = shown_code(visitor)
    signed = only_text(session)
    assert signed.status is Status.PENDING
    assert [event.kind for event in signed.events] == [Kind.RECORD, Kind.IDENTIFIED, Kind.SIGN_ACCOUNT]
    assert stored(session, Email) == []
    visitor.get(f"{private_page(only_text(session))}/modifier").press("Relire mon texte")
    assert {"reuse", "contact", "questions"} & {each.get("name") for each in visitor.page.select("input")} == {"reuse"}
    assert entered(visitor, code).status == 422
    assert WAITS in entered(visitor, lasting).text
    visitor.press("Tirer un autre code")
    assert entered(visitor, lasting).status == 422
    assert lasting not in visitor.text


def test_a_lasting_code_withdraws_and_erases(visitor: Visitor, session: Session) -> None:
    _, code = told(session)
    entered(visitor, code).fill(**ANSWERS).press("Je signe")
    page = private_page(only_text(session))
    visitor.get(page).press("Retirer mon texte")
    assert only_text(session).status is Status.WITHDRAWN
    session.rollback()
    visitor.get(f"{page}/effacer").press("Effacer mon texte et mes coordonnées")
    assert only_text(session).status is Status.ERASED


def test_a_code_unknown_replaced_or_past_its_time_gets_one_answer(visitor: Visitor, session: Session) -> None:
    testimonial, code = told(session)
    refused = {entered(visitor, "0000-0000-0000-0000").text.replace("0000-0000-0000-0000", "")}
    assert testimonial.due_at is not None
    testimonial.due_at = testimonial.waiting_since
    session.commit()
    answer = entered(visitor, code)
    assert answer.status == 422
    assert {answer.text.replace(code, "")} == refused
    assert "16 signes" in entered(visitor, "1234").text
    assert code not in visitor.path


@pytest.mark.one_engine
def test_a_guesser_is_stopped_by_network_and_nobody_else_is(app: Flask) -> None:
    def tries(network: str, number: int) -> list[int]:
        client = app.test_client()
        return [
            client.post(ENTER, data={}, environ_base={"REMOTE_ADDR": f"{network}.{each + 1}"}).status_code
            for each in range(number)
        ]

    assert tries("198.51.100", 21)[-2:] == [422, 429]
    codes = [code for each in range(15) for code in tries(f"10.0.{each}", 20)]
    assert set(codes) == {422}, "strangers cannot close the page to who has a code"


def test_words_that_the_teller_changes_go_to_the_editors(visitor: Visitor, session: Session) -> None:
    testimonial, _ = told(session, email=EMAIL)
    visitor.get(private_page(testimonial)).press("Changer le texte")
    assert "Quatre questions" in visitor.text
    visitor.fill(title="Mes mots").press("Relire mon texte")
    visitor.fill(**ANSWERS).press("Je signe")
    amended = only_text(session)
    assert (amended.status, amended.latest.title, amended.latest.approval) == (Status.PENDING, "Mes mots", "sent")
    assert amended.consents_to(Purpose.PUBLICATION)
    assert {line.channel for line in amended.consents} == {Channel.ASSISTED}


def test_no_to_publication_publishes_nothing(visitor: Visitor, session: Session) -> None:
    _, code = told(session)
    entered(visitor, code).fill(attribution="region", publish="no").press("Je signe")
    refused = only_text(session)
    assert (refused.status, refused.publication_consent) == (Status.PENDING, False)
    assert "revenez avec votre code" in visitor.get(private_page(refused)).text


def test_what_is_not_answered_is_asked_and_nothing_is_stored(visitor: Visitor, session: Session) -> None:
    testimonial, _ = told(session, email=EMAIL)
    visitor.get(private_page(testimonial)).fill(reuse="y").press("Je signe")
    assert visitor.status == 422
    said = [each.get_text(strip=True) for each in visitor.page.select(".summary__list li")]
    assert said == [
        "Choisissez comment le texte sera signé.",
        "Répondez oui ou non\u00a0: les deux vous permettent d’envoyer votre texte.",
    ]
    assert visitor.page.select_one("input[name=reuse][checked]") is not None
    assert only_text(session).consents == []


def test_words_corrected_meanwhile_are_read_again(visitor: Visitor, session: Session) -> None:
    testimonial, _ = told(session, email=EMAIL)
    visitor.get(private_page(testimonial)).fill(**ANSWERS)
    correct_transcript(
        testimonial, a_version(session, title="Un titre relu", attribution=Attribution.REGION), by=by_editor(session)
    )
    session.commit()
    visitor.press("Je signe")
    assert visitor.status == 409
    assert "Ce texte a changé depuis que vous l’avez ouvert" in visitor.text
    assert "Un titre relu" in visitor.text
    assert only_text(session).consents == []
    session.rollback()
    visitor.fill(**ANSWERS).press("Je signe")
    assert only_text(session).status is Status.PENDING


def test_a_second_click_signs_once(visitor: Visitor, session: Session) -> None:
    testimonial, _ = told(session, email=EMAIL)
    visitor.get(private_page(testimonial)).fill(**ANSWERS)
    visitor.press("Je signe")
    visitor.get(f"{private_page(testimonial)}/signature")
    assert visitor.path == private_page(testimonial)
    assert len(only_text(session).versions) == 2


def shown_code(visitor: Visitor) -> str:
    (code,) = set(re.findall(CODE, visitor.text))
    return str(code)


def test_a_page_that_the_sheet_s_code_opened_opens_nothing_once_signed(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    """Whoever handed the sheet over may have kept that page: it must not act in the teller's name."""
    _, code = told(session)
    other = entered(Visitor(app), code)
    page = other.path.removesuffix("/signature")
    entered(visitor, code).fill(**ANSWERS).press("Je signe").get(private_page(only_text(session)))
    assert WAITS in visitor.text
    for path in (page, f"{page}/signature", f"{page}/mes-donnees"):
        assert other.get(path).status == 404


def test_a_second_click_on_signing_tells_the_same_code(visitor: Visitor, session: Session) -> None:
    _, code = told(session)
    signing = entered(visitor, code).tree
    first = shown_code(visitor.fill(**ANSWERS).press("Je signe"))
    visitor.tree = signing
    assert shown_code(visitor.fill(**ANSWERS).press("Je signe")) == first
    assert len(only_text(session).versions) == 2
    assert WAITS in entered(visitor, first).text


def test_another_code_voids_the_pages_of_the_former_and_a_second_click_tells_it_again(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    _, code = told(session)
    entered(visitor, code).fill(**ANSWERS).press("Je signe")
    other = entered(Visitor(app), shown_code(visitor))
    page = visitor.get(private_page(only_text(session))).tree
    first = shown_code(visitor.press("Tirer un autre code"))
    visitor.tree = page
    assert shown_code(visitor.press("Tirer un autre code")) == first
    assert other.get(other.path).status == 404
    visitor.tree = page
    visitor.fill(key="00000000-0000-0000-0000-000000000000").press("Tirer un autre code")
    assert visitor.status == 404
    assert WAITS in entered(visitor, first).text
    assert visitor.text.count("Vous avez tiré un autre code : celui d’avant n’ouvre plus rien.") == 1


@pytest.mark.parametrize("act", ["retirer", "accord", "modifier", "contester", "remettre", "signer"])
def test_no_other_act_precedes_the_answer(visitor: Visitor, session: Session, act: str) -> None:
    testimonial, _ = told(session, email=EMAIL)
    send_act(visitor, testimonial, act, purpose="reuse", answer="yes", words="Non.", attest="y")
    same = only_text(session)
    assert (same.status, same.consents, len(same.versions)) == (Status.PROOF_SENT, [], 1)


def test_an_unanswered_text_is_read_whole_and_erased_by_its_link(visitor: Visitor, session: Session) -> None:
    testimonial, code = told(session)
    page = private_page(testimonial)
    for name in ("mes-donnees", "mes-donnees.json", "preuve", "preuve.json", "piste", "effacer"):
        assert visitor.get(f"{page}/{name}").status == 200, name
    assert "n’a pas encore répondu" in visitor.get(f"{page}/preuve").text
    assert "au téléphone" in visitor.get(f"{page}/mes-donnees").text
    visitor.get(f"{page}/effacer").press("Effacer mon texte et mes coordonnées")
    assert only_text(session).status is Status.ERASED
    assert entered(visitor, code).status == 422
