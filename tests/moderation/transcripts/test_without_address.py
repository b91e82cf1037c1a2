"""What the desk and the private page say of an author whom nobody can write to, and where the author reads it."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import now
from app.mail.outbox import Email
from app.moderation.choices import CHOICES, UPHELD, worded
from app.testimonials.lifecycle import Action
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_with, committed, private_page, reload, run_clock, stored
from tests.factories import a_notice, a_pending_answer, a_signed_transcript, a_transcript, a_version, by_editor
from tests.visitor import Visitor

LETTERS = ("auteur·e en est averti·e", "auteur·e reçoit")


def waiting(session: Session) -> Testimonial:
    """Return a text without an address that waits for editors, with consent to publication."""
    testimonial = a_signed_transcript(session)
    testimonial.perform(Action.UNPUBLISH, by=by_editor(session))
    testimonial.perform(Action.REOPEN, by=by_editor(session))
    return testimonial


def in_state(session: Session, state: str) -> Testimonial:
    """Return a text without an address in a state, which its name says; committed."""
    is_open = state in {"pending", "changes_requested", "proof_sent"}
    testimonial = waiting(session) if is_open else a_signed_transcript(session)
    if state == "changes_requested":
        testimonial.perform(Action.REQUEST_CHANGES, by=by_editor(session))
    if state == "proof_sent":
        testimonial.propose(testimonial.latest.edited(title="Une autre réécriture"))
        testimonial.perform(Action.SEND_PROOF, by=by_editor(session))
    if state in {"hidden", "noticed"}:
        a_notice(session, testimonial)
    if state == "hidden":
        testimonial.perform(Action.HIDE, by=by_editor(session))
    if state == "amended":
        amend_with(testimonial, a_version(session, title="Mes mots"))
    if state == "contested":
        _, others = testimonial.approved.account.split(" ", 1)
        testimonial.propose(testimonial.approved.edited(account=f"[passage masqué] {others}"), as_correction=True)
        testimonial.perform(Action.PUBLISH, by=by_editor(session))
        contest_decision(testimonial, "Rendez-moi mes mots.")
    session.commit()
    return testimonial


STATES: Sequence[str] = (
    *("pending", "changes_requested", "proof_sent", "published"),
    *("noticed", "hidden", "amended", "contested"),
)


def test_no_page_of_the_desk_says_that_who_gave_no_address_is_written_to(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for state in STATES:
        with subtests.test(state=state):
            testimonial = in_state(session, state)
            review = f"/moderation/{testimonial.public_id}"
            pages = [review, f"{review}/relire", f"{review}/demander", f"{review}/suite", f"{review}/inviter"]
            said = {page: editor.text for page in pages if editor.get(page).status == 200}
            assert review in said
            assert {page: words for page, text in said.items() for words in LETTERS if words in text} == {}
            decisions = {each.get("value") for each in editor.get(review).page.select("button[name=action]")} - {
                "reopen"
            }
            assert ("sans courriel" in said[review]) or not decisions


@pytest.mark.one_engine
def test_no_choice_says_that_a_letter_reaches_who_gave_no_address(session: Session) -> None:
    testimonial = a_signed_transcript(session)
    effects = [worded(each, testimonial).effect for each in (*CHOICES.values(), *UPHELD.values()) if each.message]
    assert len(effects) > 10
    for told in (*LETTERS, "auteur·e lit", "L’auteur·e compare"):
        assert [each for each in effects if told in each] == []


@pytest.mark.one_engine
def test_who_gave_an_address_is_still_said_to_be_told(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    assert "l’auteur·e en est averti·e" in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "sans courriel" not in editor.text


@pytest.mark.one_engine
def test_an_answer_beneath_such_a_text_is_announced_on_its_page_alone(editor: Visitor, session: Session) -> None:
    about = a_signed_transcript(session)
    answer = a_pending_answer(session, about)
    session.commit()
    editor.get(f"/moderation/{answer.public_id}")
    assert "celui du témoignage, sans courriel, ne le lira que sur sa page" in editor.text
    assert "sur sa seule page privée, faute de courriel" in editor.get(f"/moderation/{about.public_id}/inviter").text


def test_another_sheet_is_no_link_that_was_sent(editor: Visitor, session: Session) -> None:
    testimonial, _ = a_transcript(session)
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}").press("Imprimer une autre feuille")
    assert "Nouveau lien privé envoyé" not in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "Autre feuille à imprimer, avec un autre code, faite par Nadia Exemple." in editor.text


def test_its_private_page_says_when_to_come_back(app: Flask, visitor: Visitor, session: Session) -> None:
    """No reminder can leave: the page says from which day the publication can be extended."""
    testimonial = a_signed_transcript(session)
    session.commit()
    text = visitor.get(private_page(testimonial)).text
    assert "Pour le prolonger, revenez avec votre code à partir du" in text
    assert reload(session, testimonial).published_until is not None
    testimonial.published_until = now() + timedelta(days=3)
    session.commit()
    run_clock(app, session)
    assert stored(session, Email) == []
    assert "Nous vous avons envoyé un rappel" not in visitor.get(private_page(testimonial)).text
    assert "Pour qu’il paraisse au-delà, prolongez-le ci-dessous" in visitor.text


def test_an_objection_is_answered_on_its_page(visitor: Visitor, session: Session) -> None:
    testimonial = in_state(session, "contested")
    text = visitor.get(private_page(testimonial)).text
    assert "la réponse se lira ici" in text
    assert "vous aurez une réponse" not in text.split("Vos accords", 1)[0]


@pytest.mark.parametrize("email", [None, "qui.raconte@exemple.fr"], ids=["code", "letter"])
def test_the_receipt_says_how_each_withdraws(visitor: Visitor, session: Session, email: str | None) -> None:
    testimonial = a_signed_transcript(session, email=email)
    session.commit()
    page = private_page(testimonial)
    assert visitor.get(f"{page}/preuve.json").answer is not None
    record = json.loads(visitor.answer.get_data(as_text=True))  # type: ignore[union-attr]  # asserted above
    controls = [each["dpv:hasConsentControl"] for each in record["dpv:hasRecordOfActivity"]]
    told = {each["dct:description"] for each in controls}
    where = {each["dpv:isExercisedAt"] for each in controls}
    if email:
        assert told == {"À tout moment, sans donner de raison, depuis le lien privé reçu par courriel."}
        assert where == {"http://localhost/mon-temoignage/nouveau-lien"}
    else:
        assert told == {"À tout moment, sans donner de raison, depuis la page privée, qu’ouvre le code de l’auteur·e."}
        assert where == {"http://localhost/mon-temoignage"}
    text = visitor.get(f"{page}/preuve").text
    assert ("qu’ouvre le lien reçu par courriel" in text) is bool(email)
    assert ("qu’ouvre son code" in text) is not bool(email)
    assert "lien privé" not in text.split("Publication à côté", 1)[0] or email
