"""Consent: the wordings never change, the lines are never changed, and silence gives nothing."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import now
from app.testimonials.consent import (
    Channel,
    Consent,
    ConsentDecision,
    consent_line,
    consents_in_force,
    is_given_today,
    opened_outlets,
    reuse_changed_at,
)
from app.testimonials.lifecycle import Status
from app.testimonials.wordings import WORDINGS, Purpose, current_wordings
from tests.acts import committed
from tests.factories import the_article

# A wording that was shown once is evidence. To change one, add a number and its digest; never edit a line here.
PINNED = {
    (Purpose.PUBLICATION, 1): "fc775390ad2412d9717e42c5dce5f9f3d809d7bf69c056f24f0a65750a8afc10",
    (Purpose.PUBLICATION, 2): "e2f7e9e8af37b4b7f434c7ffcbab18016acb08bbf1008c02a8addb9312118894",
    (Purpose.PUBLICATION, 3): "175f4d236caa9c936933463615e0bfc5ced415b522e0bb1e5a192658b433eae7",
    (Purpose.PUBLICATION, 101): "2e9dced7d3ca3ef621d01317aeddd02baf707531260e0db088876497ce8f14a7",
    (Purpose.REUSE, 1): "b3df09351399c30d5c708c76dd106ef15f8775af5ff7db2eb0cfa60ce3674f62",
    (Purpose.REUSE, 2): "1601baab9c7674c1a693ef4b472dcf5bb9d4efaaa8402089553a174a8b7f09b7",
    (Purpose.CONTACT, 1): "2e3de51aeeed17f67babddaec6f75e19b16feaa60fae031e7bcdc8547a79c3bc",
    (Purpose.CONTACT, 2): "85f4848a3ae31f16a55a0a5432d5fe5d98c025bee37332bd727d5cf8abeb1c39",
    (Purpose.QUESTIONS, 1): "5a9729a61fc887335500e282e6f6fa15aabca930c92a084c47416b85e838f991",
    (Purpose.QUESTIONS, 2): "502aa21c414f2eebd00313de8ae7155739b9bc58aef12c51d6d08552928716e7",
    (Purpose.ATTESTATION, 1): "b41a394f61fa66afec45a334d0b3d6e1e0460336ad1cb7ac5ab7b785d187e9a2",
    (Purpose.ATTESTATION, 2): "52be9f054aaaee7743712047e19da248027b5fb20456783a53952bf8c31f9414",
}


def a_line(session: Session, purpose: Purpose, answer: ConsentDecision = ConsentDecision.GIVEN) -> Consent:
    return consent_line(purpose, answer, article=the_article(session), digest="d", channel=Channel.FORM)


def test_the_wordings_of_the_past_never_change() -> None:
    digests = {
        (purpose, number): hashlib.sha256(wording.encode()).hexdigest()
        for purpose, wordings in WORDINGS.items()
        for number, wording in wordings.items()
    }
    assert digests == PINNED


@pytest.mark.one_engine
def test_the_wording_of_the_highest_version_is_today_s(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDINGS, Purpose.REUSE, {1: "D’abord.", 3: "Aujourd’hui.", 2: "Ensuite."})
    assert (Purpose.REUSE.version_for(None), Purpose.REUSE.wording(the_article(session))) == (3, "Aujourd’hui.")
    given = a_line(session, Purpose.REUSE)
    assert (given.wording_version, given.wording) == (3, "Aujourd’hui.")


@pytest.mark.one_engine
def test_the_publication_wording_says_what_an_editor_may_do_without_asking(session: Session) -> None:
    wording = Purpose.PUBLICATION.wording(the_article(session))
    assert "corriger l’orthographe" in wording
    assert "masquer" in wording
    assert "m’y opposer" in wording
    assert "retirer cet accord à tout moment, sans donner de raison" in wording


def test_each_wording_names_the_outlets_that_it_opens() -> None:
    publication, reuse = WORDINGS[Purpose.PUBLICATION], WORDINGS[Purpose.REUSE]
    assert ["sites du réseau" in publication[number] for number in (1, 2, 3)] == [False, True, True]
    assert ["flux ouverts" in reuse[number] for number in (1, 2)] == [False, True]
    assert ["par d’autres" in reuse[number] for number in (1, 2)] == [False, True]


@pytest.mark.one_engine
def test_a_line_keeps_what_its_wording_names(session: Session) -> None:
    """The article and its call as they were: a title that changes later changes no proof."""
    article = the_article(session)
    article.title, article.call = "Le titre d’alors", replace(article.call, title="L’appel d’alors")
    line = a_line(session, Purpose.PUBLICATION)
    read = current_wordings(article)
    article.title = "Le titre d’après"
    assert "qui répond à « L’appel d’alors », soit publié à côté de l’article « Le titre d’alors », ici" in line.wording
    assert line.parameters == {"article": "Le titre d’alors", "call": "L’appel d’alors"}
    assert current_wordings(article) != read, "a form opened before asks again"


@pytest.mark.one_engine
def test_a_wording_that_only_names_the_article_asks_nothing_more(session: Session, subtests: pytest.Subtests) -> None:
    for purpose, number, is_today_s in [
        (Purpose.PUBLICATION, 1, False),
        (Purpose.PUBLICATION, 2, True),
        (Purpose.PUBLICATION, 3, True),
        (Purpose.REUSE, 1, False),
        (Purpose.REUSE, 2, True),
        (Purpose.CONTACT, 1, True),
    ]:
        with subtests.test(purpose=purpose, number=number, is_today_s=is_today_s):
            line = a_line(session, purpose)
            line.wording_version = number
            assert is_given_today([line], purpose) is is_today_s


GIVEN, REFUSED, WITHDRAWN = ConsentDecision


@pytest.mark.one_engine
def test_a_consent_opens_the_outlets_that_its_wording_names(session: Session, subtests: pytest.Subtests) -> None:
    """The article's page here, the sites of the network, the open outlets; and which line last moved these."""
    for lines, opened, moved in [
        ([], (False, False, False), None),
        ([(Purpose.PUBLICATION, GIVEN, 1)], (True, False, False), None),
        ([(Purpose.PUBLICATION, GIVEN, 2)], (True, True, False), None),
        ([(Purpose.PUBLICATION, REFUSED, 2)], (False, False, False), None),
        ([(Purpose.PUBLICATION, GIVEN, 2), (Purpose.PUBLICATION, WITHDRAWN, 2)], (False, False, False), None),
        ([(Purpose.REUSE, GIVEN, 1)], (False, False, False), None),
        ([(Purpose.REUSE, REFUSED, 3)], (False, False, False), None),
        ([(Purpose.REUSE, GIVEN, 2)], (False, False, True), 0),
        ([(Purpose.REUSE, GIVEN, 1), (Purpose.REUSE, GIVEN, 2)], (False, False, True), 1),
        ([(Purpose.REUSE, GIVEN, 2), (Purpose.REUSE, GIVEN, 2)], (False, False, True), 0),
        ([(Purpose.REUSE, GIVEN, 2), (Purpose.REUSE, REFUSED, 2)], (False, False, False), 1),
        ([(Purpose.REUSE, GIVEN, 2), (Purpose.PUBLICATION, GIVEN, 1)], (True, False, True), 0),
        ([(Purpose.CONTACT, GIVEN, 2), (Purpose.ATTESTATION, GIVEN, 2)], (False, False, False), None),
    ]:
        with subtests.test(lines=lines, opened=opened, moved=moved):
            consents = []
            for day, (purpose, answer, number) in enumerate(lines):
                consents.append(a_line(session, purpose, answer))
                consents[-1].wording_version = number
                consents[-1].at = now() + timedelta(days=day)
            assert opened_outlets(consents) == opened
            assert reuse_changed_at(consents) == (None if moved is None else consents[moved].at)


@pytest.mark.one_engine
def test_the_last_answer_counts(session: Session, subtests: pytest.Subtests) -> None:
    for answers, given in [
        ((), False),
        ((ConsentDecision.GIVEN,), True),
        ((ConsentDecision.REFUSED,), False),
        ((ConsentDecision.WITHDRAWN,), False),
        ((ConsentDecision.GIVEN, ConsentDecision.WITHDRAWN), False),
        ((ConsentDecision.REFUSED, ConsentDecision.GIVEN), True),
        ((ConsentDecision.GIVEN, ConsentDecision.WITHDRAWN, ConsentDecision.GIVEN), True),
    ]:
        with subtests.test(answers=answers, given=given):
            lines = [a_line(session, Purpose.REUSE, answer) for answer in answers]
            assert consents_in_force(lines, Purpose.REUSE) is given
            assert consents_in_force(lines, Purpose.PUBLICATION) is False


@pytest.mark.both_engines
def test_the_database_refuses_to_rewrite_the_past(session: Session, subtests: pytest.Subtests) -> None:
    committed(session, status=Status.WITHDRAWN)
    for statement in [
        "UPDATE consent SET answer = 'given'",
        "DELETE FROM consent",
        "UPDATE audit_event SET kind = 'publish'",
        "DELETE FROM audit_event",
        "UPDATE version SET account = 'autre chose'",
        "UPDATE version SET digest = 'autre chose'",
        "UPDATE version SET approved_digest = 'autre chose'",
        "UPDATE version SET approval = NULL",
    ]:
        with subtests.test(statement=statement), pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
