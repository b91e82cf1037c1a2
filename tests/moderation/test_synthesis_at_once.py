"""Two editors, or an editor and an author, at the same moment on a synthesis: nothing is lost, no word is orphaned."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource
from app.cli.catalog import differences
from app.db import db
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page, publish_amended, published, stored
from tests.concurrency import meanwhile, together
from tests.factories import a_version
from tests.moderation.test_placements import ticked
from tests.moderation.test_synthesis import PAGE, WORDS, act_as_read, cite, shown
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

MORE = "Osez poser la question qui fâche."


def draft_citing(editor: Visitor, session: Session, *cited: tuple[Testimonial, str]) -> Statement:
    """Write a draft with a statement that cites words of some texts; return the statement."""
    session.commit()
    act_as_read(editor.get(PAGE), "start")
    act_as_read(editor, "add", words="On se parle.")
    (statement,) = stored(session, Statement)
    for text, words in cited:
        assert cite(editor, statement, text, words).status == 200
    return statement


def withdraw(number: int) -> None:
    db.session.get_one(Testimonial, number).withdraw()
    db.session.flush()


def amend(number: int) -> None:
    """Publish a version of the author's that has other words."""
    own = db.session()
    testimonial = own.get_one(Testimonial, number)
    publish_amended(own, testimonial, a_version(own, account="Un tout autre récit. " * 12, advice=""))


def test_a_version_is_not_published_on_words_that_are_being_withdrawn(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text = published(session)
    draft_citing(pair[0], session, (text, WORDS))
    pair[0].get(PAGE)
    meanwhile(session, lambda: withdraw(text.id), lambda: act_as_read(pair[0], "publish"))
    assert pair[0].status == 409
    assert shown(session) == {}
    assert [each.number for each in stored(session, Synthesis)] == [0], "the draft is kept"


def test_a_withdrawal_and_a_publication_at_once_leave_no_word(
    app: Flask, pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text, stays = published(session, 1), published(session, 2, account="Rien de commun ici. " * 9, advice=MORE)
    draft_citing(pair[0], session, (text, WORDS), (stays, MORE))
    pair[0].get(PAGE)
    author = Visitor(app).get(private_page(text))
    together(lambda: act_as_read(pair[0], "publish"), lambda: author.press("Retirer mon texte"))
    assert (pair[0].status, author.status) == (200, 200)
    assert shown(session) == {"On se parle.": [MORE]}
    assert list(differences(session)) == []


def test_words_that_leave_while_they_are_cited_are_refused(pair: tuple[Visitor, Visitor], session: Session) -> None:
    text = published(session)
    statement = draft_citing(pair[0], session)
    pair[0].get(PAGE)
    sent = {"claim": statement.id, "testimonial": text.public_id, "sentences": [WORDS]}
    meanwhile(session, lambda: amend(text.id), lambda: act_as_read(pair[0], "cite", **sent))
    assert pair[0].status == 422
    assert "d’une même réponse d’un texte publié" in pair[0].text
    assert ticked(pair[0]) == [], "these are no longer its sentences"
    assert stored(session, SynthesisSource) == []


def test_one_cites_while_another_publishes_without_a_deadlock(pair: tuple[Visitor, Visitor], session: Session) -> None:
    """Both lock the texts in the order of their ids, the one that is to be cited included."""
    one, two = published(session, 1), published(session, 2, account="Rien de commun ici. " * 9, advice=MORE)
    statement = draft_citing(pair[0], session, (one, WORDS), (two, MORE))
    for each in pair:
        each.get(PAGE)
    first = select(Testimonial).where(Testimonial.id == one.id).with_for_update()
    meanwhile(
        session,
        lambda: db.session.execute(first),
        lambda: act_as_read(pair[0], "publish"),
        lambda: act_as_read(pair[1], "cite", claim=statement.id, testimonial=two.public_id, sentences=[MORE]),
    )
    assert {each.status for each in pair} <= {200, 409, 422}
    assert 200 in {each.status for each in pair}
    assert len(stored(session, SynthesisSource)) == 2
