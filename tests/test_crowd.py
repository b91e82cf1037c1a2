"""`multiply()` writes the rows that the product would have written for as many testimonials."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.cli.catalog import rebuild_everything
from app.testimonials.lifecycle import Action, Status, actions_from
from app.testimonials.testimonial import Testimonial
from tests.crowd import multiply
from tests.factories import a_testimonial, the_article

# Derived rows, which the product computes from the others; not `document`, which holds the moment of publication.
DERIVED = {
    "queue_row": "*",
    "queue_theme": "*",
    "search_desk": "rowid, words",
    "search_public": "rowid, words",
    "search_open": "rowid, words",
    "facet NATURAL JOIN (SELECT facet_id AS id, published_at, testimonial_id FROM facet_entry) AS stands": (
        "article_id, theme, situation, region, partner, total, published_at, testimonial_id"
    ),
    "rendering": "testimonial_id, edition, shown_until, slug, quote, caption, card, answers, themes",
}


def derived(session: Session) -> dict[str, list[str]]:
    return {
        table: sorted(str(row) for row in session.execute(text(f"SELECT {columns} FROM {table}")))  # noqa: S608  # the words stand above
        for table, columns in DERIVED.items()
    }


def assert_derived_rows_are_right(session: Session, number: int) -> None:
    written = derived(session)
    assert len(written["queue_row"]) == number
    rebuild_everything(session)
    assert derived(session) == written


def test_copied_rows_equal_those_the_product_writes(session: Session) -> None:
    themes = the_article(session).themes[:2]
    ones = [
        a_testimonial(session, status=each, email=f"{each}@exemple.fr", themes=themes, reuse=True) for each in Status
    ]
    copies = {each.status: multiply(session, each, 3) + multiply(session, each, 3) for each in ones}
    assert_derived_rows_are_right(session, 7 * len(Status))
    for status, several in copies.items():
        rows = session.scalars(select(Testimonial).where(Testimonial.public_id.in_(several))).all()
        assert [each.status for each in rows] == [status] * 6
        if Action.WITHDRAW in actions_from(status):
            rows[4].withdraw()
            session.flush()
            assert rows[4].status is Status.WITHDRAWN, "a copy has the whole lifecycle"


def test_several_are_copied_in_turn(session: Session) -> None:
    statuses = Status.PUBLISHED, Status.ERASED, Status.PENDING
    ones = [a_testimonial(session, status=each, email=f"{each}@exemple.fr") for each in statuses]
    copies = multiply(session, ones, 2) + multiply(session, ones, 2)
    assert_derived_rows_are_right(session, 5 * len(statuses))
    every = session.scalars(select(Testimonial).order_by(Testimonial.id)).all()
    assert [each.status for each in every] == [*statuses] * 5
    assert [each.public_id for each in every[3:]] == copies
    assert [len(each.versions) for each in every] == [1, 0, 1] * 5
