"""Notices: a reader reports a published testimonial, without an account, once; the text itself does not change."""

import threading
import uuid
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign
from app.audit import Actor, ActorKind, Kind
from app.db import now
from app.mail.messages import Message
from app.mail.outbox import Email
from app.privacy import data_export
from app.testimonials import erasure
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import REPORT_REASONS, Notice, Outcome
from app.testimonials.reasons import Reason
from app.tokens import sign_token
from config import PARIS
from tests.acts import ask_for_link, committed, private_page, stored
from tests.factories import READER, a_notice, a_testimonial, an_editor
from tests.mail.test_outbox import plain
from tests.services import smtp
from tests.visitor import Visitor

WORDS = "Au deuxième paragraphe, je reconnais ma voisine."
ANSWERS = {"reason": "tiers_identifiable", "words": WORDS, "email": READER}
RECEIVED = "Votre signalement est arrivé"


def path(testimonial: Testimonial) -> str:
    return f"/temoignages/{testimonial.public_id}/signaler"


def emails(session: Session) -> list[Email]:
    session.rollback()
    kinds = (Message.NOTICE_RECEIVED, Message.NOTICE_ANSWERED)
    return list(session.scalars(select(Email).where(Email.message.in_(kinds)).order_by(Email.id)))


def test_a_reader_reports_a_testimonial_and_gets_a_receipt(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    revision = testimonial.revision
    visitor.get(f"/temoignages/{testimonial.public_id}")
    (link,) = visitor.page.find_all("a", string="Signaler ce témoignage")
    visitor.get(str(link["href"]))
    assert "« Trois après-midi »" in visitor.text
    assert "3114" in visitor.text
    visitor.fill(**ANSWERS).press("Envoyer le signalement")
    assert visitor.path.startswith("/signalement/")
    assert RECEIVED in visitor.text
    assert "l…@exemple.fr" in visitor.text
    assert READER not in str(visitor.page), "the receipt shows no address"
    (notice,) = stored(session, Notice)
    assert (notice.reason, notice.words, notice.email) == (Reason.IDENTIFIABLE_PERSON, WORDS, READER)
    assert (notice.version_number, notice.digest) == (1, testimonial.shown_digest)
    assert notice.is_open
    assert notice.outcome is None
    session.refresh(testimonial)
    assert testimonial.noticed_at == notice.at
    assert testimonial.status is Status.PUBLISHED
    assert testimonial.revision == revision, "a notice makes no decision stale"
    assert (testimonial.events[-1].kind, testimonial.events[-1].actor) == (Kind.NOTICED, ActorKind.READER)


def test_a_card_has_no_report_link(visitor: Visitor, session: Session) -> None:
    committed(session, status=Status.PUBLISHED)
    assert "signaler" not in str(visitor.get("/articles/crpv").page).lower()


def test_the_report_link_is_the_same_for_everyone(app: Flask, session: Session) -> None:
    """The page is cached as bytes: two readers get the same."""
    testimonial = committed(session, status=Status.PUBLISHED)
    address = f"/temoignages/{testimonial.public_id}"
    first, second = (app.test_client().get(address, follow_redirects=True) for _ in range(2))
    assert path(testimonial).encode() in first.data
    assert first.data == second.data


def test_report_pages_are_neither_cached_nor_indexed(visitor: Visitor, session: Session) -> None:
    seen = [visitor.get(path(committed(session, status=Status.PUBLISHED))).answer]
    seen.append(visitor.press("Envoyer").answer)
    seen.append(visitor.fill(reason="promotion").press("Envoyer").answer)
    assert visitor.path.startswith("/signalement/")
    for answer in seen:
        assert answer is not None
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


MISSING: dict[str, dict[str, str | list[str]]] = {
    "Choisissez une des quatre réponses.": {},
    "Dites en quelques mots ce qui ne va pas.": {"reason": "autre", "words": "  \n"},
    "Retirez-en 1.": {"reason": "promotion", "words": "a" * 1501},
    "Vérifiez ce courriel": {"reason": "promotion", "email": "lectrice"},
    "ni accent ni signe rare": {"reason": "promotion", "email": "josé@exemple.fr"},
}


def test_an_invalid_notice_gets_error_messages_and_keeps_what_was_typed(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    address = path(committed(session, status=Status.PUBLISHED))
    for message, typed in MISSING.items():
        with subtests.test(message=message):
            visitor.get(address).fill(**typed).press("Envoyer")
            assert visitor.status == 422
            assert message in visitor.text
            assert stored(session, Notice) == []
            (textarea,) = visitor.page.select("textarea[name=words]")
            assert textarea.get_text().strip() == str(typed.get("words", "")).strip()


def test_only_readers_reasons_are_accepted(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    visitor.get(path(committed(session, status=Status.PUBLISHED)))
    key = str(visitor.page.select("[name=key]")[0]["value"])
    for reason in (*(reason.value for reason in Reason if reason not in REPORT_REASONS), "rien", ""):
        with subtests.test(reason=reason):
            visitor.post(visitor.path, [("csrf_token", visitor.csrf_token), ("key", key), ("reason", reason)])
            assert visitor.status == 422
            assert stored(session, Notice) == []


def test_without_an_address_no_email_is_sent_and_the_receipt_says_so(visitor: Visitor, session: Session) -> None:
    visitor.get(path(committed(session, status=Status.PUBLISHED))).fill(reason="diffamation_injure").press("Envoyer")
    assert "Vous n’avez pas donné d’adresse" in visitor.text
    (notice,) = stored(session, Notice)
    assert (notice.words, notice.email) == ("", None)
    assert emails(session) == []


def test_the_acknowledgement_gives_the_due_date_and_no_typed_word(visitor: Visitor, session: Session) -> None:
    began = now()
    visitor.get(path(committed(session, status=Status.PUBLISHED))).fill(**ANSWERS).press("Envoyer")
    (email,) = emails(session)
    assert (email.message, email.recipient) == (Message.NOTICE_RECEIVED, READER)
    assert WORDS not in str(email.facts)
    assert set(email.facts) == {"noticed", "due"}
    first, last = ((moment + timedelta(days=7)).astimezone(PARIS).date() for moment in (began, now()))
    assert first <= date.fromisoformat(email.facts["due"]) <= last


def test_the_same_page_sent_twice_is_stored_once(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(path(testimonial)).fill(**ANSWERS)
    page, typed = visitor.page, visitor.typed
    visitor.press("Envoyer")
    receipt = visitor.path
    visitor.page, visitor.typed = page, typed
    visitor.press("Envoyer")
    assert visitor.path == receipt
    assert len(stored(session, Notice)) == len(emails(session)) == 1
    visitor.page, visitor.typed = page, typed | {"words": "Mieux dit."}
    visitor.press("Envoyer")
    assert [notice.words for notice in stored(session, Notice)] == [WORDS, "Mieux dit."], (
        "a corrected notice is stored too"
    )


def test_a_double_click_is_stored_once(app: Flask, session: Session) -> None:
    address = path(committed(session, status=Status.PUBLISHED))
    session.rollback()
    key, barrier = str(uuid.uuid4()), threading.Barrier(2, timeout=20)
    with app.app_context():
        shown = sign_token("shown", [key, int(now().timestamp()) - 60])
    visitors = [Visitor(app).get(address) for _ in range(2)]

    def send(visitor: Visitor) -> None:
        fields = [("csrf_token", visitor.csrf_token), ("key", key), ("shown", shown), *ANSWERS.items()]
        barrier.wait()
        visitor.post(address, fields)

    threads = [threading.Thread(target=send, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [visitor.status for visitor in visitors] == [200, 200]
    assert visitors[0].path == visitors[1].path
    assert len(stored(session, Notice)) == len(emails(session)) == 1


def test_two_notices_wait_since_the_first(session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    first = a_notice(session, testimonial)
    first.at -= timedelta(days=2)
    testimonial.noticed_at = first.at
    session.flush()
    a_notice(session, testimonial, email=None)
    assert testimonial.noticed_at == first.at
    assert len(testimonial.notices) == 2


def test_only_what_is_published_can_be_reported(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    texts = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    session.commit()
    codes = {Status.PUBLISHED: 422, Status.WITHDRAWN: 410, Status.UNPUBLISHED: 410}  # 422: a confirmation is requested
    for status, text in texts.items():
        with subtests.test(status.value):
            visitor.get(path(texts[Status.PUBLISHED]))
            fields = [("csrf_token", visitor.csrf_token), ("reason", "promotion"), ("key", str(uuid.uuid4()))]
            assert visitor.post(path(text), fields).status == codes.get(status, 404)
            assert stored(session, Notice) == []


def test_a_testimonial_removed_meanwhile_is_not_reported(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(path(testimonial)).fill(**ANSWERS)
    testimonial.withdraw()
    session.commit()
    visitor.press("Envoyer")
    assert visitor.status == 410
    assert stored(session, Notice) == []


def test_a_testimonial_past_its_period_is_not_reported(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    testimonial.published_until = now() - timedelta(seconds=1)
    session.commit()
    assert visitor.get(path(testimonial)).status == 410


def test_a_suspected_bot_is_asked_and_believed(app: Flask, visitor: Visitor, session: Session) -> None:
    app.config["FASTEST_FORM"] = timedelta(hours=1)
    visitor.get(path(committed(session, status=Status.PUBLISHED))).fill(**ANSWERS, website="https://exemple.fr").press(
        "Envoyer"
    )
    assert visitor.status == 422
    assert "Est‑ce bien vous ?" in visitor.text
    assert stored(session, Notice) == []
    visitor.press("Oui, c’est moi")
    assert RECEIVED in visitor.text
    (notice,) = stored(session, Notice)
    assert notice.words == WORDS
    assert {*notice.signs} == {Sign.TRAPPED, Sign.HASTY}


def test_acknowledgements_are_rate_limited(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    statuses = []
    for number in range(5):
        visitor.client.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
        visitor.get(path(testimonial)).fill(**ANSWERS | {"words": f"{number}"}).press("Envoyer")
        statuses.append(visitor.status)
    assert statuses == [200] * 4 + [429]
    assert len(emails(session)) == 4


@pytest.mark.parametrize("token", ["rien", "", "of another purpose", "of nothing"])
def test_a_forged_receipt_link_is_refused(app: Flask, visitor: Visitor, token: str) -> None:
    with app.app_context():
        made = {"of another purpose": sign_token("receipt", ["x"]), "of nothing": sign_token("notice", ["x"])}.get(
            token, token
        )
    assert visitor.get(f"/signalement/{made}").status == 404


def test_erasing_a_testimonial_erases_its_notices_receipts_and_emails(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(path(testimonial)).fill(**ANSWERS).press("Envoyer")
    receipt = visitor.path
    link = private_page(testimonial)
    session.rollback()
    visitor.get(f"{link}/effacer").press("Effacer mon texte")
    assert stored(session, Notice) == []
    assert emails(session) == []
    assert session.get_one(Testimonial, testimonial.id).noticed_at is None
    assert visitor.get(receipt).status == 404


def ended(session: Session) -> list[str]:
    session.rollback()
    return list(
        session.scalars(select(Email.recipient).where(Email.message == Message.NOTICE_ENDED).order_by(Email.id))
    )


@pytest.mark.parametrize("by_clock", [False, True])
def test_a_reader_without_an_answer_is_told_of_the_erasure_then_forgotten(
    app: Flask, visitor: Visitor, session: Session, mail_server: smtp.Peer, by_clock: bool
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    testimonial = committed(session, status=Status.PUBLISHED)
    for email in (READER, READER, "b@exemple.fr", None):
        a_notice(session, testimonial, email=email)
    answered = a_notice(session, testimonial, email="deja@exemple.fr")
    answered.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    mail_server.received.clear()
    if by_clock:
        testimonial.perform(Action.UNPUBLISH, by=Actor.editor(an_editor(session).id), note=DecisionNote(Reason.OTHER))
        testimonial.waiting_since -= timedelta(days=185)
        session.commit()
        app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    else:
        link = private_page(testimonial)
        session.rollback()
        visitor.get(f"{link}/effacer").press("Effacer mon texte")
    assert ended(session) == ["b@exemple.fr", READER], "once each, and not to the one who has an answer"
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    sent = {received.recipients[0]: plain(received.message) for received in mail_server.received}
    assert {"b@exemple.fr", READER} <= sent.keys()
    assert "il est effacé" in sent[READER]
    assert WORDS not in sent[READER]
    session.rollback()
    left = [each.recipient for each in session.scalars(select(Email))]
    assert not {"b@exemple.fr", READER, "deja@exemple.fr"} & set(left), "their addresses are gone"


def test_an_address_that_takes_no_email_is_forgotten_too(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse(recipient=READER)
    testimonial = committed(session, status=Status.PUBLISHED)
    a_notice(session, testimonial)
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert ended(session) == [READER]
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    assert ended(session) == []


@pytest.mark.parametrize(("days", "kept"), [(180, True), (185, False)])
def test_words_and_address_are_forgotten_six_months_after_the_answer(
    app: Flask, session: Session, days: int, kept: bool
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    handled, waiting = a_notice(session, testimonial), a_notice(session, testimonial, email="b@exemple.fr")
    handled.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    handled.handled_at = now() - timedelta(days=days)
    waiting.at -= timedelta(days=800)
    session.commit()
    for _ in range(2):
        app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    session.expire_all()
    assert (bool(handled.words), bool(handled.email), bool(handled.answer)) == (kept, kept, kept)
    assert handled.outcome is Outcome.DISMISSED
    assert waiting.words == WORDS, "a notice that waits is kept until it is answered"
    assert [email.recipient for email in emails(session)] == ([READER] if kept else []) + ["b@exemple.fr"] + (
        [READER] if kept else []
    )


@pytest.mark.parametrize(("days", "kept"), [(180, True), (185, False)])
def test_an_answer_to_a_notice_without_words_or_address_is_forgotten_too(
    app: Flask, session: Session, days: int, kept: bool
) -> None:
    notice = a_notice(session, committed(session, status=Status.PUBLISHED), words="", email=None)
    notice.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    notice.handled_at = now() - timedelta(days=days)
    session.commit()
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    session.rollback()
    assert notice.answer == ("Personne n’y est nommé." if kept else "")


def test_an_author_learns_what_was_decided_and_nothing_of_who_reported(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    notice = a_notice(session, testimonial)
    session.commit()
    link = private_page(testimonial)
    data = data_export.export_json(data_export.export_data(session, testimonial))
    session.rollback()
    for text in (visitor.get(link).text, visitor.get(f"{link}/mes-donnees").text, data):
        assert "signalé" not in text.lower()
        assert READER not in text
        assert WORDS not in text
    notice.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    session.commit()
    text = visitor.get(f"{link}/mes-donnees").text
    assert "Une autre personne est reconnaissable, sur la version 1. Classé sans suite" in text
    assert READER not in text
    assert WORDS not in text
    assert "Personne n’y est nommé" not in text


def test_a_new_private_link_leaves_a_reader_s_email_as_it_is(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    a_notice(session, testimonial)
    session.commit()
    ask_for_link(visitor, session, testimonial.email or "")
    (email,) = emails(session)
    assert "generation" not in email.facts


def test_the_database_counts_one_for_one_key(session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    notice = a_notice(session, testimonial)
    assert a_notice(session, testimonial, key=notice.key) is notice
    assert session.scalar(select(func.count()).select_from(Notice)) == 1
