"""Sending twice, sending again, sending what was not seen: one testimonial, and what its author saw."""

import threading
import time

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.articles import queries as articles
from app.mail.outbox import Email
from app.testimonials.models import Testimonial
from tests.acts import stored
from tests.testimonials.test_form import WRITE, YES, preview
from tests.visitor import Visitor


def the_whole(visitor: Visitor) -> list[tuple[str, str]]:
    """Return every field that the preview's form sends, with yes to all."""
    visitor.fill(**YES)
    form = visitor.button("Envoyer").find_parent("form")
    assert isinstance(form, Tag)
    return [*visitor.fields(form), ("step", "send")]


def test_sending_twice_stores_once_and_shows_the_same_receipt(visitor: Visitor, session: Session) -> None:
    fields = the_whole(preview(visitor))
    first = visitor.post(WRITE, fields).path
    again = visitor.post(WRITE, fields).path
    assert first == again
    assert visitor.status == 200
    assert len(stored(session, Testimonial)) == 1
    assert session.scalar(select(func.count()).select_from(Email)) == 1


def test_a_page_sent_again_with_other_words_after_confirming_is_told_so(visitor: Visitor, session: Session) -> None:
    preview(visitor)
    fields = the_whole(visitor)
    visitor.post(WRITE, fields)
    (testimonial,) = stored(session, Testimonial)
    testimonial.confirm()
    session.commit()
    changed = [(name, "Autre titre" if name == "title" else value) for name, value in fields]
    visitor.post(WRITE, [(name, value) for name, value in changed if name not in {"step", "seen"}])
    visitor.fill(**YES).press("Envoyer")
    assert visitor.status == 409
    assert "déjà parvenu" in visitor.text
    assert stored(session, Testimonial)[0].latest.title == "Trois après-midi"


def test_what_was_not_seen_is_shown_before_it_is_received(visitor: Visitor, session: Session) -> None:
    fields = [(name, "Un titre glissé" if name == "title" else value) for name, value in the_whole(preview(visitor))]
    visitor.post(WRITE, fields)
    assert visitor.status == 422
    assert "a changé depuis cet aperçu" in visitor.text
    assert "Un titre glissé" in visitor.text
    assert stored(session, Testimonial) == []


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "../../etc/passwd"])
def test_a_forged_key_stores_nothing(visitor: Visitor, session: Session, key: str) -> None:
    fields = [(name, key if name == "key" else value) for name, value in the_whole(preview(visitor))]
    visitor.post(WRITE, fields)
    assert visitor.status == 422
    assert stored(session, Testimonial) == []


@pytest.mark.changes_content
def test_an_article_that_goes_offline_at_that_moment_receives_nothing(visitor: Visitor, session: Session) -> None:
    fields = the_whole(preview(visitor))
    article = session.scalars(articles.by_slug_public_or_not("crpv").with_for_update()).one()
    article.is_public = False
    session.flush()
    sending = threading.Thread(target=visitor.post, args=(WRITE, fields))
    sending.start()
    while sending.is_alive() and not is_waited_for(session):
        time.sleep(0.01)
    session.commit()
    sending.join(timeout=60)
    assert visitor.status == 404
    assert stored(session, Testimonial) == []


def is_waited_for(session: Session) -> bool:
    """Say whether a transaction waits for another: PostgreSQL tells; on SQLite a writer waits for any other."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")))


def test_a_page_left_open_too_long_keeps_the_words(app: Flask, visitor: Visitor, session: Session) -> None:
    fields = the_whole(preview(visitor))
    stranger = Visitor(app)
    stranger.post(WRITE, fields)
    assert stranger.status == 422
    assert "trop longtemps" in stranger.text
    assert "Trois après-midi" in str(stranger.page)
    assert stored(session, Testimonial) == []
    stranger.press("Relire mon texte").fill(**YES).press("Envoyer")
    assert stranger.path.startswith("/recu/")


def test_a_page_sent_again_after_confirming_says_it_is_done(visitor: Visitor, session: Session) -> None:
    fields = the_whole(preview(visitor))
    visitor.post(WRITE, fields)
    stored(session, Testimonial)[0].confirm()
    session.commit()
    visitor.post(WRITE, fields)
    assert visitor.path.startswith("/recu/")
    assert "déjà confirmé" in visitor.text
    assert "Il reste un geste" not in visitor.text
