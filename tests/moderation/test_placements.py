"""Placements: their order, and quotes in the author's exact words."""

from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.articles.models import Theme
from app.articles.passages import OPENING, passages
from app.audit import AuditEvent, Kind
from app.catalog import placements
from app.catalog.placements import MOST_PLACED, Place, Placement, PlacementRefused
from app.catalog.quotations import QuoteMissing
from app.catalog.rendering import Rendering
from app.cli.catalog import renewals
from app.db import db
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.erasure import erase_testimonial
from app.testimonials.testimonial import Testimonial
from tests.acts import first_place, published, readable, stored
from tests.concurrency import meanwhile
from tests.factories import a_testimonial, an_editor, another_article, by_editor, the_article
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor, words_of

ARRANGE = "/moderation/articles/crpv/en-regard"
FILLER = "Un récit assez long pour ne pas tenir dans une marge " * 6
ADVICE = "Commencez par une question que tout le monde se pose."
WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."


def placed(session: Session, **changes: Any) -> Testimonial:
    """Return a published text, placed beside the passage of the first theme; nothing is committed."""
    testimonial = published(session, **changes)
    placements.place_testimonial(session, first_place(session), testimonial, by=by_editor(session))
    session.flush()
    session.refresh(testimonial)
    return testimonial


def margin(visitor: Visitor, theme: str) -> list[str]:
    passage = visitor.page.find(id=theme)
    assert isinstance(passage, Tag)
    return [words_of(quote) for quote in passage.select(".quote")]


def test_placements_come_before_the_latest_texts(visitor: Visitor, session: Session) -> None:
    place = first_place(session)
    oldest, *_ = [published(session, number, advice=f"Conseil numéro {number}.") for number in range(4)]
    placements.place_testimonial(session, place, oldest, by=by_editor(session))
    session.commit()
    visitor.get("/articles/crpv")
    assert margin(visitor, place.passage) == ["« Conseil numéro 0. »", "« Conseil numéro 2. »", "« Conseil numéro 1. »"]
    (opening,) = visitor.page.select(".facing--opening .quote")
    assert "Conseil numéro 3." in opening.get_text()


def test_the_review_page_shows_the_quote_of_the_article(editor: Visitor, session: Session) -> None:
    place, text = first_place(session), placed(session, advice="Appelez-nous.")
    placements.choose_quote(session, place, text, WORDS, by=by_editor(session))
    session.commit()
    (quote,) = editor.get(f"/moderation/{text.public_id}").page.select(".paper--margin .quote")
    assert WORDS in words_of(quote)


@pytest.mark.changes_content
def test_the_placements_page_takes_no_statement_more_for_a_heading_more(
    app: Flask, editor: Visitor, session: Session
) -> None:
    texts = [published(session, number) for number in range(4)]
    actor, article = by_editor(session), the_article(session)
    placements.place_testimonial(session, first_place(session), texts[0], by=actor)

    def statements() -> int:
        session.commit()
        with recorded_statements(app) as recorded:
            editor.get(ARRANGE)
        return len(recorded)

    assert editor.get(ARRANGE).page.select(".arranging__passage")
    before = statements()
    article.body += "\n## Un autre\n\nDes mots.\n\n## Un de plus\n\nD’autres mots.\n"
    session.flush()
    for passage, text in zip(("passage_un-autre", "passage_un-de-plus"), texts[1:], strict=False):
        placements.place_testimonial(session, Place(article, passage), text, by=actor)
    assert statements() == before
    assert len(editor.page.select(".arranging__passage .placed__quote")) == 3


def test_placements_are_raised_and_removed(session: Session) -> None:
    place, actor = first_place(session), by_editor(session)
    a, b, c = (published(session, number) for number in range(3))
    for each in (a, b, c):
        placements.place_testimonial(session, place, each, by=actor)
        session.flush()
    placements.raise_placement(session, place, c, by=actor)
    session.flush()
    placements.raise_placement(session, place, a, by=actor)
    session.flush()
    assert [each.testimonial_id for each in placements.locked_placements(session, place)] == [a.id, c.id, b.id]
    placements.raise_placement(session, place, c, by=actor)
    placements.remove_placement(session, place, a, by=actor)
    session.flush()
    assert [each.testimonial_id for each in placements.locked_placements(session, place)] == [c.id, b.id]
    assert [event.kind for event in c.events].count(Kind.PLACED) == 3


def test_articles_that_share_a_theme_slug_have_separate_placements(session: Session) -> None:
    place, testimonial = first_place(session), published(session)
    same = Theme(slug=place.passage, label="Ailleurs", choice="Ailleurs", position=0)
    elsewhere = Place(another_article(session, same), place.passage)
    placements.place_testimonial(session, place, testimonial, by=by_editor(session))
    session.flush()
    assert [each.testimonial_id for each in placements.locked_placements(session, place)] == [testimonial.id]
    assert placements.locked_placements(session, elsewhere) == []
    with pytest.raises(PlacementRefused):
        placements.place_testimonial(session, elsewhere, testimonial, by=by_editor(session))


def test_an_invalid_placement_is_refused(session: Session) -> None:
    place, actor = first_place(session), by_editor(session)
    with pytest.raises(PlacementRefused):
        placements.place_testimonial(session, place, a_testimonial(session), by=actor)
    for passage in ("passage_partie", "autre"):
        with pytest.raises(PlacementRefused):
            placements.place_testimonial(session, Place(place.article, passage), published(session), by=actor)
    for number in range(MOST_PLACED):
        placements.place_testimonial(session, place, published(session, number), by=actor)
        session.flush()
    with pytest.raises(PlacementRefused):
        placements.place_testimonial(session, place, published(session, 9), by=actor)
    with pytest.raises(PlacementRefused):
        placements.choose_quote(session, place, published(session, 10), "", by=actor)


@pytest.mark.parametrize("passage", ["", "first"], ids=["opening", "margin"])
def test_a_quote_is_whole_sentences_of_the_published_version(session: Session, passage: str) -> None:
    """The cut that said the contrary of its author: « plus personne ne » left out."""
    account = "Plus personne ne savait dire ce qu’il en avait retenu. On a recommencé.\n\nPuis tout le monde. " + FILLER
    text, by = published(session, account=account, advice="Osez."), by_editor(session)
    place = first_place(session) if passage else Place(the_article(session), OPENING)
    placements.place_testimonial(session, place, text, by=by)
    whole = "Plus personne ne savait dire ce qu’il en avait retenu."
    for words in (
        *(whole[17:-1], whole[17:], "On a recommencé", "ON A RECOMMENCÉ.", f"On a recommencé. {whole}"),
        *("Plus personne ne […] On a recommencé.", "On a recommencé. […] Puis tout le monde."),
        *("Puis tout le monde. Osez.", "Coordinatrice", FILLER.strip()),
    ):
        with pytest.raises(QuoteMissing):
            placements.choose_quote(session, place, text, words, by=by)
    for words in (whole, f"{whole} On a recommencé.", f"{whole} […] Puis tout le monde.", "Osez."):
        placements.choose_quote(session, place, text, words, by=by)
        assert session.scalars(select(Placement.quote)).one() == words


def test_each_change_of_quote_is_one_audit_event(session: Session) -> None:
    place, actor, testimonial = first_place(session), by_editor(session), placed(session)
    counts = []
    for words in (WORDS, WORDS, "", ""):
        placements.choose_quote(session, place, testimonial, words, by=actor)
        counts.append([(each.kind, each.user_id) for each in testimonial.events].count((Kind.PLACED, actor.user_id)))
    assert counts == [2, 2, 3, 3], "one event is that of the placement"


def test_a_placement_is_hidden_on_withdrawal_and_deleted_on_erasure(visitor: Visitor, session: Session) -> None:
    place, testimonial = first_place(session), placed(session)
    session.commit()
    testimonial.withdraw()
    session.commit()
    assert margin(visitor.get("/articles/crpv"), place.passage) == []
    erase_testimonial(testimonial)
    session.commit()
    assert session.scalars(select(Placement)).all() == []


def test_an_editor_places_a_text_from_its_review_page(editor: Visitor, session: Session) -> None:
    place = Place(the_article(session), the_article(session).themes[1].slug)
    testimonial = readable(session, title="À mettre en valeur")
    (link,) = [a for a in editor.get(f"/moderation/{testimonial.public_id}").page.find_all("a") if "Placer" in a.text]
    assert "À placer" in editor.get(str(link["href"])).text
    act(editor, place.passage, testimonial.public_id, "place")
    assert editor.path == ARRANGE
    act(editor, place.passage, testimonial.public_id, "quote", WORDS)
    assert editor.status == 200
    assert ticked(editor) == [WORDS]
    assert margin(editor.get("/articles/crpv"), place.passage) == [f"« {WORDS} »"]
    for sentences in (["Des mots inventés."], [WORDS, ADVICE], [WORDS, WORDS[:20]]):
        act(editor.get(ARRANGE), place.passage, testimonial.public_id, "quote", *sentences)
        assert editor.status == 422
        assert "d’une même réponse" in editor.text
        assert ticked(editor) == [each for each in sentences if each in (WORDS, ADVICE)], "what was ticked stays"
    act(editor, place.passage, testimonial.public_id, "quote")
    assert margin(editor.get("/articles/crpv"), place.passage) == [f"« {ADVICE} »"]
    act(editor.get(ARRANGE), place.passage, testimonial.public_id, "remove")
    assert session.scalars(select(Placement)).all() == []


def test_what_can_be_placed_shows_its_quote_and_its_region(editor: Visitor, session: Session) -> None:
    """Titles alone do not tell who would speak beside a passage, nor from where."""
    chosen, other = (published(session, n, advice=f"Conseil numéro {n}.", attribution=Attribution.CLSM) for n in (1, 2))
    placements.place_testimonial(session, first_place(session), chosen, by=by_editor(session))
    session.commit()
    editor.get(f"{ARRANGE}?temoignage={other.public_id}")
    offered = section(editor, first_place(session).passage).select(".candidate")
    assert [words_of(each) for each in offered] == [
        (
            "Récit 02 CLSM de Ville-Exemple Bretagne · collaboration régulière · RésO Villes "
            "« Conseil numéro 2. » Placer ici : Récit 02"
        )
    ]
    (first,) = editor.page.select("section:has(> #a-placer)")
    for words in (first, section(editor, first_place(session).passage).select(".placed")[0]):
        assert "Bretagne" in words_of(words)
        assert "« Conseil numéro" in words_of(words)
    assert "Bretagne" in words_of(section(editor, "ouverture_").select(".placed")[0]), "what stands by default too"
    act(editor, first_place(session).passage, other.public_id, "place")
    assert [each.testimonial_id for each in stored(session, Placement)] == [chosen.id, other.id]


def section(editor: Visitor, place_id: str) -> Tag:
    (found,) = editor.page.select(f"#{place_id}")
    return found


def test_the_places_are_those_of_the_article_in_its_order_and_say_what_stands_there(
    editor: Visitor, session: Session
) -> None:
    article = the_article(session)
    texts = [published(session, n, themes=[article.themes[0]], advice=f"Conseil numéro {n}.") for n in range(4)]
    session.commit()
    editor.get(ARRANGE)
    assert [words_of(each) for each in editor.page.select(".arranging__passage h2")] == [
        "En ouverture de l’article",
        *(passage.heading for passage in passages(article) if passage.anchor),
    ]
    opening, theme = section(editor, "ouverture_"), section(editor, article.themes[0].slug)
    assert "D’office" in words_of(opening)
    assert "Conseil numéro 2." in words_of(opening)
    assert "D’office" in words_of(theme)
    assert "Conseil numéro 3." in words_of(theme)
    assert "Articulation · 4 retours en parlent" in words_of(theme)
    assert "À la suite, d’office : Récit 01, Récit 00, Récit 02" in words_of(theme)
    assert "cette marge reste vide" in words_of(section(editor, "passage_produire-a-plusieurs"))
    assert "aucun retour n’en parle encore" in words_of(section(editor, article.themes[1].slug))
    kept = [
        each["value"] for each in opening.select("form:has([value=place]) [name=testimonial]") if each.name == "input"
    ]
    assert kept == [texts[2].public_id], "one press makes it the editor's choice"


def test_an_editor_chooses_the_opening_quote_and_its_words(editor: Visitor, session: Session) -> None:
    """One at a time: another takes its place. What stood there by default can be kept by one press."""
    first, second = (published(session, number, advice=f"Conseil numéro {number}.") for number in range(2))
    session.commit()
    act(editor.get(ARRANGE), OPENING, first.public_id, "place")
    assert editor.path == ARRANGE
    assert "D’office" not in words_of(section(editor, "ouverture_"))
    act(editor, OPENING, first.public_id, "quote", WORDS)
    assert WORDS in words_of(editor.get("/articles/crpv").page.select(".facing--opening .quote")[0])
    act(editor.get(ARRANGE), OPENING, second.public_id, "place")
    assert "Conseil numéro 1." in words_of(editor.get("/articles/crpv").page.select(".facing--opening .quote")[0])
    assert [each.testimonial_id for each in stored(session, Placement)] == [second.id]
    act(editor.get(ARRANGE), OPENING, second.public_id, "remove")
    assert "D’office" in words_of(section(editor, "ouverture_"))
    session.rollback()
    assert [event.kind for event in second.events].count(Kind.PLACED) == 2


def test_an_opening_quote_that_is_withdrawn_gives_way_and_comes_back(editor: Visitor, session: Session) -> None:
    chosen, other = (published(session, number, advice=f"Conseil numéro {number}.") for number in range(2))
    placements.place_testimonial(session, Place(the_article(session), OPENING), chosen, by=by_editor(session))
    chosen.withdraw()
    session.commit()
    opening = section(editor.get(ARRANGE), "ouverture_")
    assert "n’est plus publié" in words_of(opening)
    assert "Conseil numéro 1." in words_of(opening)
    assert other.public_id in str(opening)
    assert "Conseil numéro 1." in words_of(editor.get("/articles/crpv").page.select(".facing--opening .quote")[0])


def test_a_heading_without_a_theme_carries_what_editors_placed_there(editor: Visitor, session: Session) -> None:
    heading, text = "passage_produire-a-plusieurs", published(session, themes=[the_article(session).themes[1]])
    session.commit()
    assert margin(editor.get("/articles/crpv"), heading) == []
    act(editor.get(ARRANGE), heading, text.public_id, "place")
    act(editor, heading, text.public_id, "quote", WORDS)
    assert WORDS in words_of(editor.get("/articles/crpv").page.select(f"#{heading} .quote")[0])
    opening = editor.page.select(".facing--opening .quote")
    assert opening == [], "nobody else can open the article, and it is quoted once"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"act": "place", "testimonial": "0" * 20}, 422),
        ({"act": "place"}, 422),
        ({"act": "fly"}, 422),
        ({"act": "raise"}, 409),
        ({"act": "place", "passage": "rien"}, 404),
        ({"act": "place", "passage": "autre"}, 404),
        ({"act": "quote", "sentence": "a" * 300}, 422),
    ],
)
def test_an_invalid_act_changes_nothing(editor: Visitor, session: Session, fields: dict[str, str], status: int) -> None:
    testimonial = readable(session)
    valid = {"passage": first_place(session).passage, "testimonial": testimonial.public_id}
    if fields == {"act": "place"}:
        valid.pop("testimonial")
    token = editor.get(ARRANGE).csrf_token
    editor.post(ARRANGE, list((valid | fields | {"csrf_token": token}).items()))
    assert editor.status == status
    assert session.scalars(select(Placement)).all() == []


@pytest.mark.both_engines
def test_words_that_a_colleague_is_masking_are_not_quoted(editor: Visitor, session: Session) -> None:
    place, testimonial = first_place(session), placed(session)
    session.commit()
    fields = place.passage, testimonial.public_id, "quote"

    def mask() -> None:
        own = db.session()
        locked = own.scalars(select(Testimonial).with_for_update()).one()
        masked = locked.latest.edited(account=locked.latest.account.replace("ce qui inquiète", "[passage masqué]"))
        note = DecisionNote(message="Des mots masqués.")
        save_edit(an_editor(own), locked, masked, EditKind.CORRECTION, revision=locked.revision, note=note)
        own.flush()

    editor.get(ARRANGE)
    meanwhile(session, mask, lambda: act(editor, *fields, WORDS))
    assert editor.status == 422
    assert "d’une même réponse" in editor.text
    assert session.scalars(select(Placement.quote)).all() == [""]


@pytest.mark.both_engines
@pytest.mark.parametrize(("before", "other", "status"), [(0, 0, 200), (MOST_PLACED - 1, MOST_PLACED, 409)])
def test_concurrent_placements_are_stored_once_and_within_the_limit(
    editor: Visitor, session: Session, before: int, other: int, status: int
) -> None:
    """A second click has no effect; a placement beyond the limit is refused."""
    place, actor = first_place(session), by_editor(session)
    texts = [published(session, number) for number in range(MOST_PLACED + 1)]
    for each in texts[:before]:
        placements.place_testimonial(session, place, each, by=actor)
        session.flush()
    session.commit()
    first, fields = texts[before].id, (place.passage, texts[other].public_id, "place")

    def place_first() -> None:
        own = db.session()
        placements.place_testimonial(own, first_place(own), own.get_one(Testimonial, first), by=actor)
        own.flush()

    editor.get(ARRANGE)
    meanwhile(session, place_first, lambda: act(editor, *fields))
    assert editor.status == status
    assert set(session.scalars(select(Placement.testimonial_id))) == {each.id for each in texts[: before + 1]}


def act(editor: Visitor, passage: str, public_id: str, name: str, *sentences: str) -> Visitor:
    fields = {"csrf_token": editor.csrf_token, "passage": passage, "testimonial": public_id, "act": name}
    return editor.post(ARRANGE, [*fields.items(), *(("sentence", each) for each in sentences)])


def ticked(editor: Visitor) -> list[str]:
    return [str(each["value"]) for each in editor.page.select("input[name=sentence][checked]")]


def test_two_sentences_that_do_not_follow_are_quoted_with_a_mark_between(editor: Visitor, session: Session) -> None:
    """Whatever the order in which they are ticked; what is too long to quote is not offered."""
    text = placed(session, account=f"Un. Deux. Trois. {FILLER}", advice="Quatre.")
    session.commit()
    editor.get(ARRANGE)
    offered = [str(each["value"]) for each in editor.page.select("input[name=sentence]")]
    assert offered == ["Un.", "Deux.", "Trois.", "Quatre."]
    act(editor, first_place(session).passage, text.public_id, "quote", "Trois.", "Un.")
    assert ticked(editor) == ["Un.", "Trois."]
    assert margin(editor.get("/articles/crpv"), first_place(session).passage) == ["« Un. […] Trois. »"]


def test_a_quote_of_an_earlier_release_gives_way_at_the_upgrade_and_editors_see_which(
    editor: Visitor, session: Session
) -> None:
    cut, kept = placed(session, email="a@exemple.fr"), placed(session, email="b@exemple.fr")
    number, page = cut.id, f"/moderation/{cut.public_id}"
    session.execute(update(Placement).where(Placement.testimonial_id == cut.id).values(quote=WORDS[:30]))
    session.execute(update(Placement).where(Placement.testimonial_id == kept.id).values(quote=WORDS))
    session.execute(update(Rendering).values(edition="of before"))
    session.commit()
    for _ in renewals(session):
        pass
    assert [each.quote for each in stored(session, Placement)] == ["", WORDS]
    assert [each.testimonial_id for each in stored(session, AuditEvent) if each.kind is Kind.QUOTE_GAVE_WAY] == [number]
    notes = [words_of(each) for each in editor.get(ARRANGE).page.select(".arranging__chosen .placed")]
    assert ["ont laissé place à ceux d’office" in each for each in notes] == [True, False]
    assert "n’étaient pas, ou plus, des phrases entières" in editor.get(page).text
