"""Nobody of the desk alone puts words under a name (product rule 13): their own address, an account that they typed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.queries import keep_former_address
from app.audit import Kind
from app.db import now
from app.features.voice.acts import correct_transcript, renew_code
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.notices import NoticeKind
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_token
from tests.acts import a_text_to_answer, amend_text, committed, private_page, published, reload, signed_in, stored
from tests.factories import (
    EDITOR,
    a_notice,
    a_question,
    a_signed_transcript,
    a_transcript,
    a_version,
    an_editor,
    by_editor,
    sign_account,
)
from tests.mail.test_outbox import deliver
from tests.moderation.transcripts.test_recording import type_in
from tests.visitor import Visitor

OTHER = "qui.relit@exemple.fr"
TYPED = "Vous avez recueilli ce texte"


def offered(editor: Visitor, testimonial: Testimonial) -> set[str | None]:
    buttons = editor.get(f"/moderation/{testimonial.public_id}").page.select("button[name=action]")
    return {str(each.get("value")) for each in buttons}


def send(editor: Visitor, testimonial: Testimonial, action: str) -> int:
    """Send a decision that the page may not offer; return the status of the answer."""
    fields = {"csrf_token": editor.csrf_token, "action": action, "revision": str(testimonial.revision)}
    fields |= {"marks": str(testimonial.hint_count), "reason": "hors_sujet"}
    return editor.client.post(f"/moderation/{testimonial.public_id}", data=fields).status_code


def waiting(session: Session, **facts: Any) -> Testimonial:
    """Return what Nadia typed, and its teller signed."""
    testimonial = a_signed_transcript(session, waits=True, **facts)
    session.commit()
    return testimonial


@pytest.mark.parametrize("typed", [EDITOR, "Nadia+Rose@Ville-Exemple.fr", "nadia@ville-exemple。fr"])
def test_no_address_of_the_desk_passes_for_a_tellers(editor: Visitor, session: Session, typed: str) -> None:
    type_in(editor, email=typed)
    assert editor.status == 422
    assert "celle d’un compte de l’équipe" in editor.text
    assert stored(session, Testimonial) == []


def test_nor_does_one_that_an_account_has_left(app: Flask, editor: Visitor, session: Session) -> None:
    nadia = an_editor(session)
    keep_former_address(nadia)
    nadia.email = "nouvelle@exemple.fr"
    session.commit()
    assert re.fullmatch("[0-9a-f]{8}:[0-9a-f]{64}", nadia.former_addresses)
    type_in(editor, email=EDITOR)
    assert (editor.status, stored(session, Testimonial)) == (422, [])
    text = committed(session, email=EDITOR)
    assert offered(editor, text) == set(), "nor for an author's whose text its account may read"


def test_another_editor_than_who_typed_it_publishes_what_was_told(
    app: Flask, editor: Visitor, session: Session
) -> None:
    testimonial = waiting(session)
    other = signed_in(Visitor(app), session, email=OTHER)
    assert not offered(editor, testimonial) & {"publish", "send_proof"}
    assert f"{TYPED} : une autre personne de l’équipe le publie." in editor.text
    assert send(editor, testimonial, "publish") == 403
    assert "publish" in offered(other, testimonial)
    assert TYPED not in other.text
    other.press("Publier")
    (public,) = stored(session, Testimonial)
    assert public.status is Status.PUBLISHED
    page = Visitor(app).get(f"/temoignages/{public.public_id}").text
    assert "Recueilli par l’équipe (L’association d’exemple), relu et signé par l’auteur·e." in page
    assert Kind.DECIDED_ALONE not in {event.kind for event in public.events}


@pytest.mark.parametrize("act", ["corrects", "prints"])
def test_who_corrects_an_account_or_prints_its_code_has_typed_it_too(app: Flask, session: Session, act: str) -> None:
    """A printed code signs in the teller's name: whoever holds it is not the one who reads."""
    testimonial, _ = a_transcript(session)
    by = by_editor(session, email=OTHER)
    if act == "corrects":
        correct_transcript(testimonial, a_version(session, title="D’autres mots"), by=by)
    else:
        renew_code(session, testimonial, by=by)
    session.flush()
    sign_account(session, testimonial)
    session.commit()
    for email, may in ((EDITOR, False), (OTHER, False), ("une.troisieme@exemple.fr", True)):
        assert ("publish" in offered(signed_in(Visitor(app), session, email=email), testimonial)) is may, email


def test_alone_on_an_article_who_typed_publishes_a_day_later_and_the_admins_are_told(
    app: Flask, editor: Visitor, session: Session
) -> None:
    testimonial = waiting(session)
    editor.get(f"/moderation/{testimonial.public_id}")
    assert "personne d’autre n’édite l’article : vous pourrez le publier à partir du" in editor.text
    assert send(editor, testimonial, "publish") == 403
    stored(session, Testimonial)[0].waiting_since = now() - timedelta(hours=24)
    session.commit()
    an_editor(session, email="closed@exemple.fr").disabled_at = now()
    an_editor(session).role = Role.ADMIN
    session.commit()
    assert "publish" in offered(editor, testimonial)
    editor.press("Publier")
    assert [event.kind for event in reload(session, testimonial).events][-2:] == [Kind.PUBLISH, Kind.DECIDED_ALONE]
    (told,) = session.scalars(select(Email).where(Email.message == editor_mails.DECIDED_ALONE)).all()
    assert (told.recipient, told.due_at is not None and told.due_at > now()) == (EDITOR, True)
    editor.press("Annuler")
    assert reload(session, testimonial).status is Status.PENDING, "it is undone like any decision"


def test_letters_about_what_was_decided_alone_are_called_back_with_it(
    app: Flask, editor: Visitor, session: Session
) -> None:
    """Be it the first publication, or that of an amended version of what stays published."""
    testimonial = waiting(session, email="qui.raconte@exemple.fr")
    an_editor(session).role = Role.ADMIN
    session.commit()
    for told in (0, 1):
        text = stored(session, Testimonial)[0]
        if told:
            amend_text(text, title="D’autres mots")
        text.waiting_since = now() - timedelta(hours=24)
        session.commit()
        editor.get(f"/moderation/{testimonial.public_id}").press("Publier")
        editor.press("Annuler")
        leave(app, session)
        letters = [each.message for each in stored(session, Email)]
        assert [letters.count(each) for each in (mails.PUBLISHED, editor_mails.DECIDED_ALONE)] == [told, told]
        editor.press("Publier")
        leave(app, session)


def leave(app: Flask, session: Session) -> None:
    session.rollback()
    session.execute(update(Email).where(Email.due_at.is_not(None)).values(due_at=now()))
    session.commit()
    deliver(app)


@pytest.mark.parametrize("kind", ["text", "answer"])
def test_no_account_decides_on_what_came_from_its_own_address(
    app: Flask, editor: Visitor, session: Session, kind: str
) -> None:
    """A stranger never learns who edits: the form takes the address without a word."""
    if kind == "text":
        own = committed(session, email=EDITOR)
    else:
        _, own = a_text_to_answer(session)
        own.email = EDITOR
        session.commit()
    assert offered(editor, own) == set()
    assert "Ce texte vient d’une adresse de votre compte" in editor.text
    for action in ("publish", "decline", "keep_internal"):
        assert send(editor, own, action) == 403
    asking = editor.get(f"/moderation/{own.public_id}/demander").fill(ask_account="Un mot.")
    assert asking.press("Envoyer").status == 403
    session.rollback()
    assert "publish" in offered(signed_in(Visitor(app), session, email=OTHER), own)


def test_no_account_accepts_its_own_right_of_reply(editor: Visitor, session: Session) -> None:
    text = published(session)
    notice = a_notice(session, text, kind=NoticeKind.NAMED, email=EDITOR, reply="Je n’étais pas là.")
    session.commit()
    editor.get(f"/moderation/{text.public_id}")
    fields = {"csrf_token": editor.csrf_token, "outcome": "reply_accepted", "revision": str(text.revision)}
    path = f"/moderation/{text.public_id}/signalements/{notice.id}/reponse"
    assert editor.client.post(path, data=fields).status_code == 403


def test_no_act_of_an_author_comes_from_a_browser_signed_in_at_the_desk(
    app: Flask, editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    text = published(session, questions=True)
    question = a_question(session, text)
    session.commit()
    page, token = private_page(text), editor.get("/moderation").csrf_token
    paths = [page.join(("", f"/{act}")) for act in ("retirer", "accord", "modifier", "signer", "effacer", "suite")]
    received = (f"{page}/questions/{question.public_id}", f"/question/{sign_token('received-question', ['x'])}/recue")
    paths += [f"{each}/{act}" for each in received for act in ("refuser", "signaler")]
    for path in [*paths, f"{page}/signature", "/articles/crpv/temoigner"]:
        with subtests.test(path=path):
            answer = editor.client.post(path, data={"csrf_token": token})
            assert answer.status_code == 403
            assert "Déconnectez‑vous d’abord" in answer.get_data(as_text=True)
    assert (reload(session, text).status, len(text.versions)) == (Status.PUBLISHED, 1)
    assert Visitor(app).get(page).press("Retirer mon texte").status == 200
