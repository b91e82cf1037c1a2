"""Figures of the desk: what is counted, for which articles, how it is drawn, and what may be printed."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import demo
from app.articles.models import Theme
from app.db import now
from app.moderation.figures.counts import Counts, Tally, load_counts
from app.moderation.figures.delays import Delays
from app.moderation.figures.months import Month, joined_name, year_to
from app.territories.models import Department, Region
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision, consent_line
from app.testimonials.decision import Decision
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.submission.submit import submit
from app.testimonials.wordings import Purpose
from config import ROOT
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

PAGE, PRINTED = "/moderation/chiffres", "/moderation/chiffres/a-imprimer"
NOVEMBER = Month(2026, 11)


def counted(session: Session, last: Month = NOVEMBER) -> Counts:
    session.flush()
    return load_counts(session, None, year_to(last))


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
    assert counts.statuses == {Status.PUBLISHED: 2, Status.PENDING: 1, Status.DECLINED: 1}
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
def test_consents_are_counted_as_they_are_in_force(session: Session) -> None:
    given, refused, withdrawn = (a_testimonial(session, reuse=number == 0, publish=number != 1) for number in range(3))
    for each in (given, withdrawn):
        change_consent(each, Purpose.CONTACT, gives=True)
    session.flush()
    change_consent(withdrawn, Purpose.CONTACT, gives=False)
    assert refused.publication_consent is False
    assert counted(session).consents == {Purpose.PUBLICATION: 2, Purpose.REUSE: 1, Purpose.CONTACT: 1}


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
def test_months_are_those_of_paris_and_months_without_a_text_are_zero(session: Session) -> None:
    moments = [
        datetime(2026, 10, 31, 22, 59, tzinfo=UTC),  # winter time: 23 h 59 on the 31st in Paris
        datetime(2026, 10, 31, 23, 0, tzinfo=UTC),
        datetime(2026, 6, 30, 22, 0, tzinfo=UTC),  # summer time: midnight of 1 July
        datetime(2025, 11, 30, 22, 59, tzinfo=UTC),  # before the twelve months
        datetime(2026, 12, 2, tzinfo=UTC),  # after them
    ]
    texts = [a_testimonial(session, status=Status.PUBLISHED) for _ in moments]
    session.flush()
    for text, moment in zip(texts, moments, strict=True):
        text.submitted_at = text.published_at = moment
    unpublished = a_testimonial(session, status=Status.UNPUBLISHED)
    unpublished.submitted_at = unpublished.published_at = datetime(2026, 2, 14, tzinfo=UTC)
    counts = counted(session)
    #                       before d  j  f  m  a  m  j  j  a  s  o  n
    assert counts.received == [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1]
    assert counts.published == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1]


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
    assert Delays({0: 2, 14: 1, 15: 3, 90: 4}).columns == [2, *[0] * 13, 1, 7]


def test_months_have_names_and_bounds() -> None:
    year = year_to(Month(2026, 2))
    assert [year[0].key, year[-1].key, len(year)] == ["2025-03", "2026-02", 12]
    assert year[1].start == datetime(2025, 3, 31, 22, tzinfo=UTC)
    assert joined_name([Month(2026, 8)]) == "août 2026"
    assert joined_name(year[:3]) == "de mars à mai 2025"
    assert joined_name(year[9:]) == "de décembre 2025 à février 2026"
    assert joined_name([Month(2026, 4), Month(2026, 6)]) == "d’avril à juin 2026"
    assert [Month.read(each) for each in ("2026-11", "2026-13", "26-1", "", "٢٠٢٦-11")] == [NOVEMBER, *[None] * 4]


def test_the_page_tells_in_words_drawings_and_tables(editor: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED, department=session.get_one(Department, "974"))
    a_testimonial(session)
    session.commit()
    page = editor.get(PAGE)
    assert page.status == 200
    assert "2 textes sont arrivés et 1 est publié. 1 département sur 101 a été entendu ; 1 autre a écrit" in page.text
    assert table_of(page, "Départements entendus, par région")["La Réunion"] == ["1", "1", "1 sur 1"]
    assert table_of(page, "Département par département")["35 Ille-et-Vilaine"] == ["Bretagne", "1", "0"]
    assert table_of(page, "Département par département")["01 Ain"] == ["Auvergne-Rhône-Alpes", "0", "0"]
    assert table_of(page, "Accords en vigueur")["Publication à côté de l’article"] == ["2", "2", "100 %"]
    assert table_of(page, "Par situation")["En projet"] == ["0", "0"]
    months = table_of(page, "Reçus et publiés, mois par mois")
    assert len(months) == 12
    assert list(months.values())[-1] == ["2", "1"]
    assert list(months.values())[:11] == [["0", "0"]] * 11, "months without a text are zero"
    states = Counter(str(each["class"][0]) for each in page.page.select(".squares g"))
    assert states == {"squares__shown": 1, "squares__received": 1, "squares__nobody": 99}


def test_every_drawing_has_a_title_a_description_and_a_table(editor: Visitor, session: Session) -> None:
    committed(session, status=Status.PUBLISHED)
    for path in (PAGE, PRINTED):
        page = editor.get(path).page
        drawings = page.select("svg[role=img]")
        parts = {words(each) for each in page.select("section:has(svg[role=img]) h2")}
        assert len(parts) == (10 if path == PAGE else 0), "one text is not printed"
        for each in drawings:
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
    for path in (PAGE, PRINTED):
        assert narrow.get(f"{path}?article=autre").status == 404
        assert narrow.get(f"{path}?article=rien").status == 404


def test_an_article_without_a_text_says_so(editor: Visitor) -> None:
    assert "Aucun texte encore" in editor.get(PAGE).text
    assert "Moins de cinq retours d’expérience sont arrivés" in editor.get(PRINTED).text


def test_twelve_months_lead_to_the_twelve_before(editor: Visitor, session: Session) -> None:
    a_testimonial(session).submitted_at = now() - timedelta(days=600)
    session.commit()
    page = editor.get(PAGE)
    link = page.page.find("a", string="Les douze mois d’avant")
    assert isinstance(link, Tag)
    earlier = editor.get(str(link["href"]).partition("#")[0])
    assert [each[0] for each in table_of(earlier, "Reçus et publiés, mois par mois").values()].count("1") == 1
    assert "Les douze derniers mois" in earlier.text
    for unknown in ("2999-01", "hier", "2026-99"):
        assert "Les douze derniers mois" not in editor.get(f"{PAGE}?jusqu_a={unknown}").text


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
    assert numbers[0] == numbers[1] <= 11


def test_nothing_printed_tells_a_departement_or_a_small_group(editor: Visitor, session: Session) -> None:
    """With the demonstration's texts, which have a group of one to four in nearly every breakdown."""
    demo.load_demo(session, ROOT / "content" / "demo" / "retours.toml")
    session.commit()
    total = counted(session).total.received // 5 * 5  # they come in by five
    page = editor.get(f"{PRINTED}?article=crpv")
    text, regions = page.text, set(session.scalars(select(Region.name)))
    for region in regions:
        text = text.replace(region, "")
    names = set(session.scalars(select(Department.name))) - regions
    assert not [name for name in names if re.search(rf"\b{name}\b", text)]
    assert not page.page.select(".squares")
    printed = [words(each) for each in page.page.select("td, .bars__figure")]
    assert len(printed) > 20
    assert not {"1", "2", "3", "4"} & set(printed)
    for caption in ("Où ils en sont", "Par situation", "Par région", "Par partenaire", "Par signature"):
        rows = table_of(page, caption)
        assert sum(int(number) for (number,) in rows.values()) == total, caption
    for caption in ("Les accords", "Par thème"):
        told = [int(number) for (number,) in table_of(page, caption).values() if number != "–"]
        assert told
        assert not [number for number in told if 0 < total - number < 5], "nor the complement"


@pytest.mark.both_engines
def test_two_pages_printed_on_two_days_never_differ_by_one_person(editor: Visitor, session: Session) -> None:
    """A text that came in between would be told whole: its région, its partner, its signature."""

    def printed(texts: int) -> str:
        for _ in range(texts):
            a_testimonial(session, department=session.get_one(Department, "2A"), attribution=Attribution.REGION)
        session.commit()
        return words(editor.get(f"{PRINTED}?article=crpv").page.select("main")[0])

    assert "Moins de cinq" in printed(4)
    a_testimonial(session, status=Status.UNCONFIRMED)
    assert "Moins de cinq" in printed(0)
    first = printed(1)
    assert "Les 5 premiers retours d’expérience reçus" in first
    assert printed(1) == printed(3) == first
    assert table_of(editor, "Par région")["Corse"] == ["5"]
    assert "Les 10 premiers retours" in printed(1)
    assert table_of(editor, "Par région")["Corse"] == ["10"]
    assert table_of(editor, "Par thème")[the_article(session).themes[0].label] == ["10"]


def test_the_screen_is_not_what_is_printed_and_leads_to_it(editor: Visitor, session: Session) -> None:
    committed(session)
    page = editor.get(PAGE)
    link = page.page.find("a", string="Imprimer ou partager")
    assert isinstance(link, Tag)
    assert link["href"] == f"{PRINTED}?article=crpv"
    assert page.page.select(".figures__screen .chart")
    assert not page.page.select(".figures > .chart"), "what print hides holds every drawing"


@pytest.mark.changes_content
def test_several_articles_are_printed_one_by_one(editor: Visitor, session: Session) -> None:
    another_article(session)
    session.commit()
    page = editor.get(PRINTED)
    assert "On imprime un article à la fois" in page.text
    assert {link["href"] for link in page.page.select("main li a")} == {
        f"{PRINTED}?article=crpv",
        f"{PRINTED}?article=autre",
    }


def test_the_desk_leads_to_the_figures(editor: Visitor) -> None:
    assert [link["href"] for link in editor.get("/moderation").page.select(".masthead__nav a")][1] == PAGE
