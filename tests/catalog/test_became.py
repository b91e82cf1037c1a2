"""What became of it, for readers: on pages, in lists, filters and searches, for machines, and in the team's figures."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.catalog import facets, sync
from app.catalog.facets import Facet
from app.cli.catalog import rebuild_everything
from app.moderation.exports.columns import COLUMNS, ExportPurpose
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.private_page.capitalisation import capitalisation_sheet
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from tests.acts import a_site, amend_with, publish_amended, published, signed_in
from tests.factories import a_testimonial, a_version, by_editor, the_article, the_second_article
from tests.publication.api.client import LIST, get_json, titles, validator
from tests.publication.outlets import addresses, keyed_addresses
from tests.visitor import Visitor

ARTICLE = "/articles/crpv"
NOVEMBER = datetime(2026, 11, 10, 9, tzinfo=UTC)
SEQUEL = "Les mirabelliers sont plantés, et les gardiens viennent aux rencontres."
WORD = "mirabelliers"
LINE = "En projet, novembre 2026 → réalisé, novembre 2027"


def a_project(session: Session, number: int = 0, *, reuse: bool = True) -> Testimonial:
    testimonial = published(session, number, situation=Situation.PLANNED, reuse=reuse)
    testimonial.published_at = NOVEMBER
    session.flush()
    return testimonial


def amended(
    session: Session, testimonial: Testimonial, became: Became | None = Became.DONE, sequel: str = SEQUEL
) -> Version:
    same = {name: getattr(testimonial.latest, name) for name in ("situation", "title", "themes")}
    version = a_version(session, **same, became=became, became_on=date(2027, 11, 1), sequel=sequel)
    amend_with(testimonial, version)
    session.flush()
    return version


def updated(session: Session, testimonial: Testimonial, became: Became | None = Became.DONE) -> Testimonial:
    amended(session, testimonial, became)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    return testimonial


def path(testimonial: Testimonial) -> str:
    return f"/temoignages/{testimonial.public_id}"


def words(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())


def everywhere(app: Flask, testimonial: Testimonial, key: str) -> dict[str, str]:
    found = [f"{ARTICLE}?mots={WORD}", f"{LIST}?mots={WORD}", f"{ARTICLE}/flux.atom?situation=planned-done"]
    lists = [f"{ARTICLE}?situation=planned-done", f"{LIST}?situation=planned-done"]
    paths = [*addresses(app, testimonial), *keyed_addresses(testimonial, key), *found, *lists, "/sitemap.xml"]
    paths.remove("/api/v1/openapi.json")  # its examples are of nobody
    return {each: app.test_client().get(each, follow_redirects=True).get_data(as_text=True) for each in paths}


def test_its_page_and_its_card_say_what_became_of_it_and_when(visitor: Visitor, session: Session) -> None:
    testimonial = updated(session, a_project(session))
    session.commit()
    page = visitor.get(path(testimonial)).page
    assert LINE in words(page.select(".sheet .facts")[0])
    sections = [each.get_text() for each in page.select("main h2.sheet__question")]
    assert sections[-1] == "Ce que c’est devenu", "after the account it follows"
    assert SEQUEL in page.get_text()
    card = visitor.get(f"{ARTICLE}?region=53").page.select("#retours .card")[0]
    assert "en projet, novembre 2026 → réalisé, novembre 2027" in words(card)


@pytest.mark.parametrize(
    ("became", "told"),
    [
        (Became.DONE, "réalisé"),
        (Became.OTHERWISE, "réalisé autrement"),
        (Became.NOT_YET, "pas encore réalisé"),
        (Became.NOT_DONE, "non réalisé"),
    ],
)
def test_a_line_names_what_the_author_chose(session: Session, became: Became, told: str) -> None:
    testimonial = updated(session, a_project(session), became)
    assert testimonial.latest.situation_line == f"En projet, novembre 2026 → {told}, novembre 2027"


@pytest.mark.changes_content
def test_what_a_project_became_agrees_with_the_project_whatever_the_call_names_it(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    article = the_second_article(session)
    untitled: dict[str, Any] = {"situation": Situation.PLANNED, "title": "", "article": article}
    testimonial = published(session, **untitled)
    testimonial.published_at = NOVEMBER
    version = testimonial.latest.edited(became=Became.DONE, became_on=date(2027, 11, 1))
    publish_amended(session, testimonial, version)
    session.commit()
    line = "Idée à deux, novembre 2026 → projet réalisé, novembre 2027"
    assert testimonial.latest.situation_line == line
    page = visitor.get(path(testimonial)).page
    assert words(page.select("h1")[0]) == "CLSM de Ville-Exemple, projet réalisé"
    assert line in words(page.select(".sheet .facts")[0])
    choices = get_json(app, "/api/v1/articles/ateliers-sante-ville")["choices"]["situation"]
    assert [each["label"] for each in choices] == ["Idée à deux", "Idée à deux → projet réalisé"]


def test_a_project_without_a_title_is_named_everywhere_by_what_it_became(app: Flask, session: Session) -> None:
    testimonial = published(session, situation=Situation.PLANNED, title="", reuse=True)
    withheld = published(session, 1, situation=Situation.PLANNED, title="", reuse=False)
    for each in (testimonial, withheld):
        updated(session, each)
    session.commit()
    key = a_site(session).key
    session.commit()
    for where, answer in everywhere(app, testimonial, key).items():
        assert "Ville-Exemple, en projet" not in answer, where
        assert "Bretagne, en projet" not in answer, where
    assert sorted(titles(app, "situation=planned-done")) == [
        "Bretagne, projet réalisé",
        "CLSM de Ville-Exemple, projet réalisé",
    ]


def test_a_line_has_no_first_month_where_none_is_before_the_second(session: Session) -> None:
    """A text taken down and published again later, and a draft that its author looks at."""
    testimonial = updated(session, a_project(session))
    testimonial.published_at = datetime(2027, 11, 30, 22, 59, tzinfo=UTC)
    assert testimonial.latest.situation_line == "En projet, novembre 2027 → réalisé, novembre 2027"
    testimonial.published_at = datetime(2027, 11, 30, 23, 1, tzinfo=UTC)  # December in Paris
    assert testimonial.latest.situation_line == "En projet → réalisé, novembre 2027"
    draft = a_version(session, situation=Situation.PLANNED, became=Became.DONE, became_on=date(2027, 11, 1))
    assert draft.situation_line == "En projet → réalisé, novembre 2027"


def test_another_situation_stays_and_its_sequel_is_read(visitor: Visitor, session: Session) -> None:
    testimonial = updated(session, published(session), None)
    session.commit()
    page = visitor.get(path(testimonial)).page
    assert "→" not in words(page.select(".sheet .facts")[0])
    assert SEQUEL in page.get_text()
    assert "Novembre 2027" in words(page.select("main article")[0])
    assert {row[0] for row in session.execute(select(Facet.situation).where(Facet.total > 0))} == {"", "regular"}


def test_nothing_of_an_update_is_read_before_it_is_published_nor_after_a_withdrawal(
    app: Flask, session: Session
) -> None:
    testimonial, key = a_project(session), a_site(session).key
    amended(session, testimonial)
    session.commit()
    for where, answer in everywhere(app, testimonial, key).items():
        searched = "mots=" in where
        assert searched or WORD not in answer, where
        assert "novembre 2027" not in answer, where
        assert "2027-11" not in answer, where
    assert get_json(app, f"{LIST}?situation=planned-done")["total"] == 0
    assert titles(app, f"mots={WORD}") == []
    assert titles(app, "situation=planned") == ["Récit 00"], "the version shown stays"

    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.commit()
    told = {where for where, answer in everywhere(app, testimonial, key).items() if "novembre 2027" in answer}
    assert {ARTICLE, LIST.removesuffix("/testimonials") + "/testimonials", "/integration/crpv"} <= told
    assert get_json(app, f"{LIST}?situation=planned-done")["total"] == 1
    assert titles(app, f"mots={WORD}") == ["Récit 00"]

    testimonial.withdraw()
    session.commit()
    for where, answer in everywhere(app, testimonial, key).items():
        assert "mots=" in where or WORD not in answer, where
        assert "novembre 2027" not in answer, where
    assert get_json(app, f"{LIST}?situation=planned-done")["total"] == 0
    assert titles(app, f"mots={WORD}") == []


def test_machines_read_it_as_the_description_says(app: Flask, session: Session) -> None:
    testimonial = updated(session, a_project(session))
    session.commit()
    (one,) = get_json(app, LIST)["testimonials"]
    validator("Testimonial").validate(one)
    assert one["situation"] == {"value": "planned", "label": "En projet"}
    assert one["situation_line"] == LINE
    assert (one["became"], one["became_on"]) == ({"value": "done", "label": "Réalisé"}, "2027-11")
    assert one["sequel"] == SEQUEL
    approved_at = testimonial.latest.approved_at
    assert approved_at is not None
    at = approved_at.isoformat(timespec="seconds")
    assert one["updated_at"] == at
    feed = BeautifulSoup(app.test_client().get(f"{ARTICLE}/flux.atom").data, "xml")
    assert [each.get_text() for each in feed.select("entry > updated")] == [at]
    assert SEQUEL in feed.select("entry > content")[0].get_text()
    page = BeautifulSoup(app.test_client().get(path(testimonial), follow_redirects=True).data, "html.parser")
    linked = json.loads(page.select('script[type="application/ld+json"]')[0].get_text())
    assert linked["dateModified"] == at


def test_open_outlets_have_the_choice_but_no_word_without_the_consent_to_reuse(app: Flask, session: Session) -> None:
    updated(session, a_project(session, reuse=False))
    session.commit()
    (one,) = get_json(app, LIST)["testimonials"]
    validator("Testimonial").validate(one)
    assert one["words_withheld"] is True
    assert (one["became"]["value"], one["situation_line"], one["sequel"]) == ("done", LINE, None)
    assert titles(app, f"mots={WORD}") == []
    assert WORD not in app.test_client().get(f"{ARTICLE}/flux.atom").get_data(as_text=True)
    assert WORD not in app.test_client().get("/integration/crpv").get_data(as_text=True)


@pytest.mark.both_engines
def test_a_project_is_found_among_projects_and_by_what_became_of_it(app: Flask, session: Session) -> None:
    for number, became in enumerate((Became.DONE, Became.NOT_DONE)):
        updated(session, a_project(session, number), became)
    a_project(session, 2)
    session.commit()
    assert set(titles(app, "situation=planned")) == {"Récit 00", "Récit 01", "Récit 02"}
    assert titles(app, "situation=planned-done") == ["Récit 00"]
    assert titles(app, "situation=planned-not_done&region=53&articulation=qualification") == ["Récit 01"]
    assert titles(app, "situation=planned-not_yet") == []
    assert titles(app, f"situation=planned-done&mots={WORD}") == ["Récit 00"]
    choices = get_json(app, "/api/v1/articles/crpv")["choices"]["situation"]
    assert [(each["value"], each["label"], each["total"]) for each in choices] == [
        ("planned", "En projet", 3),
        ("planned-done", "En projet → réalisé", 1),
        ("planned-not_done", "En projet → non réalisé", 1),
    ]
    for unknown in ("planned-flying", "regular-done", "done", "planned-"):
        assert app.test_client().get(f"{LIST}?situation={unknown}").status_code == 404, unknown


def test_each_outlet_is_narrowed_to_what_projects_became(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    """The page, the API, the feed, the element and the frame for other sites."""
    for number, each in enumerate((*Became, None)):
        testimonial = a_project(session, number)
        if each is not None:
            updated(session, testimonial, each)
    session.commit()
    for became in list(Became):
        with subtests.test(became=became):
            here, query = f"Récit {list(Became).index(became):02}", f"situation=planned-{became.value}"
            for path in (ARTICLE, LIST, f"{ARTICLE}/flux.atom", "/integration/crpv", "/integration/crpv/cadre"):
                answer = app.test_client().get(f"{path}?{query}", follow_redirects=True)
                told = {each for each in (f"Récit {number:02}" for number in range(5)) if each in told_by(answer)}
                assert told == {here}, path


def told_by(answer: TestResponse) -> str:
    """Return the words of a response; of an article, its list alone: margins are not narrowed."""
    if answer.is_json:
        return json.dumps(answer.json, ensure_ascii=False)
    text = answer.get_data(as_text=True)
    listed = None if answer.mimetype != "text/html" else BeautifulSoup(text, "html.parser").select_one("#retours")
    return words(listed) if listed is not None else text


def test_its_facets_are_rebuilt_as_they_are_and_checked(session: Session) -> None:
    updated(session, a_project(session))
    article_id = the_article(session).id
    key = (Facet.theme, Facet.situation, Facet.region, Facet.partner, Facet.total)
    stored = select(*key).where(Facet.total != 0)
    before = {tuple(row) for row in session.execute(stored)}
    assert len(before) == 2 * 12, "with the theme or without: three situations, a région or none, a partner or none"
    assert {row[1] for row in before} == {"", "planned", "planned-done"}
    assert facets.count_differences(session, article_id) == 0
    rebuild_everything(session)
    assert {tuple(row) for row in session.execute(stored)} == before
    assert list(sync.renew(session)) == []
    session.execute(text("UPDATE facet SET situation = 'planned-not_yet' WHERE situation = 'planned-done'"))
    assert facets.count_differences(session, article_id) > 0


def test_a_reader_chooses_what_became_of_projects_and_takes_the_choice_along(
    visitor: Visitor, session: Session
) -> None:
    here = updated(session, a_project(session, 1))
    a_project(session, 2)
    session.commit()
    visitor.get(ARTICLE)
    options = {each["value"]: words(each) for each in visitor.page.select("select[name=situation] option")}
    assert options["planned-done"] == "En projet → réalisé (1)"
    assert "planned-not_yet" not in options, "nobody answered so"
    visitor.get(f"{ARTICLE}?situation=planned-done")
    links = [str(each["href"]) for each in visitor.page.select("#retours .card a")]
    assert [link.partition("?")[2] for link in links] == ["situation=planned-done"]
    assert here.public_id in links[0]
    back = visitor.get(links[0]).page.select("nav[aria-label=Article] a")[0]
    assert back["href"] == f"{ARTICLE}?situation=planned-done#retours"
    assert "En projet → réalisé, 1 retour" in words(back)


def test_words_of_the_sequel_are_found_and_marked_by_readers_and_at_the_desk(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    updated(session, a_project(session))
    session.commit()
    card = visitor.get(f"{ARTICLE}?mots={WORD}").page.select("#retours .card")[0]
    assert [mark.get_text() for mark in card.select("mark")] == [WORD]
    assert "réalisé, novembre 2027" in words(card)
    editor = signed_in(Visitor(app), session)
    assert "Récit 00" in editor.get(f"/moderation?etat=published&mots={WORD}").text


def test_a_rendering_of_before_is_read_until_it_is_renewed(visitor: Visitor, session: Session) -> None:
    testimonial = a_project(session)
    session.commit()
    (document,) = session.execute(text("SELECT document FROM rendering")).one()
    lacking = {"situation_line", "became", "became_on", "sequel"}
    earlier = {name: value for name, value in json.loads(document).items() if name not in lacking}
    session.execute(text("UPDATE rendering SET document = :earlier"), {"earlier": json.dumps(earlier)})
    session.commit()
    for address in (path(testimonial), f"{ARTICLE}?mots=gardiens", "/integration/crpv/cadre"):
        assert "en projet" in words(visitor.get(address).page).lower(), address


def test_an_article_tells_its_three_situations_and_each_text_once(visitor: Visitor, session: Session) -> None:
    for number in range(5):
        updated(session, a_project(session, number), list(Became)[number % 4])
    session.commit()
    figures = visitor.get(ARTICLE).page.select('a[href^="?situation="]')
    assert [each["href"] for each in figures] == ["?situation=planned#retours"]
    assert words(figures[0]) == "5 En projet"


def test_figures_count_what_projects_became_and_nobody_s_silence(app: Flask, session: Session) -> None:
    editor, waiting = signed_in(Visitor(app), session), a_project(session, 3)
    session.commit()
    assert became_rows(editor) == [], "nothing before anyone answered"
    for number, became in enumerate((Became.DONE, Became.DONE, Became.NOT_YET)):
        updated(session, a_project(session, number), became)
    a_testimonial(session, email="autre@exemple.fr")
    session.commit()
    rows = {words(each.select("th")[0]): each for each in became_rows(editor)}
    told = {name: [words(cell) for cell in row.select("td")] for name, row in rows.items()}
    assert told == {
        "Réalisé": ["2", "2"],
        "Réalisé autrement": ["0", "0"],
        "Pas encore réalisé": ["1", "1"],
        "Non réalisé": ["0", "0"],
    }
    amended(session, waiting, Became.NOT_DONE)
    session.commit()
    assert words(became_rows(editor)[3]).startswith("Non réalisé 1")


def test_figures_do_not_count_an_update_that_was_not_taken(app: Flask, session: Session) -> None:
    """Readers have the text of before, and so has the team; until it is decided, what waits is what was received."""
    editor, testimonial = signed_in(Visitor(app), session), a_project(session)
    updated(session, testimonial, Became.NOT_YET)
    amended(session, testimonial, Became.DONE)
    session.commit()
    assert words(became_rows(editor)[0]).startswith("Réalisé 1")
    note = DecisionNote(message="Dites plutôt ce qui s’est fait.")
    testimonial.perform(Action.SET_ASIDE, by=by_editor(session), note=note)
    session.commit()
    done, _, not_yet, _ = became_rows(editor)
    assert words(done) == "Réalisé 0 0"
    assert words(not_yet) == "Pas encore réalisé 1 1"


def became_rows(editor: Visitor) -> list[Tag]:
    captions = editor.get("/moderation/chiffres").page.find_all("caption")
    tables = [each.parent for each in captions if words(each) == "Ce que sont devenus les projets"]
    return [row for table in tables if table is not None for row in table.select("tbody tr")]


def test_a_recueil_an_export_and_the_author_s_sheet_have_it(app: Flask, session: Session) -> None:
    testimonial = updated(session, a_project(session))
    session.commit()
    editor = signed_in(Visitor(app), session)
    editor.get("/moderation/articles/crpv/recueils/nouveau")
    editor.fill(title="Ce que nous avons appris", situation="planned-done").press("Composer ce recueil")
    editor.get(f"{editor.path}/document")
    sheet = words(editor.page.select("article.sheet")[0])
    assert LINE in sheet
    assert SEQUEL in sheet
    for purpose in (ExportPurpose.REUSE, ExportPurpose.TEAM):
        row = {column.heading: column.read(testimonial) for column in COLUMNS[purpose]}
        assert row["Situation"] == LINE
        assert row.get("Suite") == (SEQUEL if purpose is ExportPurpose.REUSE else None)
    parts = {part.words for rubric in capitalisation_sheet(testimonial).rubrics for part in rubric.parts}
    assert {LINE, SEQUEL} <= parts
