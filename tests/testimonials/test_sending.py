"""Sending the form twice, again, or unseen: one testimonial is stored, as its author saw it."""

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.articles import queries as articles
from app.testimonials.testimonial import Testimonial
from tests.acts import stored
from tests.testimonials.test_form import WRITE, YES, preview
from tests.visitor import Fields, Visitor


def all_fields(visitor: Visitor) -> Fields:
    visitor.fill(**YES)
    return [*visitor.fields(visitor.form_of("Envoyer")), ("step", "send")]


def test_other_words_sent_after_confirming_get_409(visitor: Visitor, session: Session) -> None:
    preview(visitor)
    fields = all_fields(visitor)
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


def test_words_missing_from_the_preview_are_previewed_before_they_are_stored(
    visitor: Visitor, session: Session
) -> None:
    fields = [(name, "Un titre glissé" if name == "title" else value) for name, value in all_fields(preview(visitor))]
    visitor.post(WRITE, fields)
    assert visitor.status == 422
    assert "a changé depuis cet aperçu" in visitor.text
    assert "Un titre glissé" in visitor.text
    assert stored(session, Testimonial) == []


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "../../etc/passwd"])
def test_a_forged_key_stores_nothing(visitor: Visitor, session: Session, key: str) -> None:
    fields = [(name, key if name == "key" else value) for name, value in all_fields(preview(visitor))]
    visitor.post(WRITE, fields)
    assert visitor.status == 422
    assert stored(session, Testimonial) == []


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_an_article_taken_offline_meanwhile_stores_nothing(visitor: Visitor, session: Session) -> None:
    fields = all_fields(preview(visitor))
    article = session.scalars(articles.by_slug_public_or_not("crpv").with_for_update()).one()
    article.is_public = False
    session.flush()
    post_before_commit(visitor, session, WRITE, fields)
    assert visitor.status == 404
    assert stored(session, Testimonial) == []


def post_before_commit(visitor: Visitor, session: Session, path: str, fields: Fields) -> None:
    """Send fields while a session holds what they need, and commit once they wait for it."""
    sending = threading.Thread(target=visitor.post, args=(path, fields))
    sending.start()
    while sending.is_alive() and not is_waited_for(session):
        time.sleep(0.01)
    session.commit()
    sending.join(timeout=60)


def is_waited_for(session: Session) -> bool:
    """Whether a transaction waits for a lock: pg_locks on PostgreSQL; on SQLite every writer waits for the other."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")))


def test_an_expired_page_keeps_the_words(app: Flask, visitor: Visitor, session: Session) -> None:
    fields = all_fields(preview(visitor))
    stranger = Visitor(app)
    stranger.post(WRITE, fields)
    assert stranger.status == 422
    assert "trop longtemps" in stranger.text
    assert "Trois après-midi" in str(stranger.page)
    assert stored(session, Testimonial) == []
    stranger.press("Relire mon texte").fill(**YES).press("Envoyer")
    assert stranger.path.startswith("/recu/")


def test_the_same_page_sent_after_confirming_says_it_is_confirmed(visitor: Visitor, session: Session) -> None:
    fields = all_fields(preview(visitor))
    visitor.post(WRITE, fields)
    stored(session, Testimonial)[0].confirm()
    session.commit()
    visitor.post(WRITE, fields)
    assert visitor.path.startswith("/recu/")
    assert "déjà confirmé" in visitor.text
    assert "Il reste un geste" not in visitor.text
