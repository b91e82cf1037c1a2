"""submit(): a submission is stored once, and whole (product rule 7)."""

import uuid
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.db import db
from app.erasure_journal import journal_path, read_entries
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.history import sentence_to_author
from app.testimonials.submission.submit import submit
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.concurrency import together
from tests.factories import AUTHOR, a_submission, a_version, the_article


def count_testimonials(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Testimonial)) or 0


@pytest.mark.both_engines
def test_a_submission_stores_text_consents_event_and_email_together(session: Session) -> None:
    testimonial = submit(session, the_article(session), a_submission(session))
    session.commit()
    assert testimonial.status is Status.UNCONFIRMED
    assert testimonial.latest.number == 1
    assert testimonial.latest.approval is Approval.SENT
    assert testimonial.latest.approved_digest == testimonial.latest.digest
    assert testimonial.publication_consent is True
    assert [event.kind for event in testimonial.events] == [Kind.SUBMITTED]
    email = session.scalars(select(Email)).one()
    assert (email.message, email.recipient, email.testimonial_id) == (mails.RECEIPT, AUTHOR, testimonial.id)
    assert set(email.facts) == {"public_id", "generation", "article"}, "no link"


@pytest.mark.both_engines
def test_the_same_submission_twice_is_stored_once(session: Session) -> None:
    sent = a_submission(session)
    first = submit(session, the_article(session), sent)
    session.commit()
    again = submit(session, the_article(session), replace(sent, version=a_version(session)))
    session.commit()
    assert again is first
    assert count_testimonials(session) == 1
    assert first.latest.number == 1
    assert len(session.scalars(select(Email)).all()) == 1


def test_correcting_the_address_sends_a_new_link_there(session: Session) -> None:
    sent = a_submission(session)
    first = submit(session, the_article(session), sent)
    session.commit()
    corrected = submit(
        session, the_article(session), replace(sent, version=a_version(session), email="juste@exemple.fr")
    )
    session.commit()
    assert corrected is first
    assert corrected.email == "juste@exemple.fr"
    assert corrected.link_generation == 2
    assert [event.kind for event in corrected.events] == [Kind.SUBMITTED, Kind.ADDRESS_CHANGED], "the text is the same"
    assert sentence_to_author(corrected.events[-1]) == "Vous avez corrigé votre adresse."
    assert len(corrected.versions) == 1
    assert [email.recipient for email in session.scalars(select(Email))] == ["juste@exemple.fr"]
    (entry,) = read_entries(journal_path())
    assert (entry.public_id, entry.what, entry.generation) == (first.public_id, "link", 2)


def test_correcting_the_words_and_the_consents_replaces_them_while_unconfirmed(session: Session) -> None:
    sent = a_submission(session)
    first = submit(session, the_article(session), sent)
    changed = a_version(session, title="Autrement")
    submit(session, the_article(session), replace(sent, version=changed, seen=changed.compute_digest()))
    assert first.latest.title == "Autrement"
    assert [event.kind for event in first.events] == [Kind.SUBMITTED, Kind.AMEND]
    no = {Purpose.PUBLICATION: False, Purpose.REUSE: False, Purpose.CONTACT: False}
    submit(session, the_article(session), replace(sent, version=a_version(session), answers=no))
    assert first.publication_consent is False


@pytest.mark.both_engines
def test_concurrent_submissions_of_one_page_store_one_testimonial(app: Flask) -> None:
    key = str(uuid.uuid4())

    def send() -> str:
        with app.app_context():
            session = db.session()
            testimonial = submit(session, the_article(session), replace(a_submission(session), key=key))
            session.commit()
            return testimonial.public_id

    outcomes = together(*[send] * 4)
    assert len(outcomes) == 4
    assert len(set(outcomes)) == 1
    with app.app_context():
        assert count_testimonials(db.session()) == 1
        assert len(db.session.scalars(select(Email)).all()) == 1


@pytest.mark.both_engines
def test_concurrent_corrections_of_one_page_are_all_stored(app: Flask, session: Session) -> None:
    sent = a_submission(session)
    submit(session, the_article(session), sent)
    session.commit()

    def send(title: str) -> str:
        with app.app_context():
            own = db.session()
            changed = a_version(own, title=title)
            submit(own, the_article(own), replace(sent, version=changed, seen=changed.compute_digest()))
            own.commit()
            return title

    titles = ["Un", "Deux", "Trois"]
    outcomes = together(*(partial(send, title) for title in titles))
    assert sorted(map(str, outcomes)) == sorted(titles), "nobody is refused, and nothing is lost"
    stored = session.scalars(select(Testimonial)).one()
    assert sorted(version.title for version in stored.versions[1:]) == sorted(titles)
