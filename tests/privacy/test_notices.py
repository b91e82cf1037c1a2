"""Notices: a reader reports a published testimonial, without an account, once; the text itself does not change."""

import re
import uuid
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import french
from app.antispam.signals import Sign
from app.audit import ActorKind, Kind
from app.db import now
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.privacy import data_export
from app.testimonials import erasure, mails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import Notice, NoticeKind, Outcome
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_token
from config import PARIS
from tests.acts import ask_for_link, committed, deliver, private_page, run_clock, stored
from tests.concurrency import together
from tests.factories import ACCOUNT, READER, a_notice, a_testimonial, an_editor, by_editor
from tests.mail.test_outbox import plain
from tests.services import smtp
from tests.visitor import Visitor

WORDS = "Au deuxième paragraphe, je reconnais ma voisine."
NAME = "Lou Exemple"
ANSWERS: dict[str, Any] = {"words": WORDS, "name": NAME, "email": READER, "in_good_faith": "y"}
RECEIVED = "Votre signalement est arrivé"


def choices(testimonial: Testimonial) -> str:
    return f"/temoignages/{testimonial.public_id}/signaler"


def path(testimonial: Testimonial, kind: str = "personal_data") -> str:
    return f"{choices(testimonial)}?motif={kind}"


def emails(session: Session) -> list[Email]:
    session.rollback()
    kinds = (mails.NOTICE_RECEIVED, mails.NOTICE_ANSWERED)
    return list(session.scalars(select(Email).where(Email.message.in_(kinds)).order_by(Email.id)))


def test_a_reader_reports_a_testimonial_and_gets_a_receipt(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    revision = testimonial.revision
    visitor.get(f"/temoignages/{testimonial.public_id}")
    (link,) = visitor.page.find_all("a", string="Signaler ce témoignage")
    visitor.get(str(link["href"]))
    assert "« Trois après-midi »" in visitor.text
    assert "3114" in visitor.text
    links = {link.get_text(strip=True): str(link["href"]) for link in visitor.page.select("a.way")}
    assert [link.rpartition("=")[2] for link in links.values()] == ["illegal", "personal_data", "named", "other"]
    visitor.get(links["On m’y reconnaît, ou j’y reconnais quelqu’un"])
    assert "3114" in visitor.text
    visitor.fill(**ANSWERS).press("Envoyer le signalement")
    assert visitor.path.startswith("/signalement/")
    assert RECEIVED in visitor.text
    assert "l…@exemple.fr" in visitor.text
    assert READER not in str(visitor.page), "the receipt shows no address"
    (notice,) = stored(session, Notice)
    assert (notice.kind, notice.words, notice.name) == (NoticeKind.PERSONAL_DATA, WORDS, NAME)
    assert (notice.email, notice.in_good_faith) == (READER, True)
    assert (notice.version_number, notice.digest) == (1, testimonial.shown_digest)
    assert notice.is_open
    assert notice.outcome is None
    session.refresh(testimonial)
    assert testimonial.noticed_at == notice.at
    assert testimonial.status is Status.PUBLISHED
    assert testimonial.revision == revision, "a notice makes no decision stale"
    assert (testimonial.events[-1].kind, testimonial.events[-1].actor) == (Kind.NOTICED, ActorKind.READER)


def test_the_report_link_is_the_same_for_everyone(app: Flask, session: Session) -> None:
    """The page is cached as bytes: two readers get the same."""
    testimonial = committed(session, status=Status.PUBLISHED)
    address = f"/temoignages/{testimonial.public_id}"
    first, second = (app.test_client().get(address, follow_redirects=True) for _ in range(2))
    assert choices(testimonial).encode() in first.data
    assert first.data == second.data
    assert "signaler" not in str(Visitor(app).get("/articles/crpv").page).lower(), "a card has none"


def test_report_pages_are_neither_cached_nor_indexed(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    seen = [visitor.get(each).answer for each in (choices(testimonial), path(testimonial))]
    seen.append(visitor.press("Envoyer").answer)
    seen.append(visitor.fill(**ANSWERS).press("Envoyer").answer)
    assert visitor.path.startswith("/signalement/")
    for answer in seen:
        assert answer is not None
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


# A sentence, by what is typed instead of the usual answers.
MISSING: dict[str, dict[str, Any]] = {
    "Dites en quelques mots ce qui ne va pas, et pourquoi.": {"words": "  \n"},
    "Retirez-en 1.": {"words": "a" * 1501},
    "Le passage exact : 1 001 signes": {"passage": "a" * 1001},
    "Écrivez votre prénom et votre nom.": {"name": " "},
    "Écrivez votre courriel : c’est là que nous vous répondons.": {"email": ""},
    "Vérifiez ce courriel": {"email": "lectrice"},
    "ni accent ni signe rare": {"email": "josé@exemple.fr"},
    "Cochez cette case, si vous le pouvez : un signalement se fait de bonne foi.": {"in_good_faith": []},
}


def test_an_invalid_notice_gets_error_messages_and_keeps_what_was_typed(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    address = path(committed(session, status=Status.PUBLISHED))
    for message, typed in MISSING.items():
        with subtests.test(message=message):
            address_of_its_own = {"email": f"a{len(message)}@exemple.fr"}
            answers = {"passage": "le centre de ressources"} | ANSWERS | address_of_its_own | typed
            visitor.get(address).fill(**answers).press("Envoyer")
            assert visitor.status == 422
            assert message in visitor.text
            assert len(visitor.page.select(".summary__list li")) == 1, "one clear sentence"
            assert stored(session, Notice) == []
            for name in ("passage", "words"):
                (textarea,) = visitor.page.select(f"textarea[name={name}]")
                assert textarea.get_text().strip() == answers[name].strip()
            assert visitor.page.select("input[name=name]")[0]["value"] == answers["name"].strip()
            assert visitor.page.select("input[name=motif]")[0]["value"] == "personal_data"


@pytest.mark.parametrize("kind", ["", "rien", "tiers_identifiable", "ILLEGAL"])
def test_an_unknown_kind_is_asked_again(visitor: Visitor, session: Session, kind: str) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(path(testimonial, kind))
    assert visitor.status == 200
    assert "Choisissez une des quatre réponses" in visitor.text
    token = visitor.get(path(testimonial)).csrf_token
    visitor.post(choices(testimonial), [("csrf_token", token), ("motif", kind), ("words", WORDS)])
    assert visitor.status == 422
    assert "Choisissez une des quatre réponses" in visitor.text
    assert stored(session, Notice) == []


@pytest.mark.parametrize("kind", ["illegal", "personal_data", "named", "other"])
def test_a_form_has_the_fields_of_its_kind_alone(visitor: Visitor, session: Session, kind: str) -> None:
    visitor.get(path(committed(session, status=Status.PUBLISHED), kind))
    named = {str(field["name"]) for field in visitor.page.select("#signalement [name]")}
    asked = {"passage", "words", "reply", "name", "email", "in_good_faith"} & named
    assert asked == {"passage", "words", "name", "email", "in_good_faith"} | ({"reply"} if kind == "named" else set())
    optional = [label.get_text() for label in visitor.page.select("label:has(.field__optional)")]
    unnamed = ["Votre prénom et votre nom", "Votre courriel"] * (kind == "illegal")
    assert [words.split(" (")[0].strip() for words in optional] == ["Le passage exact"] * (kind != "named") + unnamed


def test_illegal_content_alone_is_reported_without_a_name_or_an_address(visitor: Visitor, session: Session) -> None:
    """Regulation (EU) 2022/2065, article 16.2.c: for offences of Directive 2011/93/EU, articles 3 to 7."""
    testimonial = committed(session, status=Status.PUBLISHED)
    for kind in ("other", "personal_data", "named"):
        visitor.get(path(testimonial, kind)).fill(**ANSWERS | {"name": "", "email": ""}).press("Envoyer")
        assert visitor.status == 422
        assert "Écrivez votre prénom et votre nom." in visitor.text
        assert stored(session, Notice) == []
    visitor.get(path(testimonial, "illegal")).fill(**ANSWERS | {"email": "lectrice"}).press("Envoyer")
    assert visitor.status == 422
    assert "Vérifiez ce courriel" in visitor.text
    visitor.fill(name="", email="").press("Envoyer")
    assert RECEIVED in visitor.text
    assert "cette page seule dit ce qui a été décidé" in visitor.text
    (notice,) = stored(session, Notice)
    assert (notice.kind, notice.name, notice.email) == (NoticeKind.ILLEGAL, None, None)
    assert emails(session) == []


ADVICE = "Commencez par une question que tout le monde se pose."
LENGTH = len("Trois après-midi") + len(ACCOUNT) + len(ADVICE)
REPLY = "Je suis la personne dont il est question, et voici ce que j’en dis."


def test_a_right_of_reply_is_stored_with_its_words_and_the_date_of_three_days(
    visitor: Visitor, session: Session
) -> None:
    began = now()
    visitor.get(path(committed(session, status=Status.PUBLISHED), "named"))
    assert f"Au plus {LENGTH} signes, la longueur du texte, et 200 lignes" in visitor.text
    visitor.fill(**ANSWERS | {"reply": REPLY}).press("Envoyer")
    assert visitor.status == 422
    assert "Copiez ici le passage auquel vous répondez : la loi demande de le nommer." in visitor.text
    visitor.fill(**ANSWERS | {"reply": REPLY, "passage": "gardiens d’immeuble"}).press("Envoyer")
    (notice,) = stored(session, Notice)
    assert (notice.kind, notice.reply, notice.passage) == (NoticeKind.NAMED, REPLY, "gardiens d’immeuble")
    assert timedelta(days=3) <= notice.due_at - began <= timedelta(days=3, minutes=5)
    for words in (REPLY, "gardiens d’immeuble", WORDS, NAME, french.day(notice.due_at), "l…@exemple.fr"):
        assert words in visitor.text
    assert READER not in str(visitor.page)
    (email,) = emails(session)
    assert email.facts["due"] == french.paris_time(notice.due_at).isoformat()


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        ("", "Écrivez la réponse que vous voulez voir publiée."),
        ("a" * (LENGTH + 1), "plus longue que le texte, ce que la loi ne permet pas : retirez‑en 1 signe."),
        ("a\n" * 200 + "a", "Votre réponse dépasse 200 lignes"),
    ],
    ids=["none", "too-long", "too-many-lines"],
)
def test_a_reply_has_the_length_of_the_message_at_most(
    visitor: Visitor, session: Session, reply: str, sentence: str
) -> None:
    """Décret 2007-1527, article 3."""
    testimonial = committed(session, status=Status.PUBLISHED, outcome="b" * 400 if "\n" in reply else "")
    visitor.get(path(testimonial, "named")).fill(**ANSWERS | {"reply": reply, "passage": "gardiens"}).press("Envoyer")
    assert visitor.status == 422
    assert sentence in visitor.text
    assert visitor.page.select("textarea[name=reply]")[0].get_text().strip() == reply
    assert stored(session, Notice) == []


@pytest.mark.parametrize("reply", ["a" * LENGTH, "\n".join("a" * 200)], ids=["length", "lines"])
def test_a_reply_at_the_bound_is_stored(visitor: Visitor, session: Session, reply: str) -> None:
    visitor.get(path(committed(session, status=Status.PUBLISHED, outcome="b" * 400 if "\n" in reply else ""), "named"))
    visitor.fill(**ANSWERS | {"reply": reply, "passage": "gardiens"}).press("Envoyer")
    assert RECEIVED in visitor.text
    assert [notice.reply for notice in stored(session, Notice)] == [reply]


def test_what_became_of_it_is_part_of_the_message(visitor: Visitor, session: Session) -> None:
    sequel = "Mme Exemple n’est pas venue."
    testimonial = committed(session, status=Status.PUBLISHED, became_on=date(2026, 11, 1), sequel=sequel)
    visitor.get(path(testimonial, "named"))
    assert f"Au plus {LENGTH + len(sequel)} signes, la longueur du texte" in visitor.text


def test_fifty_notices_hide_nothing(visitor: Visitor, session: Session) -> None:
    """No text is removed because of notices, however many: a person decides."""
    testimonial = committed(session, status=Status.PUBLISHED)
    before = testimonial.shown_digest, testimonial.published_until, testimonial.revision
    for number in range(50):
        a_notice(session, testimonial, kind=list(NoticeKind)[number % 4], email=f"a{number}@exemple.fr")
    session.commit()
    assert len(stored(session, Notice)) == 50
    session.refresh(testimonial)
    assert testimonial.status is Status.PUBLISHED
    assert (testimonial.shown_digest, testimonial.published_until, testimonial.revision) == before
    session.rollback()
    assert ACCOUNT[:40] in visitor.get(f"/temoignages/{testimonial.public_id}").text
    assert "Trois après-midi" in visitor.get("/articles/crpv").text


def test_the_acknowledgement_leads_to_the_receipt_with_the_due_date_and_no_typed_word(
    app: Flask, visitor: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    began = now()
    visitor.get(path(committed(session, status=Status.PUBLISHED))).fill(**ANSWERS).press("Envoyer")
    (email,) = emails(session)
    assert (email.message, email.recipient) == (mails.NOTICE_RECEIVED, READER)
    assert WORDS not in str(email.facts)
    assert set(email.facts) == {"notice", "due", "is_reply"}
    first, last = ((moment + timedelta(days=7)).astimezone(PARIS).date() for moment in (began, now()))
    assert first <= date.fromisoformat(email.facts["due"]) <= last
    deliver(app, session)
    text = plain(next(each.message for each in mail_server.received if each.recipients[0] == READER))
    for words in (WORDS, NAME):
        assert words not in text
    (link,) = re.findall(r"http://[^/]+(/signalement/\S+)", text)
    receipt = Visitor(app).get(link)
    assert WORDS in receipt.text
    assert NAME in receipt.text


def test_the_same_page_sent_twice_is_stored_once(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(path(testimonial)).fill(**ANSWERS)
    page, typed = visitor.tree, visitor.typed
    visitor.press("Envoyer")
    receipt = visitor.path
    visitor.tree, visitor.typed = page, typed
    visitor.press("Envoyer")
    assert visitor.path == receipt
    assert len(stored(session, Notice)) == len(emails(session)) == 1
    visitor.tree, visitor.typed = page, typed | {"words": "Mieux dit."}
    visitor.press("Envoyer")
    assert [notice.words for notice in stored(session, Notice)] == [WORDS, "Mieux dit."], (
        "a corrected notice is stored too"
    )


@pytest.mark.both_engines
def test_a_double_click_is_stored_once(app: Flask, session: Session) -> None:
    address = path(committed(session, status=Status.PUBLISHED))
    session.rollback()
    key = str(uuid.uuid4())
    with app.app_context():
        shown = sign_token("shown", [key, int(now().timestamp()) - 60])
    visitors = [Visitor(app).get(address) for _ in range(2)]

    def send(visitor: Visitor) -> Visitor:
        sent = {"csrf_token": visitor.csrf_token, "key": key, "shown": shown, "motif": "personal_data"}
        return visitor.post(address, [*sent.items(), *ANSWERS.items()])

    together(*(partial(send, visitor) for visitor in visitors))
    assert [visitor.status for visitor in visitors] == [200, 200]
    assert visitors[0].path == visitors[1].path
    assert len(stored(session, Notice)) == len(emails(session)) == 1


def test_of_several_notices_the_first_and_the_most_urgent_date_count(session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    slow = a_notice(session, testimonial)
    assert testimonial.notice_due_at == slow.due_at
    slow.at -= timedelta(days=2)
    testimonial.noticed_at = slow.at
    session.flush()
    urgent = a_notice(session, testimonial, kind=NoticeKind.NAMED, email=None)
    assert urgent.due_at < slow.due_at
    assert testimonial.notice_due_at == urgent.due_at
    a_notice(session, testimonial, email="b@exemple.fr")
    assert (testimonial.notice_due_at, testimonial.noticed_at) == (urgent.due_at, slow.at)
    assert len(testimonial.notices) == 3


def test_only_what_is_published_can_be_reported(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    texts = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    session.commit()
    codes = {Status.PUBLISHED: 422, Status.WITHDRAWN: 410, Status.UNPUBLISHED: 410}  # 422: a confirmation is requested
    for status, text in texts.items():
        with subtests.test(status.value):
            visitor.get(path(texts[Status.PUBLISHED]))
            sent = {"csrf_token": visitor.csrf_token, "motif": "other", "key": str(uuid.uuid4())} | ANSWERS
            sent["email"] = f"{status}@exemple.fr"  # of one address, five are too many
            assert visitor.post(choices(text), [*sent.items()]).status == codes.get(status, 404)
            for address in (choices(text), path(text)):
                assert visitor.get(address).status == (codes | {Status.PUBLISHED: 200}).get(status, 404)
            assert stored(session, Notice) == []


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


def ended(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Email.recipient).where(Email.message == mails.NOTICE_ENDED).order_by(Email.id)))


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
    deliver(app, session)
    mail_server.received.clear()
    if by_clock:
        testimonial.perform(Action.UNPUBLISH, by=by_editor(session), note=DecisionNote(Reason.OTHER))
        testimonial.waiting_since -= timedelta(days=185)
        run_clock(app, session)
    else:
        link = private_page(testimonial)
        session.rollback()
        visitor.get(f"{link}/effacer").press("Effacer mon texte")
    assert ended(session) == ["b@exemple.fr", READER], "once each, and not to the one who has an answer"
    deliver(app, session)
    sent = {received.recipients[0]: plain(received.message) for received in mail_server.received}
    assert {"b@exemple.fr", READER} <= sent.keys()
    assert "il est effacé" in sent[READER]
    assert WORDS not in sent[READER]
    session.rollback()
    left = [each.recipient for each in session.scalars(select(Email))]
    assert not {"b@exemple.fr", READER, "deja@exemple.fr"} & set(left), "their addresses are gone"


@pytest.mark.parametrize("kind", ["other", "named"])
def test_a_reader_whose_answer_has_not_left_is_told_of_the_erasure(session: Session, kind: str) -> None:
    """The answer of a decision that can be undone waits: erasure takes it away, and a neutral letter replaces it."""
    testimonial = committed(session, status=Status.PUBLISHED)
    notice = a_notice(session, testimonial, kind=NoticeKind(kind), reply="Ma réponse.")
    decide(
        an_editor(session),
        testimonial,
        Action.UNPUBLISH,
        revision=testimonial.revision,
        note=DecisionNote(Reason.OTHER, "Une phrase."),
    )
    session.commit()
    assert notice.outcome is Outcome.UNPUBLISHED
    assert [email.message for email in emails(session)] == [mails.NOTICE_RECEIVED, mails.NOTICE_ANSWERED]
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert emails(session) == []
    assert ended(session) == [READER]
    assert stored(session, Notice) == []


def test_an_address_that_takes_no_email_is_forgotten_too(app: Flask, session: Session, mail_server: smtp.Peer) -> None:
    app.config["SMTP_URL"] = mail_server.url
    mail_server.refuse(recipient=READER)
    testimonial = committed(session, status=Status.PUBLISHED)
    a_notice(session, testimonial)
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert ended(session) == [READER]
    deliver(app, session)
    assert ended(session) == []


@pytest.mark.both_engines
@pytest.mark.parametrize(("days", "kept"), [(180, True), (185, False)])
def test_words_and_address_are_forgotten_six_months_after_the_answer(
    app: Flask, session: Session, days: int, kept: bool
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    handled, waiting = a_notice(session, testimonial), a_notice(session, testimonial, email="b@exemple.fr")
    handled.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    handled.handled_at = now() - timedelta(days=days)
    waiting.at -= timedelta(days=800)
    for _ in range(2):
        run_clock(app, session)
    assert (bool(handled.words), bool(handled.email), bool(handled.answer)) == (kept, kept, kept)
    assert handled.outcome is Outcome.DISMISSED
    assert waiting.words == WORDS, "a notice that waits is kept until it is answered"
    assert [email.recipient for email in emails(session)] == ([READER] if kept else []) + ["b@exemple.fr"] + (
        [READER] if kept else []
    )


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
    assert "Données personnelles, sur la version 1. Classé sans suite" in text
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
