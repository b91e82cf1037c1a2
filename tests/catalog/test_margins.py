"""Which words stand in which margin: held against every other arrangement of small articles."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from app.articles.passages import OPENING, Passage
from app.catalog.collection import MarginNote
from app.catalog.facing import Margins, face

LEAD = Passage(Markup(), None, OPENING, "")
HEADING = Passage(Markup(), None, "passage_titre", "Titre")
FIRST, SECOND, THIRD = (Passage(Markup(), name, name, name.upper()) for name in "abc")

Names = Mapping[str, Sequence[str]]


def note(name: str) -> MarginNote:
    """Return a note; one with a capital has an advice."""
    return MarginNote(name, "slug", "Titre", "Signature", f"Dit par {name}", Markup(), name.isupper())


def arranged(passages: Sequence[Passage], placed: Names, latest: Names) -> Margins:
    notes, candidates = ({place: list(map(note, names)) for place, names in each.items()} for each in (placed, latest))
    return face(passages, notes, candidates, {theme: len(names) for theme, names in latest.items()})


def firsts(margins: Margins) -> dict[str, str | None]:
    rows = {row.passage.anchor: row.first and row.first.public_id for row in margins.rows if row.passage.anchor}
    return {OPENING: margins.opening and margins.opening.public_id} | rows


def others(margins: Margins) -> dict[str, list[str]]:
    """Return who stands after the first of each passage; in brackets, who is not quoted there."""
    return {
        row.passage.anchor: [
            f"({other.note.public_id})" if other.is_quoted_elsewhere else other.note.public_id for other in row.others
        ]
        for row in margins.rows
        if row.passage.anchor
    }


def test_the_latest_of_its_theme_faces_a_passage_and_advice_that_faces_none_opens() -> None:
    margins = arranged([LEAD, FIRST, HEADING, SECOND], {}, {"": ["1", "2", "3", "D"], "a": ["1", "2", "D"], "b": ["3"]})
    assert firsts(margins) == {OPENING: "D", "a": "1", HEADING.anchor: None, "b": "3"}
    assert others(margins) == {"a": ["2", "(D)"], HEADING.anchor: [], "b": []}
    assert [row.total for row in margins.rows] == [0, 3, 0, 1]


def test_the_only_testimonial_opens_the_article_and_is_quoted_once() -> None:
    margins = arranged([LEAD, FIRST, SECOND], {}, {"": ["1"], "a": ["1"], "b": ["1"]})
    assert firsts(margins) == {OPENING: "1", "a": None, "b": None}
    assert others(margins) == {"a": ["(1)"], "b": ["(1)"]}


def test_an_article_without_testimonials_has_empty_margins() -> None:
    margins = arranged([LEAD, FIRST], {}, {})
    assert firsts(margins) == {OPENING: None, "a": None}
    assert others(margins) == {"a": []}


def test_editors_choices_hold_even_twice() -> None:
    placed = {OPENING: ["1"], "a": ["1", "2", "3"], HEADING.anchor: ["2"]}
    margins = arranged([LEAD, FIRST, HEADING, SECOND], placed, {"": ["1", "2", "3", "4"], "a": ["4"], "b": ["3", "4"]})
    assert firsts(margins) == {OPENING: "1", "a": "1", HEADING.anchor: "2", "b": "4"}
    assert others(margins) == {"a": ["(2)", "3", "(4)"], HEADING.anchor: [], "b": ["(3)"]}


@pytest.mark.parametrize(
    ("passages", "placed", "latest", "expected"),
    [
        ([LEAD, FIRST], {}, {"": ["1", "2", "3"], "a": ["1"]}, {OPENING: "2", "a": "1"}),
        ([FIRST, SECOND], {}, {"": ["1", "2", "3"], "a": ["1", "2"], "b": ["1"]}, {OPENING: "3", "a": "2", "b": "1"}),
        ([FIRST], {"passage_partie": ["1"]}, {"": ["1", "2"], "a": ["1"]}, {OPENING: "2", "a": "1"}),
    ],
    ids=["without advice the latest opens", "a passage gives way", "placed nowhere in the article"],
)
def test_who_stands_first(
    passages: list[Passage], placed: Names, latest: Names, expected: dict[str, str | None]
) -> None:
    assert firsts(arranged(passages, placed, latest)) == expected


def test_at_most_three_others_are_named_those_quoted_nowhere_else_first() -> None:
    latest = {"": list("123456"), "a": list("123456"), "b": list("123456")}
    margins = arranged([FIRST, SECOND], {}, latest)
    assert firsts(margins) == {OPENING: "3", "a": "1", "b": "2"}
    assert others(margins) == {"a": ["4", "5", "6"], "b": ["(1)", "(3)", "(4)"]}


PASSAGES = [LEAD, FIRST, HEADING, SECOND, THIRD]
TEXTS = "12345AB"


@st.composite
def articles(draw: st.DrawFn) -> tuple[Names, Names]:
    """Draw what editors placed, and the latest of each theme, of an article of a few testimonials."""
    texts = draw(st.lists(st.sampled_from(TEXTS), unique=True, max_size=6))
    of = st.lists(st.sampled_from(texts), unique=True, max_size=4) if texts else st.just([])
    latest = {theme: sorted(draw(of), key=texts.index) for theme in "abc"} | {"": texts}
    places = draw(st.lists(st.sampled_from([OPENING, HEADING.anchor, *"abc"]), unique=True, max_size=3))
    return {place: draw(of)[: 1 if place == OPENING else None] for place in places}, latest


def arrangements(placed: Names, latest: Names) -> Iterator[dict[str, str | None]]:
    """Yield every way to give the free places a text of theirs that editors placed nowhere, none of them twice."""
    by_editors = {name for names in placed.values() for name in names}
    free = {
        place: [*(name for name in names if name not in by_editors), None]
        for place, names in latest.items()
        if not placed.get(place)
    }
    for choice in product(*free.values()):
        chosen = [name for name in choice if name is not None]
        if len(chosen) == len(set(chosen)):
            yield dict(zip(free, choice, strict=True))


@given(articles())
def test_no_arrangement_gives_more_places_a_voice_and_nobody_is_quoted_twice(article: tuple[Names, Names]) -> None:
    placed, latest = article
    margins = arranged(PASSAGES, placed, latest)
    full = firsts(margins)
    choices = {place: names[0] for place, names in placed.items() if names}
    assert {place: full[place] for place in choices} == choices, "editors' choices hold"

    free = {place: full[place] for place in ("", "a", "b", "c") if place not in choices}
    every = list(arrangements(placed, latest))
    assert free in every
    most = max(sum(name is not None for name in each.values()) for each in every)
    assert sum(name is not None for name in free.values()) == most
    if OPENING in free and any(each[OPENING] for each in every):
        assert free[OPENING] is not None, "the opening is served first"

    quoted = [name for place, name in full.items() if name and place not in choices]
    quoted += [name for names in others(margins).values() for name in names if not name.startswith("(")]
    assert len(quoted) == len(set(quoted))
    assert not set(quoted) & set(choices.values())


@given(articles())
def test_who_is_named_only_is_quoted_elsewhere_and_every_placement_stands(article: tuple[Names, Names]) -> None:
    placed, latest = article
    margins = arranged(PASSAGES, placed, latest)
    quoted = {name for name in firsts(margins).values() if name}
    quoted |= {name for names in others(margins).values() for name in names if not name.startswith("(")}
    for place, names in others(margins).items():
        assert {name.strip("()") for name in names if name.startswith("(")} <= quoted
        stands = [firsts(margins)[place], *(name.strip("()") for name in names)]
        assert len(stands) == len(set(stands))
        assert stands[: len(placed.get(place, ()))] == list(placed.get(place, ()))
        assert len(names) <= 3
