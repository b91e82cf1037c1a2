"""A text told by voice, to readers: every outlet that shows the whole of it says that the team typed it."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.testimonial import Testimonial
from tests.acts import readable, signed_in
from tests.factories import a_signed_transcript
from tests.visitor import Visitor

SENTENCE = "Recueilli par l’équipe (L’association d’exemple), relu et signé par l’auteur·e."


def outlets(app: Flask, testimonial: Testimonial) -> tuple[str, dict[str, object], str]:
    client = app.test_client()
    page = client.get(f"/temoignages/{testimonial.public_id}", follow_redirects=True).get_data(as_text=True)
    feed = client.get("/articles/crpv/flux.atom").get_data(as_text=True)
    return page, client.get(f"/api/v1/testimonials/{testimonial.public_id}").get_json(), feed


def test_a_page_the_api_and_the_feed_say_of_a_text_that_it_was_recorded(app: Flask, session: Session) -> None:
    testimonial = a_signed_transcript(session, reuse=True)
    session.commit()
    page, item, feed = outlets(app, testimonial)
    assert page.count(SENTENCE) == 1
    assert item["recorded"] is True
    assert SENTENCE in str(item["html"])
    assert SENTENCE in feed


def test_nothing_is_said_of_a_text_that_its_author_typed(app: Flask, session: Session) -> None:
    testimonial = readable(session)
    page, item, feed = outlets(app, testimonial)
    assert SENTENCE not in page + str(item["html"]) + feed
    assert item["recorded"] is False


def test_where_the_words_are_withheld_the_api_says_that_they_were_recorded(app: Flask, session: Session) -> None:
    testimonial = a_signed_transcript(session)
    session.commit()
    page, item, feed = outlets(app, testimonial)
    assert SENTENCE in page
    assert (item["recorded"], item["words_withheld"], item["html"]) == (True, True, None)
    assert SENTENCE not in feed


@pytest.mark.one_engine
def test_a_sheet_of_a_recueil_says_that_its_text_was_recorded(app: Flask, session: Session) -> None:
    a_signed_transcript(session, reuse=True)
    readable(session, 2)
    editor = signed_in(Visitor(app), session)
    editor.get("/moderation/articles/crpv/recueils/nouveau").fill(title="Deux voix").press("Composer ce recueil")
    document = editor.get(f"{editor.path}/document").page.get_text()
    assert " ".join(document.split()).count(SENTENCE) == 1
