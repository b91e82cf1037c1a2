"""The opening of a call: by hand, or on two days."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Article
from app.articles.source import SourceRefused
from app.audit import SYSTEM, Kind
from app.db import now
from app.french import PARIS, day
from app.testimonials.draft import save_draft
from app.testimonials.lifecycle import Status
from tests.acts import committed
from tests.administration.articles.desk import CALL, article_events
from tests.factories import AUTHOR, a_testimonial, another_article, the_article
from tests.page_cache.workers import Worker
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content


def test_a_closed_article_says_so_and_accepts_forms_already_begun(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    draft = save_draft(
        session, the_article(session), key="k" * 36, email=AUTHOR, answers={"clsm": "CLSM de Ville-Exemple"}
    )
    committed(session, status=Status.PUBLISHED)
    token = draft.token
    begun = Visitor(app).get("/articles/crpv/temoigner")
    for worker in workers:
        for path in ("/articles/crpv", "/integration/crpv"):
            assert "/temoigner" in worker.ask(path)[2].decode()
    admin.get(CALL).fill(is_open=[]).press("Enregistrer")
    assert "contributions closes" in admin.text
    assert f"L’appel est clos depuis le {day(now())}" in admin.text
    for worker in workers:
        page = worker.ask("/articles/crpv")[2].decode()
        assert "Les contributions sont closes" in page
        assert "/temoigner" not in page
        assert "/temoigner" not in worker.ask("/integration/crpv")[2].decode()
    reader = Visitor(app).get("/articles/crpv/temoigner")
    assert reader.status == 200
    assert "ne prend plus de nouveaux retours" in reader.text
    assert f"clos depuis le {day(now())}" in reader.text
    assert not reader.page.select("main form")
    begun.press("Relire mon texte")
    assert begun.status == 422
    assert "Votre retour d’expérience" in begun.text
    assert "CLSM de Ville-Exemple" in str(reader.get(f"/brouillon/{token}").page.select("[name=clsm]")[0])
    admin.get(CALL).fill(is_open="y").press("Enregistrer")
    assert reader.get("/articles/crpv/temoigner").page.select("main form")
    assert article_events(session) == [(Kind.ARTICLE_SETTLED, "crpv")] * 2


def in_days(days: int) -> str:
    return (datetime.now(PARIS).date() + timedelta(days=days)).isoformat()


def test_a_call_opens_and_closes_by_itself_on_its_days(app: Flask, admin: Visitor, session: Session) -> None:
    """Yesterday's, today's and tomorrow's: the last day counts, and so does the first."""
    committed(session, status=Status.PUBLISHED)
    reader = Visitor(app)
    for opens, closes, is_open, words in (
        (0, 0, True, "L’appel est ouvert jusqu’au"),
        (-3, 5, True, "L’appel est ouvert jusqu’au"),
        (1, 5, False, "L’appel s’ouvre le"),
        (-3, -1, False, "L’appel a pris fin le"),
    ):
        admin.get(CALL).fill(opens_on=in_days(opens), closes_on=in_days(closes)).press("Enregistrer")
        assert admin.status == 200
        named = day(date.fromisoformat(in_days(opens if words.endswith("ouvre le") else closes)))
        assert f"{words} {named}." in admin.text
        article, form = reader.get("/articles/crpv"), Visitor(app).get("/articles/crpv/temoigner")
        assert f"{words} {named}." in article.text
        assert f"{words} {named}." in form.text
        assert bool(article.page.select("main a[href$=temoigner]")) is is_open
        assert bool(form.page.select("main form")) is is_open
        facts = app.test_client().get("/api/v1/articles/crpv").json
        assert facts is not None
        assert (facts["open"], facts["opens_on"], facts["closes_on"]) == (is_open, in_days(opens), in_days(closes))
        listed = app.test_client().get("/api/v1/articles").json
        assert listed is not None
        assert listed["articles"][0]["open"] is is_open
        assert ("/temoigner" in app.test_client().get("/integration/crpv").get_data(as_text=True)) is is_open
    assert admin.get(CALL).page.select("[name=closes_on]")[0]["value"] == in_days(-1)
    admin.fill(opens_on="", closes_on="").press("Enregistrer")
    assert reader.get("/articles/crpv/temoigner").page.select("main form")


def test_a_call_that_would_close_before_it_opens_is_refused_in_a_sentence(admin: Visitor, session: Session) -> None:
    admin.get(CALL).fill(opens_on="2026-12-10", closes_on="2026-12-09").press("Enregistrer")
    assert admin.status == 422
    assert "L’appel finirait le mercredi 9 décembre 2026, avant de s’ouvrir le jeudi 10 décembre 2026" in admin.text
    assert admin.page.select("[name=opens_on]")[0]["value"] == "2026-12-10"
    session.rollback()
    assert (the_article(session).opens_at, the_article(session).closes_at) == (None, None)
    days = date(2026, 12, 10), date(2026, 12, 9)
    with pytest.raises(SourceRefused, match="L’appel finirait"):
        editing.change_settings(the_article(session), is_public=True, is_open=True, days=days, by=SYSTEM)


@pytest.mark.parametrize(
    ("last_day", "moment"),
    [
        (date(2026, 12, 9), "2026-12-09T23:00:00+00:00"),
        (date(2027, 3, 27), "2027-03-27T23:00:00+00:00"),
        (date(2027, 3, 28), "2027-03-28T22:00:00+00:00"),  # summer time began in the night
        (date(2027, 10, 31), "2027-10-31T23:00:00+00:00"),
    ],
)
def test_a_last_day_ends_at_midnight_in_paris(session: Session, last_day: date, moment: str) -> None:
    article = the_article(session)
    editing.change_settings(article, is_public=True, is_open=True, days=(last_day, last_day), by=SYSTEM)
    session.flush()
    session.refresh(article)
    end = datetime.fromisoformat(moment)
    assert article.closes_at == end
    assert editing.opening_days(article) == (last_day, last_day)
    assert article.opening.takes_testimonials(end - timedelta(microseconds=1))
    assert not article.opening.takes_testimonials(end)
    assert article.opens_at is not None
    assert article.opening.takes_testimonials(article.opens_at)
    assert not article.opening.takes_testimonials(article.opens_at - timedelta(microseconds=1))


def test_no_page_is_cached_past_the_moment_at_which_a_call_opens_or_closes(
    session: Session, workers: tuple[Worker, Worker]
) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    other = another_article(session)
    opens, closes = now() + timedelta(hours=1), now() + timedelta(hours=2)
    other.opens_at, the_article(session).closes_at = opens, closes
    session.commit()
    workers[1].ask("/articles/crpv")
    (page,) = workers[1].cache.plain.pages.values()
    assert page.expires_at == opens.timestamp()
    other.opens_at = now() - timedelta(hours=1)
    session.commit()
    worker = workers[0]
    worker.ask("/articles/crpv")
    (page,) = worker.cache.plain.pages.values()
    assert page.expires_at == closes.timestamp()
    assert b"/temoigner" in worker.ask("/articles/crpv")[2]
    session.execute(update(Article).values(closes_at=now()))
    session.commit()
    assert b"/temoigner" not in worker.ask("/articles/crpv")[2]
