"""Bulk decline: which statuses, the confirmation page, one audit event each; and undo."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.db import now
from app.mail.outbox import Email
from app.moderation.queue import routes as bulk
from app.privacy.retention import send_reminder
from app.testimonials import mails, stale_emails, terms
from app.testimonials.lifecycle import Action, Status, TransitionRefused, status_before
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from tests.factories import a_testimonial, an_editor, by_editor
from tests.moderation.desk import take_back
from tests.visitor import Visitor, words_of


def many(session: Session, status: Status, count: int = 3) -> list[Testimonial]:
    texts = [a_testimonial(session, status=status, email=f"{status}{n}@exemple.fr") for n in range(count)]
    session.commit()
    return texts


def statuses(session: Session, texts: list[Testimonial]) -> set[Status]:
    session.rollback()
    return {each.status for each in texts}


def test_selected_texts_are_confirmed_declined_and_undone(editor: Visitor, session: Session) -> None:
    texts = many(session, Status.UNCONFIRMED)
    before = [(each.status, each.waiting_since) for each in texts]
    editor.get("/moderation?etat=unconfirmed")
    editor.fill(texte=[each.public_id for each in texts[:2]]).press("Écarter les textes cochés")
    assert "Écarter 2 textes" in editor.text
    editor.press("Écarter ces 2 textes")
    assert editor.status == 422
    assert "Choisissez une raison" in editor.text
    editor.fill(raison="non_confirme").press("Écarter ces 2 textes")
    assert statuses(session, texts[:2]) == {Status.DECLINED}
    assert texts[2].status is Status.UNCONFIRMED
    for each in texts[:2]:
        assert [event.kind for event in each.events][-1] is Kind.DECLINE
        assert each.events[-1].reason == "non_confirme"
    assert session.scalars(select(Email).where(Email.message == mails.DECLINED)).all() == []
    session.rollback()
    editor.press("Annuler")
    session.expire_all()
    for each, state in zip(texts[:2], before[:2], strict=True):
        assert (each.status, each.waiting_since) == state
    assert texts[0].events[-1].kind is Kind.TAKE_BACK
    assert "Décision annulée par Nadia Exemple." in editor.text


def test_the_email_of_a_bulk_decline_waits_for_the_undo_period(app: Flask, editor: Visitor, session: Session) -> None:
    (text,) = many(session, Status.PENDING, 1)
    editor.get(f"/moderation/ecarter?texte={text.public_id}")
    assert not editor.page.find("input", value="non_confirme")
    editor.fill(raison="indesirable").press("Écarter ce texte")
    assert statuses(session, [text]) == {Status.DECLINED}
    (email,) = session.scalars(select(Email).where(Email.message == mails.DECLINED))
    assert email.due_at is not None
    assert email.due_at > now() + app.config["UNDO_PERIOD"] / 2
    session.rollback()
    editor.press("Annuler")
    assert statuses(session, [text]) == {Status.PENDING}
    waiting = session.scalars(select(Email).where(Email.message == mails.DECLINED))
    assert stale_emails.without_stale(session, waiting) == []


def test_all_the_rows_of_a_page_are_ticked_by_a_link(editor: Visitor, session: Session) -> None:
    """Without JavaScript: the page comes back with all of them ticked, on the same page of the same list."""
    many(session, Status.UNCONFIRMED)
    editor.get("/moderation?etat=unconfirmed&region=53")
    (link,) = editor.page.select("[data-tick-all]")
    assert words_of(link) == "Tout cocher"
    assert editor.page.select("[name=texte][checked]") == []
    editor.get(str(link["href"]))
    assert len(editor.page.select("[name=texte][checked]")) == 3
    (link,) = editor.page.select("[data-tick-all]")
    assert (words_of(link), link["href"]) == ("Tout décocher", "/moderation?etat=unconfirmed&region=53")
    editor.press("Écarter les textes cochés")
    assert "Écarter 3 textes" in editor.text
    editor.get("/moderation")
    assert editor.page.select("[name=texte][checked]") == [], "the list does not remember it"


def test_the_only_reason_there_is_is_chosen_already(editor: Visitor, session: Session) -> None:
    pending, unconfirmed = (many(session, status, 1)[0] for status in (Status.PENDING, Status.UNCONFIRMED))
    editor.get(f"/moderation/ecarter?texte={unconfirmed.public_id}")
    assert len(editor.page.select("[name=raison]")) == 2
    assert editor.page.select("[name=raison][checked]") == []
    editor.get(f"/moderation/ecarter?texte={unconfirmed.public_id}&texte={pending.public_id}")
    (reason,) = editor.page.select("[name=raison]")
    assert (reason["value"], "checked" in reason.attrs) == ("indesirable", True)
    editor.press("Écarter ces 2 textes")
    assert statuses(session, [pending, unconfirmed]) == {Status.DECLINED}


def test_other_statuses_cannot_be_declined_in_bulk(editor: Visitor, session: Session) -> None:
    others = sorted(set(Status) - bulk.BULK_STATUSES)
    texts = [text for status in others for text in many(session, status, 1)]
    selection = "&".join(f"texte={text.public_id}" for text in texts)
    assert "Aucun texte à écarter" in editor.get(f"/moderation/ecarter?{selection}").text
    bulk.decline_several(session, an_editor(session), {text.public_id: text.revision for text in texts}, Reason.SPAM)
    assert [text.status for text in texts] == others


def test_a_confirmed_text_is_never_declined_as_unconfirmed(session: Session) -> None:
    (text,) = many(session, Status.PENDING, 1)
    bulk.decline_several(session, an_editor(session), {text.public_id: text.revision}, Reason.NOT_CONFIRMED)
    assert text.status is Status.PENDING


@pytest.mark.both_engines
def test_a_text_changed_since_the_page_is_skipped(editor: Visitor, session: Session) -> None:
    texts = many(session, Status.UNCONFIRMED, 2)
    editor.get(f"/moderation/ecarter?texte={texts[0].public_id}&texte={texts[1].public_id}")
    texts[0].confirm()
    session.commit()
    editor.fill(raison="indesirable").press("Écarter ces 2 textes")
    session.expire_all()
    assert [each.status for each in texts] == [Status.PENDING, Status.DECLINED]


def too_late(app: Flask, text: Testimonial) -> None:
    app.config["UNDO_PERIOD"] *= 0


def followed(_app: Flask, text: Testimonial) -> None:
    text.withdraw()


@pytest.mark.parametrize("spoil", [too_late, followed])
def test_a_decision_cannot_be_undone_late_or_after_another_event(
    app: Flask, session: Session, spoil: Callable[[Flask, Testimonial], None]
) -> None:
    text = a_testimonial(session, status=Status.DECLINED)
    spoil(app, text)
    session.flush()
    status = text.status
    with pytest.raises(TransitionRefused):
        text.perform(Action.TAKE_BACK, by=by_editor(session))
    take_back(session, text)
    assert text.status is status


def test_a_decision_taken_twice_is_undone_twice(session: Session) -> None:
    text = a_testimonial(session, status=Status.UNCONFIRMED)
    editor, since = an_editor(session), text.waiting_since
    for _ in range(2):
        bulk.decline_several(session, editor, {text.public_id: text.revision}, Reason.SPAM)
        session.flush()
        assert text.latest_decision is not None
        take_back(session, text)
        assert text.status is Status.UNCONFIRMED
    assert text.waiting_since == since


def test_a_reminder_already_sent_is_not_sent_again(session: Session) -> None:
    text = a_testimonial(session, status=Status.UNCONFIRMED)
    send_reminder(text, terms.UNCONFIRMED)
    session.flush()
    bulk.decline_several(session, an_editor(session), {text.public_id: text.revision}, Reason.SPAM)
    assert text.reminded_at is None
    take_back(session, text)
    assert text.reminded_at is not None


def test_only_a_transition_of_the_table_is_undone() -> None:
    assert status_before(Status.DECLINED, Action.DECLINE, Status.UNCONFIRMED) is Status.UNCONFIRMED
    for status, action, origin in (
        (Status.DECLINED, Action.DECLINE, Status.PUBLISHED),
        (Status.PENDING, Action.DECLINE, Status.PENDING),
        (Status.PENDING, Action.CONFIRM, Status.UNCONFIRMED),
        (Status.WITHDRAWN, Action.WITHDRAW, Status.PUBLISHED),
    ):
        with pytest.raises(TransitionRefused):
            status_before(status, action, origin)


def test_malformed_selections_change_nothing(editor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    texts = many(session, Status.UNCONFIRMED, 1)
    token = editor.get(f"/moderation/ecarter?texte={texts[0].public_id}").csrf_token
    for lu in ("", "x", "x:y", ":1", "rien:99999999999", "a:-1"):
        with subtests.test(lu=lu):
            editor.post("/moderation/ecarter", [("csrf_token", token), ("raison", "indesirable"), ("lu", lu)])
            assert editor.status == 200
            editor.post("/moderation/annuler", [("csrf_token", token), ("texte", lu)])
            assert editor.status == 200
            assert statuses(session, texts) == {Status.UNCONFIRMED}
