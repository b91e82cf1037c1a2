"""What became of it: said by its author from the private page, under the life of any version (decision 0053)."""

from datetime import date
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit import Actor
from app.db import now
from app.mail.outbox import Email
from app.spelling.words import MASK
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from config import PARIS
from tests.acts import amend_text, committed, private_page, readable, reload, signed_in, stored
from tests.factories import ACCOUNT, a_signed_transcript, an_answer, an_editor, by_editor
from tests.visitor import Visitor

WORDS = "Trois après-midi ont eu lieu, à la médiathèque plutôt qu’au centre social."
EXPECTED = "Nous en attendions des liens entre équipes."


def a_plan(session: Session, **changes: Any) -> Testimonial:
    return readable(session, **{"situation": Situation.PLANNED} | changes)


def this_month() -> date:
    return now().astimezone(PARIS).date().replace(day=1)


def say(visitor: Visitor, testimonial: Testimonial, **answers: Any) -> Visitor:
    visitor.get(private_page(testimonial))
    link = visitor.page.find("a", string="Dire ce que c’est devenu")
    assert isinstance(link, Tag)
    visitor.get(str(link["href"]))
    return visitor.fill(**answers).press("Relire")


def updated(session: Session, testimonial: Testimonial, **changes: Any) -> Version:
    facts: dict[str, Any] = {"became": Became.DONE, "became_on": date(2027, 11, 1), "sequel": WORDS} | changes
    version = amend_text(testimonial, **facts)
    session.flush()
    return version


@pytest.mark.parametrize("answer", ["done", "otherwise", "not_yet", "not_done"])
def test_an_update_is_a_new_version_that_waits_for_an_editor(visitor: Visitor, session: Session, answer: str) -> None:
    testimonial = a_plan(session)
    say(visitor, testimonial, became=answer, sequel=WORDS).fill(attest="y").press("Envoyer")
    assert visitor.path == private_page(testimonial)
    session.rollback()
    first, second = testimonial.versions
    assert (second.became, second.became_on, second.sequel) == (Became(answer), this_month(), WORDS)
    assert (second.account, second.title, second.themes) == (first.account, first.title, first.themes)
    assert (second.approval, second.approved_digest) == (Approval.SENT, second.digest)
    assert second.digest != first.digest
    assert testimonial.has_new_version
    assert testimonial.shown is first, "readers have the text of before"
    assert testimonial.consents[-1].digest == second.digest


@pytest.mark.one_engine
def test_the_preview_shows_what_would_be_read_beneath_the_text(visitor: Visitor, session: Session) -> None:
    say(visitor, a_plan(session), became="otherwise", sequel=WORDS)
    shown = visitor.page.select_one("section[aria-labelledby=sous-votre-texte]")
    assert shown is not None
    assert WORDS in shown.get_text()
    assert "Réalisé autrement, " in shown.get_text()
    visitor.press("Modifier")
    assert visitor.page.select_one("input[value=otherwise]").has_attr("checked")  # type: ignore[union-attr]  # it is there
    assert WORDS in visitor.page.find("textarea").get_text()  # type: ignore[union-attr]  # it is there


def test_a_plan_needs_no_words_and_readers_have_its_page_once_published(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    testimonial, reader = a_plan(session), Visitor(app)
    say(visitor, testimonial, became="not_done").fill(attest="y").press("Envoyer")
    assert "Ce que c’est devenu" not in reader.get(f"/temoignages/{testimonial.public_id}").text
    session.rollback()
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.commit()
    assert "Non réalisé, " in reader.get(f"/temoignages/{testimonial.public_id}").text
    testimonial.withdraw()
    session.commit()
    assert reader.get(f"/temoignages/{testimonial.public_id}").status == 410


@pytest.mark.one_engine
def test_who_does_not_plan_says_it_in_words(visitor: Visitor, session: Session) -> None:
    testimonial = a_plan(session, situation=Situation.REGULAR)
    say(visitor, testimonial)
    assert visitor.status == 422
    assert "Écrivez ce que c’est devenu" in visitor.text
    assert not visitor.page.select("input[name=became]")
    visitor.fill(sequel=WORDS).press("Relire").fill(attest="y").press("Envoyer")
    session.rollback()
    latest = testimonial.latest
    assert (latest.became, latest.became_on, latest.sequel) == (None, this_month(), WORDS)


@pytest.mark.one_engine
def test_what_cannot_be_sent_is_kept_with_one_sentence(visitor: Visitor, session: Session) -> None:
    testimonial = a_plan(session)
    say(visitor, testimonial, sequel=WORDS)
    assert visitor.status == 422
    assert "Choisissez une des quatre réponses" in visitor.text
    assert WORDS in visitor.page.find("textarea").get_text()  # type: ignore[union-attr]  # it is there
    visitor.fill(became="done", sequel="a" * 1501).press("Relire")
    assert visitor.status == 422
    assert "Retirez-en 1." in visitor.text
    assert reload(session, testimonial).latest.number == 1


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("written", "number"), [({}, 1), ({"outcome": EXPECTED}, 2), ({"outcome": EXPECTED, "obstacles": "Le temps."}, 3)]
)
def test_one_to_three_questions_repeat_what_was_written(
    visitor: Visitor, session: Session, written: dict[str, str], number: int
) -> None:
    visitor.get(f"{private_page(a_plan(session, **written))}/suite")
    questions = [each.get_text() for each in visitor.page.select("form ul > li")]
    assert len(questions) == number
    assert all(words in visitor.text for words in written.values())


def test_an_update_of_a_text_withdrawn_meanwhile_stores_nothing_and_keeps_what_was_typed(
    visitor: Visitor, session: Session
) -> None:
    testimonial = a_plan(session)
    say(visitor, testimonial, became="done", sequel=WORDS).fill(attest="y")
    session.rollback()
    testimonial.withdraw()
    session.commit()
    visitor.press("Envoyer")
    assert visitor.status == 409
    assert "votre texte a changé d’état entre-temps" in visitor.text
    assert WORDS in visitor.page.select_one("#vos-mots").get_text()  # type: ignore[union-attr]  # it is there
    assert reload(session, testimonial).status is Status.WITHDRAWN
    assert testimonial.latest.number == 1


@pytest.mark.parametrize("address", ["suite", "modifier"])
def test_a_second_click_stores_one_version(visitor: Visitor, session: Session, address: str) -> None:
    testimonial = a_plan(session, became=Became.NOT_YET, became_on=date(2026, 11, 1))
    visitor.get(f"{private_page(testimonial)}/{address}")
    visitor.fill(**({"became": "done"} if address == "suite" else {"title": "Autrement dit"})).press("Relire")
    preview = visitor.tree
    visitor.fill(attest="y").press("Envoyer")
    visitor.tree = preview
    visitor.fill(attest="y").press("Envoyer")
    assert visitor.path == private_page(testimonial)
    emails = [email.message for email in stored(session, Email)]
    assert (testimonial.latest.number, emails.count(mails.AMENDED)) == (2, 1)
    visitor.tree = preview
    visitor.fill(attest="y", contact="y").press("Envoyer")
    session.rollback()
    assert (testimonial.latest.number, testimonial.consents_to(Purpose.CONTACT)) == (3, True), "another answer"


@pytest.mark.one_engine
def test_only_a_published_text_has_one(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    for status in [each for each in Status if each not in {Status.PUBLISHED, Status.ERASED}]:
        with subtests.test(status=status):
            email = f"{status}@exemple.fr"
            testimonial = committed(session, status=status, situation=Situation.PLANNED, email=email)
            assert visitor.get(f"{private_page(testimonial)}/suite").status == 409
            assert "Dire ce que c’est devenu" not in visitor.get(private_page(testimonial)).text


@pytest.mark.one_engine
def test_an_answer_has_none(visitor: Visitor, session: Session) -> None:
    answer = an_answer(session, a_plan(session))
    session.commit()
    assert visitor.get(f"{private_page(answer)}/suite").status == 404
    assert "Dire ce que c’est devenu" not in visitor.get(private_page(answer)).text


@pytest.mark.one_engine
@pytest.mark.parametrize("situation", ["planned", "past"])
def test_another_change_of_the_text_keeps_its_update(visitor: Visitor, session: Session, situation: str) -> None:
    """« Réalisé » is of a plan: where the situation changes, the words stay."""
    testimonial = a_plan(session)
    updated(session, testimonial)
    session.commit()
    visitor.get(f"{private_page(testimonial)}/modifier").fill(title="Autrement dit", situation=situation)
    visitor.press("Relire mon texte").fill(attest="y").press("Envoyer")
    session.rollback()
    latest = testimonial.latest
    assert (latest.number, latest.title) == (3, "Autrement dit")
    assert (latest.became_on, latest.sequel) == (date(2027, 11, 1), WORDS)
    assert latest.became is (Became.DONE if situation == "planned" else None)


def test_editors_read_what_is_new_and_mask_in_it(visitor: Visitor, session: Session) -> None:
    testimonial = a_plan(session)
    updated(session, testimonial, sequel=f"{WORDS} Mme Exemple est venue.")
    editor = signed_in(visitor, session)
    assert "Réalisé, novembre 2027" in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "à la médiathèque" in editor.get(f"/moderation/{testimonial.public_id}/versions?de=1&a=2").text
    editor.get(f"/moderation/{testimonial.public_id}/relire")
    editor.fill(sequel=f"{WORDS} [[Mme Exemple]] est venue.", kind="correction").press("Enregistrer")
    assert reload(session, testimonial).latest.sequel == f"{WORDS} {MASK} est venue."
    assert testimonial.latest.approval is Approval.UNDER_CONSENT


@pytest.mark.both_engines
def test_the_database_refuses_to_change_a_stored_update(session: Session, subtests: pytest.Subtests) -> None:
    a_plan(session)
    for change in ["became = 'done'", "became_on = '2027-01-01'", "sequel = 'X'"]:
        with subtests.test(change=change):
            with pytest.raises(DBAPIError, match="append-only"):
                session.execute(text(f"UPDATE version SET {change}"))  # noqa: S608  # of this test
            (version,) = stored(session, Version)
            assert (version.became, version.became_on, version.sequel) == (None, None, "")


@pytest.mark.one_engine
@pytest.mark.parametrize("path", ["suite", "modifier"])
def test_what_follows_contested_masks_follows_the_author_s_own_words(
    visitor: Visitor, session: Session, path: str
) -> None:
    """Else the masks would be the author's, and an answer that gives them their words would change nothing."""
    own = f"{ACCOUNT} Mme Exemple est venue."
    testimonial = a_plan(session, account=own)
    testimonial.propose(testimonial.latest.edited(account=f"{ACCOUNT} {MASK} est venue."), as_correction=True)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    contest_decision(testimonial, "Elle a donné son accord.")
    session.commit()
    visitor.get(f"{private_page(testimonial)}/{path}")
    visitor.fill(**({"became": "done"} if path == "suite" else {"title": "Autrement dit"}))
    visitor.press("Relire" if path == "suite" else "Relire mon texte").fill(attest="y").press("Envoyer")
    assert reload(session, testimonial).latest.account == own
    assert testimonial.shown is not None
    assert MASK in testimonial.shown.account, "masks stay until they are answered"
    other = an_editor(session, email="prudente@ville-exemple.fr")
    testimonial.perform(Action.RESTORE, by=Actor.editor(other.id), note=DecisionNote(message="Vos mots reviennent."))
    session.commit()
    assert testimonial.shown.account == own
    assert testimonial.contested_at is None


@pytest.mark.one_engine
def test_who_has_no_address_reads_the_answer_on_their_page(visitor: Visitor, session: Session) -> None:
    testimonial = a_signed_transcript(session, situation=Situation.PLANNED)
    session.commit()
    say(visitor, testimonial, became="done", sequel=WORDS)
    assert "vous répond sur votre page privée" in visitor.text
    assert "par courriel" not in visitor.text
