"""Figures of the desk: what is counted, for which articles and which year, and how it is drawn."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.articles.models import Theme
from app.db import now
from app.moderation.figures.counts import Counts, Delays, Tally, load_counts, years_of
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision, consent_line
from app.testimonials.decision import Decision
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.submission.submit import submit
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import committed, give, signed_in
from tests.crowd import multiply
from tests.factories import (
    a_submission,
    a_testimonial,
    a_transcript,
    an_editor,
    another_article,
    by_editor,
    the_article,
)
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor

PAGE = "/moderation/chiffres"


def counted(session: Session, year: int | None = None) -> Counts:
    session.flush()
    return load_counts(session, None, years_of(session, None), year)


def table_of(visitor: Visitor, caption: str) -> dict[str, list[str]]:
    """Return the rows of the table with a caption, by their first cell."""
    table = next(each.find_parent("table") for each in visitor.page.find_all("caption") if words(each) == caption)
    assert isinstance(table, Tag)
    rows = table.select("tbody tr")
    return {words(row.select("th")[0]): [words(each) for each in row.select("td")] for row in rows}


def words(element: Tag) -> str:
    return " ".join(re.sub("[\u00a0\u202f]", " ", element.get_text(" ")).replace("\u2011", "-").split())


@pytest.mark.both_engines
def test_texts_are_counted_by_what_they_say_and_by_where_they_stand(session: Session) -> None:
    nord = session.get_one(Department, "59")
    a_testimonial(session, status=Status.PUBLISHED, situation=Situation.PAST, department=nord)
    a_testimonial(session, status=Status.PUBLISHED, attribution=Attribution.REGION)
    a_testimonial(session, partner_known=PartnerKnown.UNKNOWN, partner=None)
    a_testimonial(session, status=Status.DECLINED)
    a_testimonial(session, status=Status.UNCONFIRMED)
    a_testimonial(session, status=Status.ERASED)
    a_transcript(session, department=nord)
    counts = counted(session)
    assert counts.total == Tally(4, 2), "neither unconfirmed nor erased, nor told and unsigned"
    assert counts.by["situation"] == {"past": Tally(1, 1), "regular": Tally(3, 1)}
    assert counts.by["department"] == {"59": Tally(1, 1), "35": Tally(3, 1)}
    assert counts.by["attribution"] == {"region": Tally(1, 1), "role": Tally(3, 1)}
    assert counts.by["partner"]["inconnu"] == Tally(1, 0)
    assert sum((each for each in counts.by["partner"].values()), Tally()) == Tally(4, 2)
    assert counts.articles == {the_article(session).id: Tally(4, 2)}
    assert {status: each.count for status, each in counts.waiting.items()} == {
        Status.UNCONFIRMED: 1,
        Status.PENDING: 1,
        Status.PROOF_SENT: 1,
        Status.PUBLISHED: 2,
        Status.DECLINED: 1,
    }
    assert counts.themes == {the_article(session).themes[0].id: 4}
    assert counts.articles == {the_article(session).id: Tally(4, 2)}


@pytest.mark.both_engines
def test_consents_are_counted_as_the_ledger_has_them(session: Session) -> None:
    """The figures read them in the queue's rows; the ledger's last line of each purpose is the oracle."""
    for number in range(8):
        text = a_testimonial(session, publish=bool(number & 1), reuse=bool(number & 2), contact=bool(number & 4))
        if number % 3 == 0:
            change_consent(text, Purpose.CONTACT, gives=not number & 4)
            change_consent(text, Purpose.REUSE, gives=not number & 2)
    a_testimonial(session, status=Status.PUBLISHED, reuse=True, contact=True).withdraw()
    a_testimonial(session, status=Status.UNPUBLISHED, reuse=True, contact=True)
    for status in (Status.UNCONFIRMED, Status.ERASED):
        a_testimonial(session, status=status, reuse=True, contact=True)
    old = a_testimonial(session)
    given_once = consent_line(
        Purpose.REUSE, ConsentDecision.GIVEN, article=the_article(session), digest="d", channel=Channel.FORM
    )
    given_once.wording_version = 1  # it did not name the open outlets
    old.record_consent(given_once)
    change_consent(old, Purpose.CONTACT, gives=True)
    counts, given = counted(session), Counter[str]()
    for text in session.scalars(select(Testimonial)):
        last = {line.purpose.value: line for line in sorted(text.consents, key=lambda line: line.id)}
        for purpose, line in last.items():
            opens = line.answer.value == "given" and (purpose != "reuse" or line.wording_version >= 2)
            given[purpose] += opens and text.status.value not in {"unconfirmed", "erased"}
    assert {purpose.value: number for purpose, number in counts.consents.items()} == {
        purpose: given[purpose] for purpose in ("publication", "reuse", "contact")
    }
    assert min(counts.consents.values()) > 2
    assert len(set(counts.consents.values())) == 3, "three numbers that no other could be taken for"


@pytest.mark.both_engines
def test_years_are_those_of_paris_and_years_without_a_text_are_zero(session: Session) -> None:
    moments = [
        datetime(2025, 12, 31, 22, 59, tzinfo=UTC),  # winter time: 23 h 59 on the 31st in Paris
        datetime(2025, 12, 31, 23, 0, tzinfo=UTC),
        datetime(2026, 6, 30, 22, 0, tzinfo=UTC),
        datetime(2023, 12, 31, 23, 0, tzinfo=UTC),
    ]
    theme = the_article(session).themes[0]
    for number, moment in enumerate(moments):
        text = a_testimonial(session, status=Status.PUBLISHED if number % 2 else Status.PENDING, themes=[theme])
        text.submitted_at = moment
    ignored = a_testimonial(session, status=Status.UNCONFIRMED)
    ignored.submitted_at = datetime(2020, 3, 1, tzinfo=UTC)
    session.flush()
    this_year = now().year
    assert years_of(session, None) == list(range(this_year, 2023, -1)), "from the first text that is counted"
    assert counted(session).years == dict.fromkeys(range(this_year, 2023, -1), Tally()) | {
        2026: Tally(2, 1),
        2025: Tally(1, 0),
        2024: Tally(1, 1),
    }
    assert counted(session).total == Tally(4, 2)
    first = counted(session, 2024)
    assert (first.total, first.themes, first.years) == (Tally(1, 1), {theme.id: 1}, {2024: Tally(1, 1)})
    assert first.by["situation"] == {"regular": Tally(1, 1)}
    assert first.consents == {Purpose.PUBLICATION: 1, Purpose.REUSE: 0, Purpose.CONTACT: 0}
    assert first.delays.count == 1, "the decisions on its texts"
    assert counted(session, 2025).delays.count == 0


@pytest.mark.both_engines
def test_delays_are_those_of_decisions_that_stand(session: Session) -> None:
    by = by_editor(session)
    quick, slow, undone = (a_testimonial(session) for _ in range(3))
    quick.perform(Action.PUBLISH, by=by)
    slow.perform(Action.DECLINE, by=by)
    undone.perform(Action.KEEP_INTERNAL, by=by)
    session.flush()
    undone.perform(Action.TAKE_BACK, by=by)
    session.flush()
    quick.perform(Action.UNPUBLISH, by=by)  # answers nobody who waits
    session.flush()
    for text, wait in ((quick, timedelta(days=1)), (slow, timedelta(days=9, hours=23)), (undone, timedelta(days=40))):
        decision = text.decisions[0]
        before = {"waiting_since_before": decision.at - wait}
        session.execute(update(Decision.__table__).where(Decision.__table__.c.id == decision.id).values(before))  # type: ignore[arg-type]  # a class's table is a table
    assert counted(session).delays.by_days == {1: 1, 9: 1}


@pytest.mark.parametrize(
    ("by_days", "median", "ninth_decile"),
    [({}, 0, 0), ({3: 1}, 3, 3), ({1: 1, 2: 1}, 1, 2), ({0: 5, 4: 4, 30: 1}, 0, 4), ({2: 8, 7: 2}, 2, 7)],
)
def test_median_and_ninth_decile_are_waits_that_occurred(
    by_days: dict[int, int], median: int, ninth_decile: int
) -> None:
    delays = Delays(by_days)
    assert (delays.median, delays.ninth_decile) == (median, ninth_decile)


def test_long_waits_are_drawn_together() -> None:
    assert Delays({0: 2, 1: 3, 2: 1, 3: 1, 4: 5, 7: 1, 15: 2, 16: 1, 30: 6, 31: 1, 90: 8}).by_length == [
        ("Le jour même", 2), ("1 jour", 3), ("2 ou 3 jours", 2), ("4 à 7 jours", 6), ("8 à 15 jours", 2),
        ("16 à 30 jours", 7), ("Plus de 30 jours", 9),
    ]  # fmt: skip


def test_the_page_tells_in_words_drawings_and_tables(editor: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED, department=session.get_one(Department, "974"))
    committed(session)
    page = editor.get(PAGE)
    assert page.status == 200
    assert "2 textes sont arrivés et 1 est publié. 1 département sur 101 a été entendu ; 1 autre a écrit" in page.text
    assert table_of(page, "Départements entendus, par région")["La Réunion"] == ["1", "1", "1 sur 1"]
    assert table_of(page, "Département par département")["35 Ille-et-Vilaine"] == ["Bretagne", "1", "0"]
    assert table_of(page, "Département par département")["01 Ain"] == ["Auvergne-Rhône-Alpes", "0", "0"]
    assert table_of(page, "Accords en vigueur")["Publication à côté de l’article"] == ["2", "2", "100 %"]
    assert table_of(page, "Par situation")["En projet"] == ["0", "0"]
    states = Counter(str(each["class"][0]) for each in page.page.select(".squares g"))
    assert states == {"squares__shown": 1, "squares__received": 1, "squares__nobody": 99}


def test_every_drawing_has_a_title_a_description_and_a_table(editor: Visitor, session: Session) -> None:
    committed(session, status=Status.PUBLISHED)
    page = editor.get(PAGE).page
    assert len({words(each) for each in page.select("section:has(svg[role=img]) h2")}) == 9
    for each in page.select("svg[role=img]"):
        named = [page.find(id=name) for name in str(each["aria-labelledby"]).split()]
        assert [element.name for element in named if element] == ["title", "desc"]
        assert all(words(element) for element in named if element)
        part = each.find_parent("section")
        assert part is not None
        assert part.select("table"), words(part.select("h2")[0])
    identifiers = [str(each["id"]) for each in page.select("[id]")]
    assert len(identifiers) == len(set(identifiers))
    assert not page.select("[style]")
    assert not page.select("main script")


@pytest.mark.changes_content
def test_an_editor_reads_the_figures_of_their_articles_alone(visitor: Visitor, session: Session) -> None:
    theme = Theme(slug="ailleurs", label="Ailleurs", choice="Ailleurs", position=0)
    other = another_article(session, theme)
    submit(session, other, a_submission(session, themes=[theme])).confirm()
    a_testimonial(session, status=Status.PUBLISHED)
    louis = an_editor(session, email="louis@ville-exemple.fr")
    give(louis, the_article(session))
    session.commit()
    everyone = signed_in(visitor, session)
    assert "2 textes sont arrivés" in everyone.get(PAGE).text
    assert table_of(everyone.get(PAGE), "Par article") == {
        other.title: ["1", "0"],
        the_article(session).title: ["1", "1"],
    }
    assert "1 texte est arrivé et 0 est publié" in everyone.get(f"{PAGE}?article=autre").text
    assert list(table_of(everyone, "Par thème")) == ["Ailleurs"]
    narrow = signed_in(visitor, session, email=louis.email)
    assert "1 texte est arrivé et 1 est publié" in narrow.get(PAGE).text
    assert "Un autre article" not in narrow.text
    assert narrow.get(f"{PAGE}?article=autre").status == 404
    assert narrow.get(f"{PAGE}?article=rien").status == 404


def test_an_article_without_a_text_says_so(editor: Visitor) -> None:
    assert "Aucun texte encore" in editor.get(PAGE).text


def test_the_page_takes_a_year_and_says_for_whom_it_is(editor: Visitor, session: Session) -> None:
    a_testimonial(session)
    earlier = a_testimonial(session, status=Status.PUBLISHED)
    earlier.submitted_at = datetime(now().year - 2, 5, 2, tzinfo=UTC)
    session.commit()
    page = editor.get(PAGE)
    assert "Ne pas diffuser : ces chiffres sont pour l’équipe." in page.text
    assert table_of(page, "Par année d’arrivée") == {
        str(now().year): ["1", "0"],
        str(now().year - 1): ["0", "0"],
        str(now().year - 2): ["1", "1"],
    }
    link = page.page.find("a", string=str(now().year - 2))
    assert isinstance(link, Tag)
    page = editor.get(str(link["href"]))
    assert f"En {now().year - 2}, 1 texte est arrivé et 1 est publié" in page.text
    assert table_of(page, "Par situation")["Collaboration régulière"] == ["1", "1"]
    assert "Ce qui attend, et qui" not in page.text, "it waits today"
    assert f"Aucun texte n’est arrivé en {now().year - 1}" in editor.get(f"{PAGE}?annee={now().year - 1}").text
    for unknown in ("2999", "hier", "1999"):
        assert "2 textes sont arrivés" in editor.get(f"{PAGE}?annee={unknown}").text


def test_the_page_runs_as_many_statements_for_one_text_as_for_many(
    app: Flask, editor: Visitor, session: Session
) -> None:
    only = committed(session, status=Status.PUBLISHED)
    editor.get(PAGE)
    numbers = []
    for copies in (0, 200):
        multiply(session, only, copies)
        with recorded_statements(app) as statements:
            assert editor.get(PAGE).status == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 12
