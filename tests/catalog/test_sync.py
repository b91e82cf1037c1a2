"""The read model follows each publication: facets, their counts, and renderings."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.catalog import rendering, sync
from app.catalog.facet_counts import FacetCounts, count_facets
from app.catalog.facets import Facet, facet_entry
from app.catalog.filters import FACETS, Filters
from app.catalog.rendering import Rendering
from app.cli.catalog import rebuild_everything
from app.db import now
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown, Situation
from tests.factories import a_testimonial, the_article

pytestmark = pytest.mark.both_engines

BITS = 8


def counted(session: Session, filters: Filters | None = None) -> FacetCounts:
    unlisted = {"autre": "Un autre", "inconnu": "Non précisé"}
    return count_facets(session, the_article(session).id, filters or Filters(), {"partner": unlisted})


def choices(counts: FacetCounts, facet: str, around: Filters | None = None) -> dict[str, int]:
    position = FACETS.index(facet)
    return counts.choices(facet, sorted({key[position] for key in counts.totals} - {""}), around)


def contents(session: Session) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    key = (Facet.theme, Facet.situation, Facet.region, Facet.partner)
    entries = select(*key, facet_entry.c.testimonial_id, facet_entry.c.published_at).join_from(Facet, facet_entry)
    return (
        {tuple(row) for row in session.execute(entries)},
        {tuple(row) for row in session.execute(select(*key, Facet.total).where(Facet.total != 0))},
    )


def test_a_published_testimonial_is_in_every_facet_of_its_facts(session: Session) -> None:
    article = the_article(session)
    a_testimonial(session, status=Status.PUBLISHED, themes=article.themes[:2])
    entries, totals = contents(session)
    assert len(entries) == BITS * 3
    assert {total[-1] for total in totals} == {1}
    assert ("", "", "", "", 1) in totals
    assert (article.themes[1].slug, "regular", "53", "reso-villes", 1) in totals


def test_each_choice_counts_the_testimonials_it_would_leave(session: Session) -> None:
    article = the_article(session)
    first, second = article.themes[:2]
    a_testimonial(session, status=Status.PUBLISHED, themes=[first])
    a_testimonial(session, status=Status.PUBLISHED, themes=[first, second], situation=Situation.PAST, email="b@x.fr")
    a_testimonial(
        session,
        status=Status.PUBLISHED,
        themes=[second],
        partner=None,
        partner_known=PartnerKnown.UNKNOWN,
        email="c@x.fr",
    )
    counts = counted(session, Filters(theme=first.slug))
    assert (counts.matching, counts.total_published) == (2, 3)
    assert choices(counts, "theme") == {first.slug: 2, second.slug: 2}
    assert choices(counts, "situation") == {"regular": 1, "past": 1}
    assert choices(counts, "partner") == {"reso-villes": 2}
    assert choices(counts, "partner", Filters()) == {"reso-villes": 2, "inconnu": 1}
    assert counted(session, Filters(theme=second.slug, situation=Situation.PAST)).matching == 1
    assert counted(session, Filters(partner="inconnu", situation=Situation.PAST)).matching == 0


def test_an_expired_testimonial_is_not_counted_before_the_scheduled_job(session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    over = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr", situation=Situation.PAST)
    over.published_until = now() - timedelta(seconds=1)
    session.flush()
    counts = counted(session)
    assert counts.matching == 1
    assert choices(counts, "situation") == {"regular": 1}
    assert counted(session, Filters(situation=Situation.PAST)).matching == 0


def test_rebuilding_everything_changes_nothing(session: Session) -> None:
    article = the_article(session)
    for number, status in enumerate((Status.PUBLISHED, Status.PUBLISHED, Status.WITHDRAWN, Status.PENDING)):
        a_testimonial(session, status=status, email=f"{number}@exemple.fr", themes=article.themes[number : number + 2])
    before = contents(session)
    assert len(before[0]) == 2 * 3 * BITS
    assert rebuild_everything(session) == 4
    assert contents(session) == before
    assert list(sync.renew(session)) == []


def test_a_changed_partner_name_is_rendered_again(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    session.execute(text("UPDATE partner SET name = 'RésO tout neuf'"))
    session.expire_all()
    assert list(sync.renew(session)) == [1]
    assert "RésO tout neuf" in session.get_one(Rendering, testimonial.id).card


def test_renew_publishes_a_testimonial_missing_from_the_read_model(session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    before = contents(session)
    for table in ("rendering", "facet_entry", "facet"):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # the names are above
    session.expire_all()
    assert list(sync.renew(session)) == [1]
    assert contents(session) == before


def test_renew_deletes_the_rendering_of_a_withdrawn_testimonial(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.withdraw()
    session.flush()
    rendering.render(session, testimonial, testimonial.latest, rendering.Editions(session).of(testimonial.article))
    assert list(sync.renew(session)) == [0]
    assert session.scalars(select(Rendering)).all() == []
    assert list(sync.renew(session)) == []


def test_html_is_escaped_in_the_rendering(session: Session) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    words: dict[str, Any] = {
        "title": hostile,
        "advice": hostile,
        "author_role": hostile,
        "clsm": hostile,
        "outcome": hostile,
    }
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **words)
    rendering = session.get_one(Rendering, testimonial.id)
    for html in (rendering.card, rendering.caption, rendering.answers):
        assert "<img" not in html
    rendering.card = "<script>"  # type: ignore[assignment]  # the column refuses it
    with pytest.raises(StatementError, match="made safe"):
        session.flush()
