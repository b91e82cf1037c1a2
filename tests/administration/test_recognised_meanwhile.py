"""What authors typed, recognised or detached by an admin while a text with the same words is sent, or changed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.moderation.queue.rows import QueueRow
from app.territories.models import Partner, PartnerAlias, Referential
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from tests.accounts.signing_in import ADMIN
from tests.acts import private_page, signed_in, stored
from tests.concurrency import wait_for_company
from tests.factories import a_testimonial, the_article
from tests.testimonials.test_form import ANSWERS
from tests.visitor import Visitor

pytestmark = [pytest.mark.both_engines, pytest.mark.changes_content]

Begin = Callable[[Flask, Session, str], Callable[[], object]]

LISTS = "/administration/listes"


@contextmanager
def held_before_its_commit(act: Callable[[], object]) -> Iterator[None]:
    """Do something in a thread of its own, whose transaction is written, and committed once this is left."""
    written, may_commit = threading.Event(), threading.Event()
    acting = threading.Thread(target=act)

    @event.listens_for(Session, "before_commit")
    def hold(session: Session) -> None:
        if threading.current_thread() is acting:
            session.flush()
            written.set()
            may_commit.wait(timeout=60)

    acting.start()
    try:
        assert written.wait(timeout=60)
        yield
    finally:
        may_commit.set()
        acting.join(timeout=60)
        event.remove(Session, "before_commit", hold)


def sending(app: Flask, _session: Session, words: str) -> Callable[[], object]:
    answers = ANSWERS | {"partner": "autre", "partner_other": words, "email": "b@exemple.fr"}
    author = Visitor(app).get("/articles/crpv/temoigner").fill(**answers)
    author.press("Relire mon texte").fill(publish="no")
    return lambda: author.press("Envoyer")


def amending(app: Flask, session: Session, words: str) -> Callable[[], object]:
    text = a_testimonial(session, email="b@exemple.fr")
    page = f"{private_page(text)}/modifier"
    session.commit()
    author = (
        Visitor(app)
        .get(page)
        .fill(partner="autre", partner_other=words)
        .press("Relire mon texte")
        .fill(publish="yes", attest="y")
    )
    return lambda: author.press("Envoyer")


def test_a_text_under_way_stands_under_the_entry_that_its_words_are_given_or_not(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    chief = signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)
    # What is detached first: its entry has one button as long as nothing else is recognised in it.
    cases = product((True, False), (sending, amending), (True, False))
    for number, (is_detached, begin, is_first) in enumerate(cases):
        with subtests.test(begin=begin.__name__, is_detached=is_detached, is_first=is_first):
            meet(app, session, chief, begin, f"Le réso {number}", is_detached=is_detached, is_first=is_first)


def meet(
    app: Flask, session: Session, chief: Visitor, begin: Begin, words: str, *, is_detached: bool, is_first: bool
) -> None:
    """Have an author and an admin act at once on some words; the second waits for the first to commit."""
    typed: dict[str, Any] = {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": words}
    a_testimonial(session, **typed)
    partner = session.scalars(select(Partner.id).where(Partner.slug == "reso-villes")).one()
    number = session.scalars(select(Referential.id).where(Referential.slug == "crpv")).one()
    if is_detached:
        session.add(PartnerAlias(article_id=the_article(session).id, typed=words, partner_id=partner))
    session.commit()
    write = begin(app, session, words)
    if is_detached:
        chief.get(f"{LISTS}/entrees/{partner}")
    else:
        chief.get(f"{LISTS}/{number}/reponses").fill(answers=[words], target=str(partner))
    session.rollback()

    decide = partial(chief.press, "Détacher" if is_detached else "Ranger ces réponses")
    first, second = (write, decide) if is_first else (decide, write)
    waiting = threading.Thread(target=second)
    with held_before_its_commit(first):
        waiting.start()
        wait_for_company()
    waiting.join(timeout=60)
    assert chief.status == 200
    texts = {each.id for each in stored(session, Testimonial) if each.latest.partner_other == words}
    assert len(texts) == 2
    rows = [each.partner_id for each in stored(session, QueueRow) if each.testimonial_id in texts]
    assert rows == [None if is_detached else partner] * 2
