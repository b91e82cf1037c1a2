"""Two editors, or an editor and an author, at the same moment on a synthesis: nothing is lost, no word is orphaned."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog.synthesis.claims import load_synthesis
from app.catalog.synthesis.models import Synthesis, SynthesisClaim, SynthesisSource
from app.cli.catalog import differences
from app.db import db
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from tests.acts import amend_with, private_page, published, signed_in, stored
from tests.concurrency import together, wait_for_company
from tests.factories import EDITOR, a_version, an_editor, by_editor, the_article
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

PAGE, OTHER = "/moderation/articles/crpv/synthese", "omar@ville-exemple.fr"
WORDS, MORE = "On y parlait de ce qui inquiète", "Osez poser la question qui fâche"


@pytest.fixture
def pair(app: Flask, session: Session) -> tuple[Visitor, Visitor]:
    """Two editors, each in their own browser."""
    an_editor(session, email=OTHER).name = "Omar Exemple"
    nadia, omar = (signed_in(Visitor(app), session, email=email) for email in (EDITOR, OTHER))
    return nadia, omar


def act(editor: Visitor, name: str, **typed: object) -> Visitor:
    """Act as the page that the editor looks at says."""
    read = str(editor.page.select("main [name=read]")[0]["value"])
    fields = {"csrf_token": editor.csrf_token, "act": name, "read": read, "passage": ""} | typed
    return editor.post(PAGE, [(name, str(value)) for name, value in fields.items()])


def draft_citing(editor: Visitor, session: Session, *cited: tuple[Testimonial, str]) -> SynthesisClaim:
    """Write a draft with a claim that cites words of some texts; return the claim."""
    session.commit()
    act(editor.get(PAGE), "start")
    act(editor, "add", words="On se parle.")
    (claim,) = stored(session, SynthesisClaim)
    for _, words in cited:
        assert act(editor, "cite", claim=claim.id, quote=words).status == 200
    return claim


def meanwhile(session: Session, first: Callable[[], object], *clicks: Callable[[], object]) -> None:
    """Click while what another does, in the session of the application, is not committed yet."""
    session.rollback()
    first()
    clicking = [threading.Thread(target=each) for each in clicks]
    for number, each in enumerate(clicking, 1):
        each.start()
        wait_for_company(number)
    db.session.commit()
    for each in clicking:
        each.join(timeout=60)
    session.rollback()


def read(session: Session) -> dict[str, list[str]]:
    session.rollback()
    synthesis = load_synthesis(session, the_article(session).id)
    return {each.words: [cited.words for cited in each.sources] for each in synthesis.claims} if synthesis else {}


def withdraw(number: int) -> None:
    db.session.get_one(Testimonial, number).withdraw()
    db.session.flush()


def amend(number: int) -> None:
    """Publish a version of the author's that has other words."""
    own = db.session()
    testimonial = own.get_one(Testimonial, number)
    amend_with(testimonial, a_version(own, account="Un tout autre récit. " * 12, advice=""))
    own.flush()
    testimonial.perform(Action.PUBLISH, by=by_editor(own))
    own.flush()


def test_of_two_who_publish_at_once_one_does_and_the_other_is_told(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text = published(session)
    draft_citing(pair[0], session, (text, WORDS))
    for each in pair:
        each.get(PAGE)
    together(*(lambda each=each: act(each, "publish") for each in pair))
    assert sorted(each.status for each in pair) == [200, 422]
    refused = next(each for each in pair if each.status == 422)
    assert "Quelqu’un d’autre a changé cette synthèse" in refused.text
    assert [each.number for each in stored(session, Synthesis)] == [1]


def test_what_another_has_written_is_neither_removed_nor_taken_down_unread(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    nadia, omar = pair
    claim = draft_citing(nadia, session, (published(session), WORDS))
    omar.get(PAGE)
    act(nadia, "rewrite", claim=claim.id, words="D’autres mots.")
    assert act(omar, "remove", claim=claim.id).status == 422
    assert [each.words for each in stored(session, SynthesisClaim)] == ["D’autres mots."]
    act(nadia.get(PAGE), "publish")
    omar.get(PAGE)
    act(nadia, "start")
    act(nadia, "publish")
    assert act(omar, "take_down").status == 422
    assert read(session) == {"D’autres mots.": [WORDS]}


def test_a_version_is_not_published_on_words_that_are_being_withdrawn(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text = published(session)
    draft_citing(pair[0], session, (text, WORDS))
    pair[0].get(PAGE)
    meanwhile(session, lambda: withdraw(text.id), lambda: act(pair[0], "publish"))
    assert pair[0].status == 409
    assert read(session) == {}
    assert [each.number for each in stored(session, Synthesis)] == [0], "the draft is kept"


def test_a_withdrawal_and_a_publication_at_once_leave_no_word(
    app: Flask, pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text, stays = published(session, 1), published(session, 2, account="Rien de commun ici. " * 9, advice=MORE)
    draft_citing(pair[0], session, (text, WORDS), (stays, MORE))
    pair[0].get(PAGE)
    author = Visitor(app).get(private_page(text))
    together(lambda: act(pair[0], "publish"), lambda: author.press("Retirer mon texte"))
    assert (pair[0].status, author.status) == (200, 200)
    assert read(session) == {"On se parle.": [MORE]}
    assert list(differences(session)) == []


def test_words_that_leave_while_they_are_cited_are_refused_and_kept(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    text = published(session)
    claim = draft_citing(pair[0], session)
    pair[0].get(PAGE)
    meanwhile(session, lambda: amend(text.id), lambda: act(pair[0], "cite", claim=claim.id, quote=WORDS))
    assert pair[0].status == 422
    assert "dans aucun retour publié" in pair[0].text
    assert pair[0].page.select(f"#constat-{claim.id} textarea[name=quote]")[0].get_text().strip() == WORDS
    assert stored(session, SynthesisSource) == []


def test_one_cites_while_another_publishes_without_a_deadlock(pair: tuple[Visitor, Visitor], session: Session) -> None:
    """Both lock the texts in the order of their ids, the one that is to be cited included."""
    one, two = published(session, 1), published(session, 2, account="Rien de commun ici. " * 9, advice=MORE)
    claim = draft_citing(pair[0], session, (one, WORDS), (two, MORE))
    for each in pair:
        each.get(PAGE)
    first = select(Testimonial).where(Testimonial.id == one.id).with_for_update()
    meanwhile(
        session,
        lambda: db.session.execute(first),
        lambda: act(pair[0], "publish"),
        lambda: act(pair[1], "cite", claim=claim.id, quote="poser la question qui fâche"),
    )
    assert {each.status for each in pair} <= {200, 409, 422}
    assert 200 in {each.status for each in pair}
    assert len(stored(session, SynthesisSource)) == 2
