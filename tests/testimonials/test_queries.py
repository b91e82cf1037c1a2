"""What is found beside a text, and in which order."""

from sqlalchemy.orm import Session

from app.testimonials import queries
from app.testimonials.lifecycle import Status
from tests.factories import AUTHOR, a_testimonial, a_version


def test_what_a_clsm_has_sent_is_found_latest_first_by_its_latest_version(session: Session) -> None:
    first, second, third, erased = (
        a_testimonial(session, status=status, email=f"{number}@exemple.fr", clsm="CLSM d’Ailleurs")
        for number, status in enumerate((Status.PENDING, Status.DECLINED, Status.PUBLISHED, Status.ERASED))
    )
    moved = a_testimonial(session, email="moved@exemple.fr", clsm="CLSM d’Ailleurs")
    elsewhere = a_version(session, clsm="CLSM de Ville-Exemple")
    moved.amend(elsewhere, {}, seen=elsewhere.compute_digest())
    session.flush()
    assert erased.versions == []
    assert session.scalars(queries.sent_by("CLSM d’Ailleurs")).all() == [third, second, first]
    assert session.scalars(queries.sent_by("CLSM de Ville-Exemple")).all() == [moved]


def test_what_was_written_from_an_address_is_found_latest_first(session: Session) -> None:
    first, second = (a_testimonial(session, status=status) for status in (Status.PUBLISHED, Status.PENDING))
    a_testimonial(session, email="autre@exemple.fr")
    a_testimonial(session, status=Status.ERASED)
    assert session.scalars(queries.written_from(AUTHOR)).all() == [second, first]
