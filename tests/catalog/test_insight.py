"""What the testimonials of an article tell together, for readers: from what is visible, fresh, leading to the texts."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.territories.models import Department, Region
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import published, readable
from tests.factories import a_testimonial
from tests.visitor import Visitor

ARTICLE = "/articles/crpv"
TELLING = re.compile("Ce que raconte(?:nt les ([0-9]+) retours| un retour)")


def told(visitor: Visitor, query: str = "") -> tuple[int, dict[str, int], dict[str, int]]:
    """Return the total of the insight, its situations and its régions with their figures; zeros where there is none."""
    page = visitor.get(ARTICLE + query).page
    matches = [match for each in page.select("h2") if (match := TELLING.search(each.text))]
    if not matches:
        assert not page.select(".insight")
        return 0, {}, {}
    situations = {}
    for link in page.select(".insight p a"):
        number, label = link.text.replace("\u202f", "").split(" ", 1)
        situations[label] = int(number)
    regions = {}
    named, drawn = page.select(".insight ~ p a"), page.select(".map a")
    assert [each["href"] for each in named] == [each["href"] for each in drawn], "names in the order of the map"
    for link, shape in zip(named, drawn, strict=True):
        name, number = link.text.rsplit("\u00a0", 1)
        assert shape.select("text")[0].text == number
        regions[name] = int(number)
    return int(matches[0][1] or 1), situations, regions


def some(session: Session) -> list[Testimonial]:
    codes = ("35", "29", "22", "2A", "974")
    situations = (Situation.PAST, Situation.PAST, Situation.REGULAR, Situation.PLANNED, Situation.PLANNED)
    return [
        published(session, number, department=session.get_one(Department, code), situation=situation)
        for number, (code, situation) in enumerate(zip(codes, situations, strict=True))
    ]


def test_an_article_tells_its_situations_and_its_regions(visitor: Visitor, session: Session) -> None:
    some(session)
    a_testimonial(session)
    a_testimonial(session, publish=False)
    session.commit()
    assert told(visitor) == (
        5,
        {"A déjà collaboré": 2, "Collaboration régulière": 1, "En projet": 2},
        {"Bretagne": 3, "Corse": 1, "La Réunion": 1},
    )
    words = " ".join(visitor.page.select(".insight ~ p")[0].text.split())
    assert words == "Du nord au sud : Bretagne 3, Corse 1, La Réunion 1."
    assert list(told(visitor)[2]) == ["Bretagne", "Corse", "La Réunion"], "from north to south"
    dark = [str(each["href"]) for each in visitor.page.select(".map .dark")]
    assert dark == ["?region=53#retours"], "more than half of the most heard"
    assert str(visitor.page.select(".map > path")[0]["d"]).count("M") == 15, "the other régions, in one path"


def test_it_tells_no_departement(visitor: Visitor, session: Session) -> None:
    some(session)
    published(session, 9, department=session.get_one(Department, "59"), attribution=Attribution.REGION)
    session.commit()
    section = visitor.get(ARTICLE).page.select(".facing:has(.insight)")[0]
    regions = set(session.scalars(select(Region.name)))
    for name in set(session.scalars(select(Department.name))) - regions:
        assert not re.search(rf"\b{name}\b", section.decode().replace("Nord-", "").replace("Loire", "")), name
    assert {len(each.text) for each in section.select("text")} == {1}, "figures, no code"


def test_each_figure_leads_to_as_many_texts(visitor: Visitor, session: Session) -> None:
    some(session)
    session.commit()
    page = visitor.get(ARTICLE).page
    figures = [(str(each["href"]), each.text.strip().split(" ")[0]) for each in page.select(".insight a")]
    figures += [(str(each["href"]), each.text.split("\u00a0")[-1]) for each in page.select(".insight ~ p a")]
    assert len(figures) == 9
    for address, number in figures:
        assert address.endswith("#retours")
        listed = visitor.get(ARTICLE + address.removesuffix("#retours")).page
        assert len(listed.select(".card")) == int(number), address


def test_filters_and_pages_of_the_collection_change_nothing_of_it(visitor: Visitor, session: Session) -> None:
    texts = some(session)
    session.commit()
    whole = told(visitor)
    for query in ("?situation=planned", "?region=53", "?mots=après-midi", f"?apres={texts[2].public_id}"):
        assert told(visitor, query) == whole, query


def test_a_few_are_told_as_many_are_and_nobody_is_nothing(visitor: Visitor, session: Session) -> None:
    first, second, *others = some(session)
    for each in others:
        each.withdraw()
    session.commit()
    assert told(visitor) == (2, {"A déjà collaboré": 2}, {"Bretagne": 2})
    session.get_one(Testimonial, first.id).withdraw()
    session.commit()
    assert told(visitor) == (1, {"A déjà collaboré": 1}, {"Bretagne": 1})
    session.get_one(Testimonial, second.id).withdraw()
    session.commit()
    assert told(visitor) == (0, {}, {})


def test_it_is_true_at_the_next_request(app: Flask, visitor: Visitor, session: Session) -> None:
    texts = some(session)
    session.commit()
    assert told(visitor)[0] == 5
    assert app.test_client().get(ARTICLE).headers["ETag"]
    readable(session, 7, department=session.get_one(Department, "75"), situation=Situation.PAST)
    total, situations, regions = told(visitor)
    assert (total, situations["A déjà collaboré"], regions["Île-de-France"]) == (6, 3, 1)
    session.get_one(Testimonial, texts[0].id).withdraw()
    session.commit()
    total, situations, regions = told(visitor)
    assert (total, situations["A déjà collaboré"], regions["Bretagne"]) == (5, 2, 2)


@pytest.mark.parametrize("status", [Status.UNPUBLISHED, Status.ERASED, Status.INTERNAL])
def test_what_is_not_visible_is_not_told(visitor: Visitor, session: Session, status: Status) -> None:
    some(session)
    a_testimonial(session, status=status, department=session.get_one(Department, "59"))
    session.commit()
    assert told(visitor)[0] == 5
    assert "Hauts-de-France" not in told(visitor)[2]
