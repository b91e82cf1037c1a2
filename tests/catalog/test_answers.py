"""An answer stands beneath the testimonial it is about, wherever that is read, and nowhere else."""

import json
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.gate import NotPermitted
from app.catalog.rendering import Rendering
from app.catalog.visibility import Outlet, visible, visible_answers
from app.cli.catalog import differences, rebuild_everything
from app.moderation.decisions import choices, decide
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TextKind, TransitionRefused
from app.testimonials.private_page.consent_changes import call_back, change_consent
from app.testimonials.queries import published_answer
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import erase, expire, hide, published, readable, unpublish, withdraw
from tests.factories import a_pending_answer, an_answer, an_editor, by_editor
from tests.publication.outlets import addresses

WORDS = "tenu ces trois après-midi avec une équipe voisine"


def read_at(app: Flask, session: Session, text: Testimonial) -> set[str]:
    session.commit()
    reader, searches = app.test_client(), [f"/articles/crpv{each}?mots=voisine" for each in ("", "/flux.atom")]
    bodies = {
        path: reader.get(path, follow_redirects=True).get_data(as_text=True)
        for path in [*addresses(app, text), *searches, "/sitemap.xml"]
    }
    return {path for path, body in bodies.items() if WORDS in body or json.dumps(WORDS)[1:-1] in body}


def seen_by_outlet(session: Session) -> dict[Outlet, int]:
    session.flush()
    return {outlet: len(session.scalars(visible_answers(outlet=outlet)).all()) for outlet in Outlet}


@pytest.mark.one_engine
def test_nothing_at_all_stands_beneath_what_has_no_answer(session: Session) -> None:
    text = published(session)
    session.flush()
    kept = session.get_one(Rendering, text.id)
    assert (kept.beneath, kept.beneath_open) == ("", "")
    an_answer(session, text)
    session.refresh(kept)
    assert kept.beneath == kept.beneath.strip() != ""


ENDS = (hide, withdraw, unpublish, expire, erase)


@pytest.mark.slow("ten ends, after each of which every outlet is asked")
def test_it_goes_with_its_testimonial_or_alone(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    for which, end in product(("testimonial", "answer"), ENDS):
        with subtests.test(which=which, end=end.__name__):
            text = published(session)
            answer = an_answer(session, text)
            assert read_at(app, session, text)
            end(session, answer if which == "answer" else text)
            assert seen_by_outlet(session) == dict.fromkeys(Outlet, 0)
            assert len(session.scalars(visible()).all()) == (which == "answer")
            assert read_at(app, session, text) == set()
            if which == "answer":
                text.withdraw()
            session.commit()
    assert list(differences(session)) == []


def test_it_comes_back_with_a_withdrawal_called_back_and_a_rebuild_finds_it_again(app: Flask, session: Session) -> None:
    text = published(session)
    an_answer(session, text)
    before = read_at(app, session, text)
    text.withdraw()
    assert read_at(app, session, text) == set()
    call_back(text)
    assert read_at(app, session, text) == before
    rebuild_everything(session)
    assert read_at(app, session, session.merge(text)) == before


@pytest.mark.parametrize(("of_text", "of_answer"), [*product((True, False), repeat=2)])
def test_open_outlets_give_it_where_both_authors_agreed_to_reuse(
    app: Flask, session: Session, of_text: bool, of_answer: bool
) -> None:
    text = published(session, reuse=of_text)
    answer = an_answer(session, text, reuse=of_answer)
    both = of_text and of_answer
    assert seen_by_outlet(session) == {Outlet.PAGE: 1, Outlet.SITE: 1, Outlet.OPEN: both}
    pages = read_at(app, session, text)
    assert f"/temoignages/{text.public_id}-recit-00" in pages
    assert (f"/api/v1/testimonials/{text.public_id}" in pages) is both
    assert ("/api/v1/articles/crpv/testimonials" in pages) is both
    if of_answer:
        change_consent(answer, Purpose.REUSE, gives=False)
        assert f"/api/v1/testimonials/{text.public_id}" not in read_at(app, session, text), "withdrawn, at once"


@pytest.mark.both_engines
def test_the_database_holds_an_answer_to_what_it_is_about(session: Session) -> None:
    text = readable(session)
    text.kind = TextKind.RESPONSE
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.both_engines
def test_one_answer_stands_beneath_a_testimonial(session: Session) -> None:
    text = published(session)
    first = an_answer(session, text)
    second = a_pending_answer(session, text)
    with pytest.raises(TransitionRefused):
        second.perform(Action.PUBLISH, by=by_editor(session))
    first.withdraw()
    second.perform(Action.PUBLISH, by=by_editor(session))
    with pytest.raises(TransitionRefused):
        call_back(first)
    session.flush()
    again: dict[str, Any] = dict.fromkeys(("shown_digest", "approved_digest"), first.latest.digest)
    again |= {"status": "published", "shown_number": 1, "publication_consent": True}
    with pytest.raises(IntegrityError, match=r"about_id|ix_testimonial_answered"):
        session.execute(update(Testimonial).where(Testimonial.id == first.id).values(again))


def test_an_editor_publishes_one_answer_and_is_not_offered_a_second(session: Session) -> None:
    text, editor = published(session), an_editor(session)
    first, second = (a_pending_answer(session, text, email=f"{name}@exemple.fr") for name in ("un", "deux"))
    decide(editor, first, Action.PUBLISH, revision=first.revision, note=DecisionNote())
    session.flush()
    assert (first.status, published_answer(text)) == (Status.PUBLISHED, first)
    assert Action.PUBLISH not in {each.action for each in choices(editor, second)}
    with pytest.raises(NotPermitted):
        decide(editor, second, Action.PUBLISH, revision=second.revision, note=DecisionNote())
    first.withdraw()
    session.flush()
    assert published_answer(text) is None
    assert Action.PUBLISH in {each.action for each in choices(editor, second)}
