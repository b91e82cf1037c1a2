"""What the form, its preview and a sending ask of the database; what is derived of a text just sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.db import db
from app.testimonials.situation import PartnerKnown
from app.testimonials.submission.submit import submit
from app.testimonials.testimonial import Testimonial
from tests.acts import stored
from tests.factories import a_submission, the_article
from tests.page_cache.workers import recorded_statements
from tests.testimonials.test_form import WRITE, preview
from tests.testimonials.test_sending import all_fields
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

LISTED = {"partner": "labo-cites", "partner_other": ""}
TYPED = {"partner": "autre", "partner_other": "Un autre partenaire"}


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """Record the statements of each transaction, its BEGIN included, and the read of the stamp."""
    with app.app_context():
        engine = db.engine
    with recorded_statements(app) as statements:

        def begin(_connection: object) -> None:
            statements.append("BEGIN")

        event.listen(engine, "begin", begin)
        yield statements
        event.remove(engine, "begin", begin)


def test_the_form_asks_for_the_article_alone(app: Flask, visitor: Visitor) -> None:
    visitor.get(WRITE)
    with asked(app) as statements:
        visitor.get(WRITE)
    assert len(statements) <= 3, statements


@pytest.mark.parametrize("typed", [{}, TYPED])
def test_a_preview_and_a_sending_ask_for_little(
    app: Flask, visitor: Visitor, session: Session, typed: dict[str, str]
) -> None:
    """Five statements and twenty; one more where the name of a partner is typed, which admins may have recognised."""
    fields = MultiDict(all_fields(preview(visitor, **(LISTED | typed))))
    fields["step"] = "preview"
    with asked(app) as of_preview:
        assert visitor.client.post(WRITE, data=fields).status_code == 200
    fields["step"] = "send"
    with asked(app) as of_sending:
        assert visitor.client.post(WRITE, data=fields).status_code == 303
    assert len(stored(session, Testimonial)) == 1
    assert len(of_preview) <= 5 + bool(typed), of_preview
    assert len(of_sending) <= 20 + bool(typed), of_sending


@pytest.mark.parametrize("typed", ["", "Un autre partenaire"])
def test_what_follows_a_text_just_sent_is_what_would_be_recomputed(app: Flask, session: Session, typed: str) -> None:
    """It is written from what the session holds, where nothing can be there yet."""
    partner: dict[str, Any] = {"partner": None, "partner_known": PartnerKnown.OTHER, "partner_other": typed}
    changes = partner if typed else {}
    submit(session, the_article(session), a_submission(session, reuse=True, contact=True, **changes))
    session.commit()
    checked = app.test_cli_runner().invoke(args=["catalog", "check"])
    assert checked.output == "every derived row is as it should be\n"


@pytest.mark.one_engine
def test_a_text_takes_the_place_of_words_left_by_one_deleted_by_hand(session: Session) -> None:
    """On SQLite the search tables have no foreign key, and ids are used again."""
    session.execute(text("INSERT INTO search_desk (rowid, words) VALUES (1, ' reste ')"))
    testimonial = submit(session, the_article(session), a_submission(session))
    session.commit()
    assert testimonial.id == 1
    assert "reste" not in session.scalars(text("SELECT words FROM search_desk")).one()
