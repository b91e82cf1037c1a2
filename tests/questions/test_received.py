"""An author who receives questions: « non merci », reporting, receiving no more; what editors see; what is kept."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import Actor, Kind
from app.db import now
from app.features.questions import mails
from app.features.questions.acts import report_question, settle_report
from app.features.questions.models import ColleagueQuestion
from app.mail.outbox import Email
from app.moderation.digest.counts import facts_of, waiting_by_article
from app.privacy.address.erasure import erase_address
from app.privacy.data_export import export_data
from app.testimonials import erasure
from app.testimonials.wordings import Purpose
from tests.acts import private_page, published, readable, run_clock, signed_in, stored
from tests.factories import ASKER, QUESTION, a_question, an_editor, another_article
from tests.mail.test_outbox import plain
from tests.questions.test_asking import events, letters
from tests.questions.test_letter import received
from tests.visitor import Visitor

__all__ = ["received"]


def page_of(question: ColleagueQuestion) -> str:
    return f"{private_page(question.testimonial)}/questions"


def test_non_merci_is_told_politely_and_once(visitor: Visitor, session: Session, received: ColleagueQuestion) -> None:
    visitor.get(page_of(received))
    session.rollback()
    assert "Et qui la paie ?" in visitor.text
    [form] = visitor.forms("contains(@action, '/refuser')")
    button = list(visitor.fields(form))
    for _ in range(2):
        visitor.post(form.get("action"), button)
    assert "Vous avez répondu « non merci »" in visitor.text
    assert visitor.page.select("form[action$=refuser]") == []
    (letter,) = letters(session, mails.QUESTION_DECLINED)
    assert letter["To"] == ASKER
    assert "préfère ne pas y répondre" in plain(letter)
    assert "Camille" not in str(letter), "nothing of the author"


def test_receiving_no_more_withdraws_that_consent_alone(
    visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    testimonial = received.testimonial
    visitor.get(page_of(received)).press("Ne plus recevoir de questions")
    session.rollback()
    assert not testimonial.consents_to(Purpose.QUESTIONS)
    assert testimonial.consents_to(Purpose.PUBLICATION)
    assert testimonial.shown_number
    assert "Vous ne recevez pas de questions." in visitor.get(page_of(received)).text


def test_editors_read_a_question_that_was_reported_and_no_other(
    app: Flask, visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    other = a_question(session, published(session, 1, questions=True), words="Une autre, que nul ne signale.")
    session.commit()
    desk = signed_in(Visitor(app), session)
    assert "Aucune question signalée n’attend." in desk.get("/moderation/questions").text
    visitor.get(page_of(received)).fill(report="C’est une publicité.").press("Signaler cette question")
    assert "Vous avez signalé cette question" in visitor.text
    text = desk.get("/moderation/questions").text
    assert [each in text for each in ("Et qui la paie ?", ASKER, "C’est une publicité.", other.words)] == [
        *(True, True, True, False)
    ]
    assert "Travailler avec un centre de ressources politique de la ville 2 2" in text
    assert len(events(session, Kind.QUESTION_REPORTED)) == 1
    desk.press("C’est lu")
    assert "Aucune question signalée n’attend." in desk.text
    (event,) = events(session, Kind.QUESTION_SETTLED)
    assert event.user_id


@pytest.mark.changes_content
def test_an_editor_reads_the_reports_of_their_articles_alone(app: Flask, session: Session) -> None:
    elsewhere = another_article(session)
    question = a_question(session, published(session, questions=True, article=elsewhere, themes=[]))
    question.reported_at, question.report = now(), "À lire."
    session.commit()
    desk = signed_in(Visitor(app), session)
    assert "À lire." in desk.get("/moderation/questions").text
    editor = stored(session, User)[0]
    editor.edits_all = False
    session.commit()
    assert "À lire." not in desk.get("/moderation/questions").text
    assert elsewhere.title not in desk.text


def test_another_author_acts_on_no_question(visitor: Visitor, session: Session, received: ColleagueQuestion) -> None:
    other = readable(session, 1, questions=True)
    visitor.get(page_of(received))
    fields = list(visitor.fields(visitor.forms("contains(@action, '/refuser')")[0]))
    visitor.post(f"{private_page(other)}/questions/{received.public_id}/refuser", fields)
    assert visitor.status == 404
    assert stored(session, ColleagueQuestion)[0].declined_at is None


def test_an_address_that_carries_a_command_is_written_to_and_nobody_else(
    visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    """« ? » may stand before the @; in a link, it would begin the fields of a letter (RFC 6068)."""
    received.email = "chef?bcc=espion&to=%41@exemple.fr"
    session.commit()
    visitor.get(page_of(received))
    (link,) = visitor.page.select("main a[href^=mailto]")
    assert link["href"] == "mailto:chef%3Fbcc%3Despion%26to%3D%2541@exemple.fr"


@pytest.mark.parametrize("act", ["refuser", "signaler"])
def test_an_act_on_a_question_that_is_gone_says_so(
    app: Flask, visitor: Visitor, session: Session, received: ColleagueQuestion, act: str
) -> None:
    """Its sender erased it, or thirty days have passed, since the page was opened."""
    page = page_of(received)
    session.rollback()
    form = visitor.get(page).forms(f"contains(@action, '/{act}')")[0]
    fields = [(name, "Une publicité." if name == "report" else words) for name, words in visitor.fields(form)]
    with app.test_request_context(method="POST"):
        erase_address(session, ASKER)
    session.commit()
    visitor.post(form.get("action"), fields)
    assert visitor.status == 404
    assert "Cette question n’est plus là" in visitor.text
    assert ("Une publicité." in visitor.text) is (act == "signaler")
    assert visitor.page.select("main a[href^='/mon-temoignage/']")


# ── Kept, and forgotten ──


def test_after_thirty_days_the_count_alone_is_left(app: Flask, session: Session, received: ColleagueQuestion) -> None:
    waiting = a_question(session, received.testimonial, sent=False)
    assert [(each.kept_until - each.asked_at).days for each in (received, waiting)] == [30, 7]
    waiting.asked_at = now() - timedelta(days=6)
    received.asked_at = now() - timedelta(days=29)
    session.commit()
    assert "old questions" not in run_clock(app, session)
    first, second = stored(session, ColleagueQuestion)
    first.asked_at, second.asked_at = now() - timedelta(days=30, minutes=1), now() - timedelta(days=7, minutes=1)
    session.commit()
    assert "old questions of colleagues: 2" in run_clock(app, session)
    assert stored(session, ColleagueQuestion) == []
    assert [each for each in stored(session, Email) if each.message is mails.QUESTION] == [], "nor in a letter"
    assert len(events(session, Kind.QUESTION_SENT)) == 1


def test_an_erased_text_takes_its_questions_with_it(session: Session, received: ColleagueQuestion) -> None:
    (copied,) = export_data(session, received.testimonial)["questions"]
    assert copied["words"] == QUESTION
    assert ASKER not in str(copied)
    erasure.erase_testimonial(received.testimonial)
    session.commit()
    assert stored(session, ColleagueQuestion) == []
    assert [each for each in stored(session, Email) if each.message is mails.QUESTION] == []


def test_a_question_does_not_make_an_editor_s_form_stale(session: Session, received: ColleagueQuestion) -> None:
    revision = received.testimonial.revision
    a_question(session, received.testimonial, email="autre@exemple.fr")
    session.commit()
    assert received.testimonial.revision == revision


def test_the_digest_tells_of_a_question_that_was_reported(session: Session, received: ColleagueQuestion) -> None:
    editor = an_editor(session)
    assert waiting_by_article(session, editor) == [], "a question that nobody reported is not theirs"
    report_question(received, "")
    session.flush()
    waiting = waiting_by_article(session, editor)
    assert [each.replace("\u00a0", " ") for each in waiting[0].sentences] == [
        "1 question de collègue signalée, depuis quelques instants"
    ]
    assert facts_of(session, editor, waiting)["desk"], "its page is none of a text"
    settle_report(received, by=Actor.editor(editor.id))
    session.flush()
    assert waiting_by_article(session, editor) == []


def test_a_report_too_long_keeps_its_words_at_its_question(
    visitor: Visitor, session: Session, received: ColleagueQuestion
) -> None:
    a_question(session, received.testimonial, email="autre@exemple.fr")
    session.commit()
    page = page_of(received)
    session.rollback()
    visitor.get(page)
    ids = [str(each["id"]) for each in visitor.page.select("[id]")]
    assert len(ids) == len(set(ids)), "each question has its own field"
    form = visitor.forms("contains(@action, '/signaler')")[0]
    fields = [(name, "a" * 1001 if name == "report" else words) for name, words in visitor.fields(form)]
    visitor.post(form.get("action"), fields)
    assert visitor.status == 422
    assert "1 001 signes, 1 000 suffisent" in visitor.text
    assert [len(each.get_text().strip()) for each in visitor.page.select("textarea")] == [1001, 0]
    assert [each.reported_at for each in stored(session, ColleagueQuestion)] == [None, None]
