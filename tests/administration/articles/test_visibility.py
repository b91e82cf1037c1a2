"""An article that people have answered, taken offline and put online again."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.sites import Site
from app.audit import SYSTEM, Kind
from app.testimonials.draft import save_draft
from app.testimonials.lifecycle import Status
from tests.acts import a_site, committed, first_place, private_token
from tests.administration.articles.desk import ARTICLES, TEXT, VISIBILITY, article_events
from tests.factories import AUTHOR, a_testimonial, another_article, the_article
from tests.page_cache.workers import Worker
from tests.publication.outlets import addresses, keyed_addresses
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content


def test_the_page_before_the_act_says_what_follows(admin: Visitor, session: Session) -> None:
    for number in range(2):
        a_testimonial(session, status=Status.PUBLISHED, email=f"a{number}@exemple.fr")
    a_testimonial(session, status=Status.PENDING, email="b@exemple.fr")
    save_draft(session, the_article(session), key="k" * 36, email=AUTHOR, answers={"clsm": "CLSM"})
    site = a_site(session).name
    session.commit()
    admin.get(TEXT)
    assert admin.page.select(f"a[href='{VISIBILITY}']")
    text = admin.get(VISIBILITY).text
    for fact in (
        "Mettre l’article hors ligne ?",
        "c’est le seul en ligne",
        "2 retours publiés",
        "toutes ces adresses disent que l’article a été mis hors ligne (404)",
        site,
        "Leur lien privé s’ouvre comme avant",
        "Aucun courriel ne part",
        "1 brouillon est gardé",
        "1 texte attend d’être relu",
        "Rien n’est effacé",
    ):
        assert fact in text, fact
    session.rollback()
    assert the_article(session).is_public, "a GET changes nothing"


def test_an_answered_article_goes_offline_everywhere_and_comes_back_as_it_was(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    text = a_testimonial(session, status=Status.PUBLISHED)
    site = Site(name="Voisin", host="voisin.exemple.fr", key="0123456789abcdef" * 2)
    session.add(site)
    session.commit()
    paths = [path for path in addresses(app, text) if "crpv" in path or text.public_id in path]
    paths += [*keyed_addresses(text, site.key), f"/temoignages/{text.public_id}/signaler"]
    session.rollback()
    before = {path: worker.ask(path)[0][:3] for worker in workers for path in paths}
    assert set(before.values()) <= {"200", "301", "404"}
    admin.get(VISIBILITY).press("Mettre hors ligne")
    assert "hors ligne" in admin.text
    for worker in workers:
        for path in paths:
            status, _, body = worker.ask(path)
            assert status.startswith("404"), path
            assert re.search("n’est plus en ligne|a été mis hors ligne", body.decode()), path
            assert "n’existe pas" not in body.decode(), path
        assert text.public_id.encode() not in worker.ask("/sitemap.xml")[2]
        assert b'"articles":[]' in worker.ask("/api/v1/articles")[2]
    session.rollback()
    private = Visitor(app).get(f"/mon-temoignage/{private_token(text)}")
    assert private.status == 200
    assert "L’article n’est pas en ligne pour le moment" in private.text
    assert not private.page.select(f"a[href*='/temoignages/{text.public_id}']")
    assert "article hors ligne" in admin.get(f"/moderation/{text.public_id}").text
    assert text.status is Status.PUBLISHED
    admin.get(VISIBILITY).press("Mettre en ligne")
    for worker in workers:
        assert {path: worker.ask(path)[0][:3] for path in paths} == before
    assert article_events(session) == [(Kind.ARTICLE_SETTLED, "crpv")] * 2


def test_readers_are_told_and_led_on_and_authors_to_their_private_page(
    app: Flask, admin: Visitor, session: Session, visitor: Visitor
) -> None:
    text = a_testimonial(session, status=Status.PUBLISHED)
    waiting = a_testimonial(session, status=Status.PENDING, email="b@exemple.fr")
    editing.change_address(the_article(session), "nouvelle", by=SYSTEM)
    session.commit()
    admin.get(f"{ARTICLES}/nouvelle/mise-en-ligne").press("Mettre hors ligne")
    addresses = ("/articles/nouvelle", "/articles/crpv", f"/temoignages/{text.public_id}", "/articles/crpv/temoigner")
    for path in addresses:
        assert visitor.get(path).status == 404
        assert words_of(visitor.page.select("h1")[0]) == "Cet article n’est plus en ligne"
        links = [each["href"] for each in visitor.page.select("main a")]
        assert links == ["/articles", "/mon-temoignage/nouveau-lien"]
    problem = app.test_client().get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert (problem["status"], problem["detail"][:35]) == (404, "L’article a été mis hors ligne, et ")
    told = app.test_client().get("/oembed?url=http://localhost/articles/crpv").get_json()
    assert told["error"].startswith("L’article a été mis hors ligne")
    session.rollback()
    private = visitor.get(f"/mon-temoignage/{private_token(text)}")
    assert "garde sa place à côté de l’article jusqu’au" in private.text
    assert "mais personne ne le lit pour le moment" in private.text
    session.rollback()
    assert "Il ne pourra paraître qu’avec l’article" in visitor.get(f"/mon-temoignage/{private_token(waiting)}").text
    assert "hors ligne depuis le" in admin.get("/moderation/articles/nouvelle").text
    admin.get(f"{ARTICLES}/nouvelle/mise-en-ligne").press("Mettre en ligne")
    assert visitor.get("/articles/crpv").status == 200
    assert "depuis le" not in admin.get("/moderation/articles/nouvelle").text


def test_an_article_that_never_was_online_is_told_to_nobody(app: Flask, session: Session) -> None:
    another_article(session, slug="projet", is_public=False)
    session.commit()
    client = app.test_client()
    for path in ("", "/temoigner", "/flux.atom", "/integrer"):
        before = client.get(f"/articles/rien{path}")
        assert (before.status_code, before.text) == (404, client.get(f"/articles/projet{path}").text)
    for path in ("/api/v1/articles/{}", "/integration/{}", "/integration/{}/cadre"):
        assert client.get(path.format("projet")).text == client.get(path.format("rien")).text


def test_who_withdraws_meanwhile_does_not_come_back(app: Flask, admin: Visitor, session: Session) -> None:
    text = committed(session, status=Status.PUBLISHED)
    admin.get(VISIBILITY).press("Mettre hors ligne")
    page = Visitor(app).get(f"/mon-temoignage/{private_token(text)}")
    page.press("Retirer mon texte")
    session.rollback()
    admin.get(VISIBILITY).press("Mettre en ligne")
    assert Visitor(app).get(f"/temoignages/{text.public_id}").status == 410


def test_a_click_on_a_page_of_before_does_not_do_the_contrary(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(VISIBILITY)
    admin.get(VISIBILITY).press("Mettre hors ligne")
    colleague.press("Mettre hors ligne")
    assert colleague.status == 409
    assert "Rien n’a été fait" in colleague.text
    session.rollback()
    assert not the_article(session).is_public
    assert first_place(session).exists
