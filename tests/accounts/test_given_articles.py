"""Editors of some articles: every route by every article, what lists and counts leave out, who answers a contest."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.articles.addresses import rename_article
from app.articles.models import Article, Theme
from app.audit import AUTHOR
from app.db import now
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.moderation.digest.counts import waiting_by_article
from app.moderation.holds import take_hold
from app.moderation.queue.filters import QueueFilters, QueueSort
from app.moderation.queue.pages import neighbours, queue_page
from app.moderation.queue.reader import QueueReader
from app.moderation.recueils.mails import RECUEIL_READY, write_to_asker
from app.moderation.recueils.models import Recueil
from app.testimonials.lifecycle import Action, Status
from app.testimonials.objections import may_answer
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, give, list_total, signed_in, stored
from tests.factories import EDITOR, a_testimonial, an_editor, another_article, the_article
from tests.moderation.desk import read_pages
from tests.visitor import Visitor

NARROW = "louis@ville-exemple.fr"


@dataclass
class Two:
    """Two articles with a text each, pending and published; Louis edits `mine` only."""

    mine: Article
    other: Article
    my_text: Testimonial
    other_text: Testimonial
    other_published: Testimonial
    louis: User


@pytest.fixture
def two(session: Session) -> Two:
    other = another_article(session, Theme(slug="autres", label="Autre chose", choice="Autre chose", position=0))
    other.title = "Titre de l’article des autres"
    mine = the_article(session)
    louis = an_editor(session, email=NARROW)
    louis.name = "Louis Exemple"
    give(louis, mine)
    an_editor(session)
    two = Two(
        mine,
        other,
        a_testimonial(session, title="Récit du mien", email="a@exemple.fr"),
        a_testimonial(session, title="Récit des autres", article=other, email="a@exemple.fr"),
        a_testimonial(session, title="Récit publié des autres", article=other, status=Status.PUBLISHED),
        louis,
    )
    session.commit()
    return two


@pytest.mark.changes_content
def test_a_former_address_of_the_article_of_others_leads_nowhere(app: Flask, session: Session, two: Two) -> None:
    """The redirection would tell its present one."""
    rename_article(two.other, "adresse-que-d-autres-savent")
    two.other.is_public = False
    session.commit()
    for email, expected in ((NARROW, 403), (EDITOR, 301)):
        visitor = signed_in(Visitor(app), session, email=email)
        answer = visitor.client.get("/moderation/articles/autre/recueils/1")
        assert answer.status_code == expected, email
        assert ("adresse-que" in answer.headers.get("Location", "")) is (email == EDITOR)


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_lists_totals_search_and_neighbours_keep_to_the_articles_given(session: Session, two: Two) -> None:
    mine = [two.my_text]
    for number in range(3):
        mine.append(a_testimonial(session, title=f"Récit {number}", email=f"m{number}@exemple.fr"))
        a_testimonial(session, title=f"Récit autre {number}", email=f"o{number}@exemple.fr", article=two.other)
    session.commit()
    reader = QueueReader.of(two.louis, QueueFilters())
    assert queue_page(session, reader).ids == [each.id for each in mine]
    assert queue_page(session, QueueReader.of(two.louis, QueueFilters(mots="récit"))).ids == [each.id for each in mine]
    elsewhere = (QueueFilters(article="autre"), QueueFilters(articulation="autre.autres"), QueueFilters(mots="autres"))
    for filters in elsewhere:
        assert queue_page(session, QueueReader.of(two.louis, filters)).ids == [], filters
    assert list_total(session, "pending", two.louis.scope) == list_total(session, "tous", two.louis.scope) == 4
    assert list_total(session, "published", two.louis.scope) == 0
    assert list_total(session, "pending", two.louis.scope, mots="récit") == 4
    assert (list_total(session), list_total(session, "published"), list_total(session, "tous")) == (8, 1, 9)
    same_address = committed(session, title="Récit de la même", email="m0@exemple.fr", article=two.other)
    for author, theirs in ((mine[1], [mine[1].id]), (same_address, [])):
        sought = QueueFilters(etat=None, auteur=author.public_id)
        assert queue_page(session, QueueReader.of(two.louis, sought)).ids == theirs
        assert list_total(session, "tous", two.louis.scope, auteur=author.public_id) == len(theirs)
    around = neighbours(session, reader, mine[1])
    assert (around.previous, around.next) == (mine[0].public_id, mine[2].public_id)
    give(two.louis)
    assert queue_page(session, QueueReader.of(two.louis, QueueFilters())).ids == []


@pytest.mark.changes_content
@pytest.mark.parametrize("sort", [QueueSort.AGE, QueueSort.ACTIVITY])
def test_an_editor_of_several_articles_reads_them_as_one_list(session: Session, two: Two, sort: QueueSort) -> None:
    third = another_article(session, Theme(slug="tiers", label="Tiers", choice="Tiers", position=0), slug="tiers")
    for number in range(4):
        a_testimonial(session, email=f"m{number}@exemple.fr")
        a_testimonial(session, email=f"t{number}@exemple.fr", article=third)
        a_testimonial(session, email=f"o{number}@exemple.fr", article=two.other)
    give(two.louis, two.mine, third)
    session.commit()
    expected = [
        each.id
        for each in stored(session, Testimonial)
        if each.status is Status.PENDING and each.article_id != two.other.id
    ]
    if sort is QueueSort.ACTIVITY:
        expected.reverse()
    reader = QueueReader.of(two.louis, QueueFilters(tri=sort))
    assert [each for page in read_pages(session, reader, 2) for each in page] == expected
    backwards = queue_page(session, reader, backwards=True).ids
    assert backwards == expected[::-1]


@pytest.mark.changes_content
def test_several_texts_at_once_pass_over_those_of_others(app: Flask, session: Session, two: Two) -> None:
    visitor = signed_in(Visitor(app), session, email=NARROW)
    chosen = "&".join(f"texte={each.public_id}" for each in (two.my_text, two.other_text))
    visitor.get(f"/moderation/ecarter?{chosen}")
    assert "Récit du mien" in visitor.text
    visitor.post(
        "/moderation/ecarter",
        [
            *(("texte", each.public_id) for each in (two.my_text, two.other_text)),
            *(("lu", f"{each.public_id}:{each.revision}") for each in (two.my_text, two.other_text)),
            *(("raison", "indesirable"), ("csrf_token", visitor.csrf_token)),
        ],
    )
    session.rollback()
    assert two.other_text.status is Status.PENDING


@pytest.mark.changes_content
def test_another_editor_where_there_is_one_is_one_of_the_same_article(session: Session, two: Two) -> None:
    """Nadia is given the other article only: for a text of Louis's article, he is alone, and may answer himself."""
    nadia = an_editor(session)
    declined = a_testimonial(session, status=Status.DECLINED, email="c@exemple.fr", title="Refusé")
    decision = declined.decisions[-1]
    decision.user_id = two.louis.id
    declined.perform(Action.CONTEST, by=AUTHOR)
    session.flush()
    assert not may_answer(declined, two.louis.id)
    assert contests(session, two.louis) == []
    give(nadia, two.other)
    session.flush()
    assert may_answer(declined, two.louis.id)
    assert contests(session, two.louis) == [two.mine.title]
    assert contests(session, nadia) == []
    assert [each.title for each in waiting_by_article(session, nadia)] == [two.other.title]


def contests(session: Session, user: User) -> list[str]:
    waiting = waiting_by_article(session, user)
    return [each.title for each in waiting if "contestation" in " ".join(each.sentences)]


@pytest.mark.changes_content
def test_a_mention_writes_to_the_editors_of_the_article(app: Flask, session: Session, two: Two) -> None:
    visitor = signed_in(Visitor(app), session)
    for text in (two.my_text, two.other_text):
        visitor.get(f"/moderation/{text.public_id}").fill(words="@Louis, qu’en dis-tu ?").press("Ajouter la note")
    mentions = [each for each in stored(session, Email) if each.message is editor_mails.MENTION]
    assert [each.facts["review"] for each in mentions] == [two.my_text.public_id]


@pytest.mark.changes_content
def test_articles_taken_away_are_closed_at_the_next_request(app: Flask, session: Session, two: Two) -> None:
    """A page that was open, a decision about to be sent and a search kept for later all end with the article."""
    give(two.louis, two.mine, two.other)
    session.commit()
    visitor, text = signed_in(Visitor(app), session, email=NARROW), two.other_text
    visitor.get(f"/moderation/{text.public_id}?article=autre")
    session.rollback()
    give(two.louis, two.mine)
    session.commit()
    visitor.press("Garder pour l’usage interne")
    assert visitor.status == 403
    assert "Cet article est relu par d’autres" in visitor.text
    assert stored(session, Testimonial)[1].status is Status.PENDING
    assert "Récit des autres" not in visitor.get("/moderation?article=autre").text
    visitor.post("/moderation/annuler", [("texte", text.public_id), ("csrf_token", visitor.csrf_token)])
    assert "Rien à montrer ici" in visitor.text


@pytest.mark.changes_content
def test_a_claim_ends_with_the_right_to_act(app: Flask, session: Session, two: Two) -> None:
    """Colleagues would wait for somebody who can no longer decide."""
    nadia, held = signed_in(Visitor(app), session), "Louis Exemple lit"
    pages = ("/moderation", f"/moderation/{two.my_text.public_id}")
    take_hold(session, two.my_text, two.louis.id)
    for articles, disabled_at, is_held in (
        ([two.mine], None, True),
        ([two.other], None, False),
        ([two.mine], None, True),
        ([two.mine], now(), False),
    ):
        give(two.louis, *articles)
        two.louis.disabled_at = disabled_at
        session.commit()
        for page in pages:
            assert (held in nadia.get(page).text) is is_held, (page, is_held)
        session.rollback()


@pytest.mark.changes_content
def test_a_recueil_is_announced_to_those_who_still_edit_its_article(session: Session, two: Two) -> None:
    for asker, told in ((two.louis, []), (an_editor(session), [EDITOR])):
        recueil = Recueil(article=two.other, author=asker, title="Recueil")
        recueil.ask(asker, pages=1)
        session.add(recueil)
        session.commit()
        write_to_asker(session, recueil, RECUEIL_READY, pages=1)
        session.commit()
        ready = [each for each in stored(session, Email) if each.message is RECUEIL_READY]
        assert [each.recipient for each in ready] == told
