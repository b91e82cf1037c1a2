"""Queries: which testimonials each select returns, in which order."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog import visibility
from app.db import now
from app.testimonials import queries
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, published
from tests.factories import AUTHOR, a_testimonial, by_editor

pytestmark = pytest.mark.both_engines

A_MOMENT = timedelta(seconds=1)


def one_of_each(session: Session) -> dict[Status, Testimonial]:
    return {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}


def test_the_texts_of_a_clsm_come_latest_first_by_their_latest_version(session: Session) -> None:
    first, second, third, erased = (
        a_testimonial(session, status=status, email=f"{number}@exemple.fr", clsm="CLSM d’Ailleurs")
        for number, status in enumerate((Status.PENDING, Status.DECLINED, Status.PUBLISHED, Status.ERASED))
    )
    moved = a_testimonial(session, email="moved@exemple.fr", clsm="CLSM d’Ailleurs")
    amend_text(moved, clsm="CLSM de Ville-Exemple")
    session.flush()
    assert erased.versions == []
    assert session.scalars(queries.sent_by("CLSM d’Ailleurs")).all() == [third, second, first]
    assert session.scalars(queries.sent_by("CLSM de Ville-Exemple")).all() == [moved]


def test_the_texts_of_an_address_come_latest_first(session: Session) -> None:
    first, second = (a_testimonial(session, status=status) for status in (Status.PUBLISHED, Status.PENDING))
    a_testimonial(session, email="autre@exemple.fr")
    a_testimonial(session, status=Status.ERASED)
    assert session.scalars(queries.sent_from(AUTHOR)).all() == [second, first]


def test_visible_texts_come_latest_published_first_then_latest_sent(session: Session) -> None:
    second, third, first = (published(session, number) for number in range(3))
    first.published_at = now()
    second.published_at = third.published_at = first.published_at - A_MOMENT
    session.flush()
    assert session.scalars(visibility.visible()).all() == [first, third, second]
    assert session.scalars(visibility.visible(Testimonial.id)).all() == [first.id, third.id, second.id]


def test_a_text_that_is_no_longer_published_is_gone_unless_erased(session: Session) -> None:
    texts = one_of_each(session)
    reopened = a_testimonial(session, status=Status.UNPUBLISHED, email="reopened@exemple.fr")
    reopened.perform(Action.REOPEN, by=by_editor(session))
    over, erased = published(session), a_testimonial(session, status=Status.ERASED, email="erased@exemple.fr")
    over.published_until = erased.published_until = now() - A_MOMENT
    session.flush()
    gone = {each.id for each in session.scalars(select(Testimonial)) if visibility.is_gone(session, each.public_id)}
    assert gone == {texts[Status.UNPUBLISHED].id, texts[Status.WITHDRAWN].id, reopened.id, over.id}
    assert not visibility.is_gone(session, "rien")
