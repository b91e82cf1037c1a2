"""Everything kept about an address: asked for by anyone, told to its owner alone, erased whole, and for good."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.accounts import mails as account_mails
from app.accounts.account_links import AccountLink, LinkKind
from app.accounts.login_attempts import AttemptBudget, attempt_key
from app.audit import ActorKind, Kind
from app.catalog.filters import Filters
from app.db import now
from app.erasure_journal import journal_path
from app.features.alerts.models import Alert
from app.features.invitations.models import Invitation
from app.features.questions.models import ColleagueQuestion
from app.mail import outbox
from app.mail.compose import compose
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.moderation.decisions import decide
from app.moderation.queue.routes import undo_one
from app.privacy import mails as privacy_mails
from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import kept_about
from app.privacy.address.requests import AddressRequest, ask_for_data
from app.privacy.data_export import export_data, export_json
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.draft import Draft, save_draft
from app.testimonials.lifecycle import Action, Status
from app.testimonials.link_request import LinkRequest, ask_for_link
from app.testimonials.notices import Notice, NoticeKind, Outcome
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_token
from tests.acts import published, signed_in, stored
from tests.factories import (
    AUTHOR,
    QUESTION,
    READER,
    a_notice,
    a_question,
    an_alert,
    an_editor,
    an_invitation,
    by_editor,
    the_article,
)
from tests.mail.test_outbox import deliver, plain
from tests.page_cache.workers import recorded_statements
from tests.testimonials.test_link_requests import UNKNOWN
from tests.visitor import Visitor

ASK = "/vos-donnees/mon-adresse"
NOTHING = "Nous ne gardons rien au sujet de l’adresse"
OTHER = "autre@exemple.fr"


def facts(row: Any, *names: str) -> list[Any]:
    return [getattr(row, name) for name in names]


def link_of(session: Session, email: str = AUTHOR) -> str:
    asked = select(AddressRequest).where(AddressRequest.email == email).order_by(AddressRequest.id.desc())
    request = session.scalars(asked).first()
    assert request is not None
    return f"{ASK}/{sign_token('address', [request.public_id])}"


def asked(session: Session, email: str = AUTHOR) -> str:
    """Have everything kept about an address asked for, and return the path of its link; it is committed."""
    ask_for_data(session, email)
    session.commit()
    link = link_of(session, email)
    session.rollback()
    return link


def a_full_address(session: Session) -> tuple[Testimonial, Notice]:
    """Keep something of each kind about AUTHOR's address: their text, and the notice on somebody else's; committed."""
    an_invitation(session, "CLSM d’Aville", AUTHOR)
    own = published(session, email=AUTHOR, title="Mon récit")
    a_notice(session, own, email=READER, words="Un lecteur y reconnaît sa voisine.")
    save_draft(session, the_article(session), key=str(uuid.uuid4()), email=AUTHOR, answers={"account": "Inachevé."})
    names = {"title": "Le récit d’une autre", "author_name": "Dominique Secret"}
    others = published(session, 1, email=OTHER, questions=True, **names)
    notice = a_notice(session, others, email=AUTHOR, words="C’est de moi qu’il s’agit.")
    an_alert(session, Filters(situation="planned"), email=AUTHOR)
    a_question(session, others, email=AUTHOR)
    ask_for_link(session, AUTHOR)
    outbox.enqueue(session, mails.NOTICE_ENDED, to=AUTHOR)
    outbox.enqueue(session, editor_mails.MENTION, to=AUTHOR, who="Nadia Exemple", review=others.public_id)
    AttemptBudget(session, [attempt_key("account", AUTHOR)]).draw()
    session.commit()
    return own, notice


def test_asking_runs_the_same_statements_and_says_the_same_whoever_asks(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    a_full_address(session)
    visitor.get(ASK).fill(email="avant@exemple.fr").press("Recevoir le lien")
    run, said = {}, {}
    for email in (AUTHOR, UNKNOWN):
        visitor.get(ASK).fill(email=email)
        with recorded_statements(app) as run[email]:
            visitor.press("Recevoir le lien")
        assert visitor.status == 200
        said[email] = visitor.text.replace(email, "")
    assert run[AUTHOR] == run[UNKNOWN]
    read = [statement for statement in run[AUTHOR] if not statement.startswith("INSERT INTO email ")]
    assert not any("testimonial" in statement or " draft" in statement for statement in read)
    assert said[AUTHOR] == said[UNKNOWN]
    assert [request.email for request in stored(session, AddressRequest)][1:] == [AUTHOR, UNKNOWN]


def test_the_letter_goes_to_the_address_alone_then_is_forgotten(app: Flask, visitor: Visitor, session: Session) -> None:
    for page in ("/vos-donnees", "/mon-temoignage/nouveau-lien"):
        assert len(visitor.get(page).page.find_all("a", href=ASK)) == 1
    visitor.get(ASK).fill(email=f" {UNKNOWN.upper()} ").press("Recevoir le lien")
    session.rollback()
    (email,) = session.scalars(select(Email))
    assert (email.recipient, email.message) == (UNKNOWN, privacy_mails.ADDRESS_DATA)
    text = plain(compose(email.message, email.recipient, email.facts, email.message_id))
    (path,) = re.findall(r"http://localhost(/vos-donnees/mon-adresse/\S+)", text)
    assert path == link_of(session, UNKNOWN)
    assert UNKNOWN not in path
    session.rollback()
    assert "(address_data): sent to" in deliver(app)
    assert stored(session, Email) == []
    assert f"{NOTHING} {UNKNOWN}" in visitor.get(path).text
    assert "Tout effacer" not in visitor.text


def test_a_malformed_address_gets_one_sentence_and_stores_nothing(visitor: Visitor, session: Session) -> None:
    for typed in ("", "camille", "josé@exemple.fr", "a@exemple.fr\nb@exemple.fr"):
        visitor.get(ASK).fill(email=typed).press("Recevoir le lien")
        assert visitor.status == 422, typed
        assert len(visitor.page.select(".field__error")) == 1, typed
        assert [stored(session, AddressRequest), stored(session, Email)] == [[], []], typed


@pytest.mark.both_engines
def test_a_form_sent_twice_writes_one_letter(visitor: Visitor, session: Session) -> None:
    for _ in range(2):
        visitor.get(ASK).fill(email=AUTHOR).press("Recevoir le lien")
    assert [each.message for each in stored(session, Email)] == [privacy_mails.ADDRESS_DATA]
    assert len(stored(session, AddressRequest)) == 1


def test_the_page_lists_everything_and_opening_it_changes_nothing(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    own, notice = a_full_address(session)
    link = asked(session)
    before = (own.revision, own.link_generation, len(stored(session, Email)))
    text = visitor.get(link).text
    for words in (
        "« Mon récit »",
        "Données personnelles",
        "C’est de moi qu’il s’agit.",
        "Nous ne vous avons pas encore répondu",
        "Le texte que vous avez signalé n’est plus là : pas encore parti",
        "1 essai manqué",
        "Une demande de lien",
        "Les retours que vous suivez par lettre",
        ": En projet. Une lettre par semaine au plus, jusqu’au ",
        "CLSM d’Aville",
        QUESTION.partition("\n")[0],
    ):
        assert words in text, words
    assert visitor.answer is not None
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    assert AUTHOR not in visitor.path
    ways = {str(way["href"]) for way in visitor.page.select("main a")}
    (draft,) = stored(session, Draft)
    for way in sorted(ways):
        if way.startswith(("/mon-temoignage/", "/brouillon/", "/temoignages/")):
            assert visitor.get(way).status == 200, way
    assert any(draft.token in way for way in ways)
    session.expire_all()
    assert (own.revision, own.link_generation, len(stored(session, Email))) == before
    assert notice.is_open
    assert signed_in(Visitor(app), session).get(link).status == 200, "it opens for a signed-in editor too"


def test_the_file_holds_everything_and_nobody_else(app: Flask, visitor: Visitor, session: Session) -> None:
    own, notice = a_full_address(session)
    account_mails.send_link(session, an_editor(session), LinkKind.TAKE_ADDRESS, to=AUTHOR, email=AUTHOR)
    link = asked(session)
    answer = visitor.client.get(f"{link}/mes-donnees.json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=mes-donnees.json"
    data = json.loads(answer.get_data(as_text=True))
    with app.test_request_context():
        whole = json.loads(export_json(export_data(session, own)))
    (text,) = data["testimonials"]
    assert {**text, "copied_at": ""} == {**whole, "copied_at": ""}, "as from its private link"
    assert [draft["answers"] for draft in data["drafts"]] == [{"Le récit": "Inachevé."}]
    (sent,) = data["notices"]
    assert (sent["words"], sent["outcome"], sent["answer"]) == ("C’est de moi qu’il s’agit.", None, "")
    assert {each["subject"] for each in data["letters"]} == {
        "Votre texte vous attend",
        "Votre signalement est arrivé",
        "Le texte que vous avez signalé n’est plus là",
        "On vous nomme dans une note",
        "Confirmez la nouvelle adresse de votre compte",
        "Votre expérience a sa place à côté d’un article",
        "Confirmez votre adresse pour que votre question parte",
        "Ce que nous gardons de votre adresse",
    }
    (alert,), (invited,), (question,) = (data[name] for name in ("alerts", "invitations", "questions"))
    assert alert["choices"] == ["En projet"]
    assert datetime.fromisoformat(alert["ends_at"]) > now()
    assert (invited["organisation"], invited["department_code"], invited["answered_at"]) == (
        "CLSM d’Aville",
        "35",
        None,
    )
    assert (question["words"], question["testimonial"]) == (QUESTION, sent["testimonial"])
    assert [len(data[name]) for name in ("requests", "attempts", "address_changes", "accounts")] == [2, 1, 1, 0]
    told = answer.get_data(as_text=True)
    others = session.get_one(Testimonial, notice.testimonial_id)
    assert sent["testimonial"] == others.public_id
    for foreign in (OTHER, READER, "Dominique Secret", "Le récit d’une autre", "reconnaît sa voisine", "Nadia Exemple"):
        assert foreign not in told, foreign
    assert not re.search(r"[\w-]{8,}\.[\w-]{20,}", told), "no link"


def test_every_column_of_a_notice_and_a_draft_is_told_or_left_out_on_purpose(session: Session) -> None:
    a_full_address(session)
    kept = kept_about(session, AUTHOR)
    apart = {
        # The digest is that of another's text, the key a digest of the words; the address is the question.
        "notices": "id testimonial_id key email version_number digest",
        "drafts": "id public_id article_id key email",
    }
    for (name, left), model in zip(apart.items(), (Notice, Draft), strict=True):
        columns = {column.key for column in inspect(model).columns}
        assert columns - kept[name][0].keys() == set(left.split()), name


def test_an_editor_s_address_tells_the_account_and_what_to_do(visitor: Visitor, session: Session) -> None:
    editor = an_editor(session)
    outbox.enqueue(session, editor_mails.MENTION, to=editor.email, who="", review="")
    text = visitor.get(asked(session, editor.email)).text
    assert "Nadia Exemple" in text
    assert "Éditrice ou éditeur" in text
    assert "Pour le fermer, demandez-le à qui gère l’équipe" in text
    visitor.get(f"{link_of(session, editor.email)}/effacer")
    assert "Votre compte dans l’équipe reste" in visitor.text
    session.rollback()
    visitor.press("Effacer tout cela")
    assert visitor.path == f"{ASK}/efface"
    assert editor.is_active
    assert [email.message for email in stored(session, Email)] == [editor_mails.MENTION], "it goes with the account"


@pytest.mark.both_engines
def test_erasing_says_first_what_goes_then_leaves_nothing(app: Flask, visitor: Visitor, session: Session) -> None:
    own, notice = a_full_address(session)
    account_mails.send_link(session, an_editor(session), LinkKind.TAKE_ADDRESS, to=AUTHOR, email=AUTHOR)
    link = asked(session)
    others = session.get_one(Testimonial, notice.testimonial_id)
    revision, public_id, key, draft = others.revision, own.public_id, notice.key, stored(session, Draft)[0].public_id
    alert, asked_there = stored(session, Alert)[0].public_id, stored(session, ColleagueQuestion)[0].public_id
    mark = stored(session, Invitation)[0].mark
    an_alert(session)
    session.commit()
    session.rollback()
    text = visitor.get(link).get(f"{link}/effacer").text
    told = ("« Mon récit »", "Il cesse de paraître.", "Votre brouillon pour l’article", "L’équipe ne l’examinera plus.")
    for words in (*told, "Ce que cette adresse suit par lettre"):
        assert words in text, words
    assert "acceptée" not in text
    assert "Votre compte" not in text
    fields = [*visitor.fields(visitor.form_around(visitor.button("Effacer tout cela")))]
    for _ in range(2):  # a second press says it too
        assert visitor.post(f"{link}/effacer", fields).path == f"{ASK}/efface"
    session.expire_all()
    assert own.status is Status.ERASED
    for kind in (Draft, AddressRequest, LinkRequest, AccountLink, Invitation, ColleagueQuestion):
        assert stored(session, kind) == []
    assert [each.email for each in stored(session, Alert)] == [READER]
    emails = stored(session, Email)
    assert AUTHOR not in {each.recipient for each in emails}
    assert not [each for each in emails if QUESTION in str(each.facts)]
    assert (notice.words, notice.email, notice.outcome, notice.is_open) == ("", None, Outcome.ERASED, False)
    assert (others.status, others.noticed_at, others.revision) == (Status.PUBLISHED, None, revision)
    assert (others.events[-1].kind, others.events[-1].actor) == (Kind.NOTICE_ERASED, ActorKind.READER)
    assert [entry.split("\t")[0] for entry in journal_path().read_text().splitlines()] == [
        *(key, draft, asked_there, alert, mark, public_id)
    ]
    assert AUTHOR not in journal_path().read_text()
    session.rollback()
    for path in (link, f"{link}/mes-donnees.json", f"{link}/effacer"):
        assert visitor.get(path).status == 404, path
        assert "Ce lien n’ouvre rien" in visitor.text
    left = kept_about(session, AUTHOR)
    assert {name for name, value in left.items() if isinstance(value, list) and value} == {"attempts"}
    assert kept_about(session, OTHER)["testimonials"], "another's text stands"


def test_editors_read_that_the_sender_erased_a_notice_and_it_is_counted_no_more(
    visitor: Visitor, session: Session
) -> None:
    others = published(session, email=OTHER)
    notice, waiting = a_notice(session, others, email=AUTHOR), a_notice(session, others, email=READER)
    session.commit()
    erase_address(session, AUTHOR)
    session.commit()
    assert others.noticed_at == waiting.at, "the other notice waits as before"
    erase_address(session, READER)
    session.commit()
    assert [*facts(others, "noticed_at"), notice.is_open, waiting.is_open] == [None, False, False]
    text = signed_in(visitor, session).get(f"/moderation/{others.public_id}").text
    assert "Effacé par la personne qui l’avait envoyé" in text
    assert "je reconnais ma voisine" not in text


@pytest.mark.parametrize("first", ["decision", "erasure"])
def test_undoing_a_decision_opens_no_erased_notice_again(session: Session, first: str) -> None:
    others = published(session, email=OTHER)
    notice = a_notice(session, others, email=AUTHOR)
    session.commit()
    editor = an_editor(session)

    def unpublish() -> None:
        decide(editor, others, Action.UNPUBLISH, revision=others.revision, note=DecisionNote(Reason.OTHER, "Non."))

    acts: list[Callable[[], Any]] = [unpublish, lambda: erase_address(session, AUTHOR)]
    for act in acts if first == "decision" else reversed(acts):
        act()
        session.commit()
    undo_one(editor, others)
    session.commit()
    assert (others.status, notice.is_open, others.noticed_at) == (Status.PUBLISHED, False, None)


def test_an_accepted_reply_goes_when_its_sender_erases_it(visitor: Visitor, session: Session) -> None:
    others = published(session, email=OTHER)
    notice = a_notice(session, others, email=AUTHOR, kind=NoticeKind.NAMED, reply="Ma réponse.", name="Lou Exemple")
    notice.handle(Outcome.REPLY_ACCEPTED)
    notice.handled_at = now() - timedelta(days=400)
    session.commit()
    assert "acceptée ne paraîtra pas, ou plus" in visitor.get(f"{asked(session)}/effacer").text
    erase_address(session, AUTHOR)
    session.commit()
    assert (notice.reply, notice.name, notice.passage, notice.outcome) == ("", None, "", Outcome.ERASED)


def test_erasing_a_notice_shows_no_hidden_text_again(session: Session) -> None:
    """Editors hid it, and they or the clock show it: no reader's act changes what is shown."""
    others = published(session, email=OTHER)
    a_notice(session, others, email=AUTHOR)
    others.perform(Action.HIDE, by=by_editor(session), note=DecisionNote(message="Un instant."))
    until = others.hidden_until
    session.commit()
    erase_address(session, AUTHOR)
    session.commit()
    assert until is not None
    assert (others.hidden_until, others.noticed_at) == (until, None)


def test_a_notice_handled_long_ago_keeps_its_outcome(session: Session) -> None:
    others = published(session, email=OTHER)
    notice = a_notice(session, others, email=AUTHOR)
    notice.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    notice.handled_at = now() - timedelta(minutes=12)
    session.commit()
    erase_address(session, AUTHOR)
    session.commit()
    assert (notice.words, notice.answer, notice.email, notice.outcome) == ("", "", None, Outcome.DISMISSED)


def test_a_link_of_twelve_hours_ago_opens_nothing(visitor: Visitor, session: Session) -> None:
    for email, hours in ((AUTHOR, 0), (OTHER, 12)):
        session.add(AddressRequest(email=email, asked_at=now() - timedelta(hours=hours)))
    session.commit()
    for path in ("", "/mes-donnees.json", "/effacer"):
        assert visitor.get(f"{link_of(session, OTHER)}{path}").status == 404
        assert "Ce lien n’ouvre rien" in visitor.text
    assert visitor.get(link_of(session)).status == 200


@pytest.mark.both_engines
def test_a_restored_backup_brings_no_erased_notice_back(app: Flask, session: Session) -> None:
    others = published(session, email=OTHER)
    notice = a_notice(session, others, email=AUTHOR, words="C’est de moi qu’il s’agit.")
    session.commit()
    erase_address(session, AUTHOR)
    session.commit()
    # As the backup had it.
    notice.words, notice.email, notice.outcome, notice.handled_at = "C’est de moi.", AUTHOR, None, None
    others.noticed_at = notice.at
    session.commit()
    replay = ["erasures", "replay"]
    said = app.test_cli_runner().invoke(args=replay, catch_exceptions=False).output
    assert "1 erased again, 0 taken back again, 0 links voided again, of 1 told" in said
    session.expire_all()
    assert facts(notice, "words", "email", "outcome") == ["", None, Outcome.ERASED]
    assert facts(others, "noticed_at", "status") == [None, Status.PUBLISHED]
    session.rollback()
    assert "0 erased again" in app.test_cli_runner().invoke(args=replay, catch_exceptions=False).output
