"""The partner's answer at the desk: the invitation, the review of an answer, and of what it is about."""

from collections.abc import Callable

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Actor, AuditEvent, Kind
from app.mail.messages import Message
from app.mail.outbox import Email
from app.testimonials import erasure
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from tests.acts import published, stored
from tests.factories import a_notice, a_pending_answer, a_testimonial, an_answer, an_editor
from tests.visitor import Visitor, words_of

ORGANISATION = "contact@centre.example"


def answers_section(editor: Visitor) -> Tag:
    (section,) = editor.page.select("section[aria-labelledby=reponses]")
    return section


def read_text(session: Session) -> Testimonial:
    """Return a published testimonial, committed."""
    text = published(session)
    session.commit()
    return text


def invite(editor: Visitor, text: Testimonial, email: str = ORGANISATION) -> Visitor:
    return editor.get(f"/moderation/{text.public_id}/inviter").fill(email=email).press("Envoyer l’invitation")


def invitations(session: Session) -> list[Email]:
    return [each for each in stored(session, Email) if each.message is Message.ANSWER_INVITED]


def invited_events(session: Session) -> list[AuditEvent]:
    return [each for each in stored(session, AuditEvent) if each.kind is Kind.ANSWER_INVITED]


def test_an_organisation_is_invited_from_the_review_page(editor: Visitor, session: Session) -> None:
    text = read_text(session)
    page = editor.get(f"/moderation/{text.public_id}").page
    (link,) = [each for each in page.select("main a") if words_of(each) == "Inviter une organisation à répondre"]
    editor.get(str(link["href"]))
    assert stored(session, Testimonial)[0].events[-1].kind is not Kind.ANSWER_INVITED, "reading invites nobody"
    editor.fill(email=" Contact@Centre.example ").press("Envoyer l’invitation")
    assert editor.path == f"/moderation/{text.public_id}"
    (email,) = invitations(session)
    assert (email.recipient, email.testimonial_id) == (ORGANISATION, text.id)
    assert email.facts["answers"][0] == text.public_id
    assert "Une invitation à répondre est partie" in words_of(answers_section(editor))


def test_the_address_stands_in_the_email_alone(app: Flask, editor: Visitor, session: Session) -> None:
    text = read_text(session)
    invite(editor, text)
    (event,) = invited_events(session)
    assert (event.user_id, event.testimonial_id) == (an_editor(session).id, text.id)
    tables = Email.metadata.sorted_tables
    holding = {
        table.name
        for table in tables
        for row in session.execute(table.select()).all()
        if any(ORGANISATION in str(value) for value in row)
    }
    assert holding == {"email"}
    assert ORGANISATION not in editor.get(f"/moderation/{text.public_id}").text


@pytest.mark.parametrize(("email", "sentence"), [("", "Indiquez l’adresse"), ("centre", "Vérifiez ce courriel")])
def test_a_wrong_address_stays_and_invites_nobody(editor: Visitor, session: Session, email: str, sentence: str) -> None:
    invite(editor, read_text(session), email)
    assert editor.status == 422
    assert sentence in editor.text
    assert editor.page.select_one("[name=email]")["value"] == email  # type: ignore[index]  # there is one
    assert (len(invitations(session)), len(invited_events(session))) == (0, 0)


def test_a_second_invitation_says_that_one_was_sent_and_is_the_last(editor: Visitor, session: Session) -> None:
    text = read_text(session)
    page = f"/moderation/{text.public_id}/inviter"
    assert "Une invitation est déjà partie" not in editor.get(page).text
    invite(editor, text)
    assert "Une invitation est déjà partie" in editor.get(page).text
    editor.fill(email="autre@centre.example").press("Envoyer l’invitation")
    assert [each.recipient for each in invitations(session)] == [ORGANISATION, "autre@centre.example"]
    assert editor.get(page).status == 409
    assert "Inviter une organisation" not in editor.get(f"/moderation/{text.public_id}").text


def test_a_button_pressed_twice_invites_once(editor: Visitor, session: Session) -> None:
    text = read_text(session)
    twice = editor.get(f"/moderation/{text.public_id}/inviter").fill(email=ORGANISATION)
    form = {each["name"]: each.get("value", "") for each in twice.page.select("main form input")}
    sent = [editor.client.post(twice.path, data=form | {"email": ORGANISATION}).status_code for _ in range(2)]
    assert sent == [303, 422]
    assert len(invitations(session)) == 1


def by(session: Session) -> Actor:
    return Actor.editor(an_editor(session).id)


def hidden(session: Session) -> Testimonial:
    text = published(session)
    a_notice(session, text)
    text.perform(Action.HIDE, by=by(session))
    return text


def withdrawn(session: Session) -> Testimonial:
    return a_testimonial(session, status=Status.WITHDRAWN)


def pending(session: Session) -> Testimonial:
    return a_testimonial(session)


def erased(session: Session) -> Testimonial:
    text = published(session)
    session.flush()
    erasure.erase_testimonial(text)
    return text


def answered(session: Session) -> Testimonial:
    text = published(session)
    an_answer(session, text)
    return text


def announced(session: Session) -> Testimonial:
    text = published(session)
    an_answer(session, text, announced=True)
    return text


def an_answer_itself(session: Session) -> Testimonial:
    return an_answer(session, published(session))


UNANSWERABLE = (hidden, withdrawn, pending, erased, answered, announced, an_answer_itself)


@pytest.mark.parametrize("made", UNANSWERABLE, ids=lambda each: each.__name__)
def test_nobody_is_invited_to_answer_what_cannot_be(
    editor: Visitor, session: Session, made: Callable[[Session], Testimonial]
) -> None:
    other, text = published(session, 1), made(session)
    session.commit()
    editor.get(f"/moderation/{other.public_id}/inviter")
    form = {each["name"]: each.get("value", "") for each in editor.page.select("main form input")}
    page = f"/moderation/{text.public_id}/inviter"
    assert editor.get(page).status == 409
    assert "On ne peut pas inviter à répondre à ce texte" in editor.text
    assert editor.page.find("a", href=f"/moderation/{text.public_id}") is not None
    assert editor.client.post(page, data=form | {"email": ORGANISATION}).status_code == 409
    assert (len(invitations(session)), len(invited_events(session))) == (0, 0)
    assert "Inviter une organisation" not in editor.get(f"/moderation/{text.public_id}").text


def test_the_review_page_of_a_text_lists_its_answers(editor: Visitor, session: Session) -> None:
    text = published(session)
    answer = a_pending_answer(session, text)
    session.commit()
    editor.get(f"/moderation/{text.public_id}")
    listed = answers_section(editor)
    (link,) = [each for each in listed.select("a") if "inviter" not in str(each["href"])]
    assert (link["href"], words_of(link)) == (f"/moderation/{answer.public_id}", "Réponse : Labo exemple")
    assert "À relire" in words_of(listed)
