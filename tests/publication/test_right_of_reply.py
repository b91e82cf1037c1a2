"""An accepted right of reply stands beneath its testimonial, as visible as it (LCEN, article 1-1, III)."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.catalog import differences, rebuild_everything
from app.features.notices.acts import answer_right_of_reply
from app.mail.outbox import Email
from app.privacy.address.erasure import erase_address
from app.testimonials import mails
from app.testimonials.lifecycle import Action
from app.testimonials.notices import Notice, NoticeKind, Outcome
from app.testimonials.private_page.consent_changes import call_back
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, published
from tests.factories import READER, a_notice, an_editor, by_editor
from tests.publication.outlets import addresses

REPLY = "Je suis la gardienne dont il est question, et je n’ai jamais été invitée."
NAME = "Lou Exemple"


def replied(session: Session, outcome: Outcome = Outcome.REPLY_ACCEPTED, **facts: Any) -> tuple[Testimonial, Notice]:
    text = published(session, **facts)
    notice = a_notice(
        session, text, kind=NoticeKind.NAMED, reply=REPLY, name=NAME, passage="gardiens d’immeuble", in_good_faith=True
    )
    answer_right_of_reply(
        an_editor(session), text, notice, outcome, revision=text.revision, answer="La loi vous en donne le droit."
    )
    session.commit()
    return text, notice


def read_at(app: Flask, text: Testimonial) -> set[str]:
    reader = app.test_client()
    bodies = {
        path: reader.get(path, follow_redirects=True).get_data(as_text=True)
        for path in [*addresses(app, text), "/articles/crpv?mots=gardienne", "/articles/crpv/flux.atom?mots=gardienne"]
    }
    return {path for path, body in bodies.items() if REPLY in body or json.dumps(REPLY)[1:-1] in body}


def test_an_accepted_reply_is_read_wherever_the_whole_text_is(app: Flask, session: Session) -> None:
    text, _ = replied(session)
    page, item = f"/temoignages/{text.public_id}-recit-00", f"/api/v1/testimonials/{text.public_id}"
    assert {page, item, "/api/v1/articles/crpv/testimonials"} <= read_at(app, text)
    body = app.test_client().get(page).get_data(as_text=True)
    assert body.index("On y parlait de ce qui inquiète") < body.index(f"Droit de réponse de {NAME}") < body.index(REPLY)
    assert f"{NAME}, le " in body
    given = app.test_client().get(item).get_json()
    assert [(each["signature"], each["words"]) for each in given["replies"]] == [(NAME, REPLY)]
    assert given["updated_at"] == given["replies"][0]["published_at"], "who follows the feed asks again"
    assert REPLY in given["html"]
    assert list(differences(session)) == []


def test_a_refused_reply_is_read_nowhere(app: Flask, session: Session) -> None:
    text, _ = replied(session, Outcome.REPLY_REFUSED)
    assert read_at(app, text) == set()


def test_open_outlets_that_withhold_the_text_withhold_the_reply(app: Flask, session: Session) -> None:
    text, _ = replied(session, reuse=False)
    assert {path.partition("?")[0] for path in read_at(app, text)} == {
        f"/temoignages/{text.public_id}{end}" for end in ("", "-rien", "-recit-00")
    }


def test_the_author_is_told_and_may_withdraw_which_takes_the_reply_with_it(app: Flask, session: Session) -> None:
    text, _ = replied(session)
    (told,) = session.scalars(select(Email).where(Email.message == mails.REPLY_SHOWN))
    assert told.recipient == text.email
    assert NAME not in json.dumps(told.facts), "the page says who; a letter outlives it"
    before = read_at(app, text)
    text.withdraw()
    session.commit()
    assert read_at(app, text) == set()
    call_back(text)
    session.commit()
    assert read_at(app, text) == before


def test_another_version_keeps_the_reply(app: Flask, session: Session) -> None:
    text, _ = replied(session)
    amend_text(text, title="Récit 00, relu")
    text.perform(Action.PUBLISH, by=by_editor(session))
    session.commit()
    assert f"/temoignages/{text.public_id}-recit-00-relu" in read_at(app, text)


def test_its_sender_erases_it_everywhere_at_once(app: Flask, session: Session) -> None:
    text, notice = replied(session)
    updated = app.test_client().get(f"/api/v1/testimonials/{text.public_id}").get_json()["updated_at"]
    assert read_at(app, text)
    erase_address(session, READER)
    session.commit()
    assert read_at(app, text) == set()
    assert (notice.reply, notice.name, notice.outcome) == ("", None, Outcome.ERASED)
    assert app.test_client().get(f"/api/v1/testimonials/{text.public_id}").get_json()["updated_at"] >= updated
    assert list(differences(session)) == []


def test_a_rebuild_finds_it_again(app: Flask, session: Session) -> None:
    text, _ = replied(session)
    before = read_at(app, text)
    rebuild_everything(session)
    assert read_at(app, session.get_one(Testimonial, text.id) if text in session else session.merge(text)) == before


@pytest.mark.parametrize("words", ["<script>alert(1)</script> un mot", "[lien](javascript:alert(1))"])
def test_a_reply_is_text(app: Flask, session: Session, words: str) -> None:
    text, notice = replied(session)
    notice.reply, text.replied_at = words, notice.at
    session.commit()
    body = app.test_client().get(f"/temoignages/{text.public_id}-recit-00").get_data(as_text=True)
    assert "<script>alert" not in body
    assert 'href="javascript' not in body
    assert "alert(1)" in body
