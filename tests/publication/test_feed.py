"""The Atom feed of an article: valid, equal to its page, dated by its changes."""

from datetime import datetime, timedelta
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Action
from app.testimonials.situation import Situation
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, published, readable
from tests.crowd import multiply
from tests.factories import by_editor, the_article
from tests.page_cache.workers import page_statements
from tests.visitor import Visitor

FEED = "/articles/crpv/flux.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def feed(app: Flask, path: str = FEED) -> Element:
    """Return the feed, checked against RFC 4287."""
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(answer.data)  # noqa: S314  # our own
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
        assert element.findall(f"{ATOM}author"), "an author is required"
        assert datetime.fromisoformat(text_of(element, "updated")).tzinfo is not None
        links = {(each.get("rel"), each.get("type"), each.get("hreflang")) for each in element.findall(f"{ATOM}link")}
        assert len(links) == len(element.findall(f"{ATOM}link"))
        assert ("alternate", "text/html", None) in links
    assert link(root, "self") == f"http://localhost{path}"
    return root


def text_of(element: Element, name: str) -> str:
    (child,) = element.findall(ATOM + name)
    return child.text or ""


def link(element: Element, relation: str) -> str | None:
    return next((each.get("href") for each in element.findall(f"{ATOM}link") if each.get("rel") == relation), None)


def entries(root: Element) -> list[Element]:
    return root.findall(f"{ATOM}entry")


def test_an_entry_is_updated_when_its_author_changes_their_mind_on_reuse(app: Flask, session: Session) -> None:
    """A program that follows the feed keeps an entry's words until its date moves."""
    testimonial = readable(session)
    answers = (ConsentDecision.WITHDRAWN, ConsentDecision.GIVEN, ConsentDecision.GIVEN)
    dates, given = [], []
    for hours, answer in enumerate(answers, 1):
        testimonial.answer(Purpose.REUSE, answer, Channel.PRIVATE_PAGE)
        testimonial.consents[-1].at += timedelta(hours=hours)
        session.commit()
        root = ElementTree.fromstring(app.test_client().get(FEED).data)  # noqa: S314  # our own
        dates.append(testimonial.consents[-1].at.isoformat(timespec="seconds"))
        given.append((text_of(entries(root)[0], "updated"), text_of(root, "updated")))
    assert given == [(dates[0],) * 2, (dates[1],) * 2, (dates[1],) * 2], "the same answer again changes nothing"


def test_each_filter_has_its_own_feed(app: Flask, session: Session) -> None:
    readable(session)
    queries = ("", "?region=53", "?articulation=qualification&situation=regular&region=53", "?mots=gardiens")
    feeds = [feed(app, FEED + query) for query in queries]
    assert [text_of(each, "id") for each in feeds] == [f"http://localhost/articles/crpv{query}" for query in queries]
    assert len({text_of(each, "title") for each in feeds}) == 4
    assert text_of(feeds[1], "title").endswith("(Bretagne)")
    assert text_of(feeds[3], "title").endswith("(« gardiens »)")


def test_an_entry_is_a_testimonial_as_its_page_shows_it(app: Flask, session: Session, visitor: Visitor) -> None:
    testimonial = readable(session, title="« Trois » & <b>", account="Un & deux.\n\n<script>" + "a" * 200)
    (entry,) = entries(feed(app))
    assert testimonial.published_at is not None
    at = testimonial.published_at.isoformat(timespec="seconds")
    assert text_of(entry, "title") == "« Trois » & <b>"
    assert text_of(entry, "id") == f"http://localhost/temoignages/{testimonial.public_id}"
    assert (text_of(entry, "published"), text_of(entry, "updated")) == (at, at)
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Coordinatrice, CLSM de Ville-Exemple"
    assert [each.get("term") for each in entry.findall(f"{ATOM}category")] == ["qualification"]
    (content,) = entry.findall(f"{ATOM}content")
    assert content.get("type") == "html"
    html = BeautifulSoup(content.text or "", "html.parser")
    elements = {each.name for each in html.find_all(True)}
    assert elements == {"figure", "figcaption", "blockquote", "span", "h2", "div", "p"}
    assert "<script>" in html.get_text()
    page = visitor.get((link(entry, "alternate") or "").removeprefix("http://localhost"))
    assert page.status == 200
    assert (content.text or "") in app.test_client().get(page.path).get_data(as_text=True)


def test_a_feed_without_testimonials_is_valid(app: Flask) -> None:
    root = feed(app)
    assert entries(root) == []
    assert text_of(root, "updated").startswith("2026-11-24T00:00:00+01:00")


def test_a_changed_entry_is_dated_and_keeps_its_id(app: Flask, session: Session) -> None:
    testimonial = published(session)
    assert testimonial.published_at is not None
    testimonial.published_at -= timedelta(days=1)
    session.commit()
    before = entries(feed(app))[0]
    amend_text(testimonial, title="Un titre nouveau")
    session.commit()
    assert ElementTree.tostring(entries(feed(app))[0]) == ElementTree.tostring(before)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.commit()
    root = feed(app)
    (after,) = entries(root)
    assert text_of(after, "title") == "Un titre nouveau"
    assert text_of(after, "id") == text_of(before, "id")
    assert text_of(after, "published") == text_of(before, "published")
    approved = testimonial.latest.approved_at
    assert approved is not None
    assert text_of(after, "updated") == text_of(root, "updated") == approved.isoformat(timespec="seconds")


def test_a_refused_write_has_cors_headers(app: Flask) -> None:
    answer = app.test_client().post("/articles/crpv/flux.atom")
    assert answer.status_code == 405
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert "Access-Control-Allow-Origin" not in app.test_client().post("/articles/crpv").headers


def test_a_feed_has_filters_and_pages(app: Flask, session: Session) -> None:
    multiply(session, published(session), 24)
    readable(session, 30, situation=Situation.PLANNED)
    root = feed(app)
    first = [text_of(entry, "id") for entry in entries(root)]
    assert len(first) == 20
    rest = feed(app, (link(root, "next") or "").removeprefix("http://localhost"))
    assert link(rest, "next") is None
    assert link(rest, "first") == f"http://localhost{FEED}"
    assert len({*first, *(text_of(entry, "id") for entry in entries(rest))}) == 26
    narrowed = feed(app, f"{FEED}?situation=planned")
    assert [text_of(entry, "title") for entry in entries(narrowed)] == ["Récit 30"]
    assert link(narrowed, "alternate") == "http://localhost/articles/crpv?situation=planned"
    for path, code in ((f"{FEED}?region=99", 404), (f"{FEED}?x={'a' * 3000}", 414), ("/articles/x/flux.atom", 404)):
        assert app.test_client().get(path).status_code == code


def test_characters_invalid_in_xml_are_replaced(app: Flask, session: Session) -> None:
    readable(session, title="Un \ufffe signe", account="\uffff" + "a" * 200)
    assert text_of(entries(feed(app))[0], "title") == "Un \ufffd signe"


def test_the_article_links_its_feed(visitor: Visitor) -> None:
    (link,) = visitor.get("/articles/crpv").page.select("link[rel=alternate][type='application/atom+xml']")
    assert link["href"] == FEED
    assert link["title"]


def test_a_feed_costs_four_statements_at_any_size(app: Flask, session: Session) -> None:
    testimonial = published(session)
    for more in (0, 199):
        multiply(session, testimonial, more)
        with page_statements(app) as statements:
            assert app.test_client().get(FEED).status_code == 200
        assert len(statements) <= 4, statements


def test_a_feed_has_the_current_labels_of_themes(app: Flask, session: Session) -> None:
    theme = the_article(session).themes[0]
    readable(session, themes=[theme])
    (category,) = entries(feed(app))[0].findall(f"{ATOM}category")
    assert category.get("label") == theme.label
