"""Product rule 1: visible = published ∧ consent in force ∧ what its author approved is what is displayed."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import Update, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalog.article_text import load_article_text
from app.catalog.filters import CollectionRequest, Filters, UnknownFilter
from app.catalog.listing import list_items
from app.catalog.visibility import Outlet, visible
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.factories import a_testimonial, the_article

pytestmark = pytest.mark.both_engines

# The rule in SQL.
LAWFUL = (
    "testimonial.status = ",
    "AND testimonial.publication_consent",
    "testimonial.hidden_until IS NULL",
    "testimonial.approved_digest = testimonial.shown_digest",
    "testimonial.shown_digest = version.digest",
    "testimonial.published_until > ",
)


def published_by_force(testimonial: Testimonial, **columns: Any) -> Update:
    return update(Testimonial).where(Testimonial.id == testimonial.id).values(_status=Status.PUBLISHED, **columns)


def test_the_database_refuses_an_unlawful_published_row(session: Session, subtests: pytest.Subtests) -> None:
    testimonial = a_testimonial(session, status=Status.PENDING)
    digest = testimonial.latest.digest
    for consent, shown, same in [case for case in product((True, False), repeat=3) if case != (True, True, True)]:
        row = published_by_force(
            testimonial,
            publication_consent=consent,
            shown_number=1 if shown else None,
            shown_digest=digest if shown else None,
            approved_digest=digest if same else "0" * 64,
        )
        with (
            subtests.test(consent=consent, shown=shown, same=same),
            pytest.raises(IntegrityError, match="lawful"),
            session.begin_nested(),
        ):
            session.execute(row)


def test_the_database_refuses_a_shown_digest_of_no_version(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PENDING)
    digests = dict.fromkeys(("shown_digest", "approved_digest"), "0" * 64)
    session.execute(published_by_force(testimonial, publication_consent=True, shown_number=1, **digests))
    with pytest.raises(IntegrityError):
        session.commit()


def test_the_database_refuses_a_shown_version_without_publication(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    with pytest.raises(IntegrityError, match="only_published"):
        session.execute(update(Testimonial).where(Testimonial.id == testimonial.id).values(_status=Status.UNPUBLISHED))


@pytest.mark.parametrize("columns", [(), (Testimonial.id,)], ids=["whole", "of columns"])
def test_the_query_states_the_whole_rule(columns: tuple[Any, ...]) -> None:
    """The CHECK makes most breaches impossible to store: so the SQL is read too."""
    statement = str(visible(*columns))
    for condition in LAWFUL:
        assert condition in statement, condition


def test_the_collection_is_filtered(session: Session) -> None:
    article = the_article(session)
    planned = a_testimonial(
        session, status=Status.PUBLISHED, situation=Situation.PLANNED, themes=[article.themes[2]], email="a@exemple.fr"
    )
    regular = a_testimonial(session, status=Status.PUBLISHED)

    session.flush()
    article_text = load_article_text(session, "crpv")
    assert article_text is not None

    def found(filters: Filters) -> set[str]:
        return {
            each.public_id
            for each in list_items(session, article_text, CollectionRequest(filters, None), 20, Outlet.OPEN).items
        }

    assert found(Filters()) == {planned.public_id, regular.public_id}
    assert found(Filters(situation=Situation.PLANNED)) == {planned.public_id}
    assert found(Filters(theme=article.themes[0].slug)) == {regular.public_id}
    assert found(Filters(region="53")) == {planned.public_id, regular.public_id}
    assert found(Filters(region="11")) == set()
    assert found(Filters(theme=article.themes[1].slug)) == {
        each.public_id for each in (planned, regular) if article.themes[1] in each.latest.themes
    }
    with pytest.raises(UnknownFilter):
        found(Filters(theme="nothing-of-the-kind"))
