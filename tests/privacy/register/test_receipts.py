"""Each e-mail that acknowledges a consent carries the words that were read, whatever act it acknowledges."""

import ast
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.erasure_journal import Entry
from app.mail.compose import compose
from app.mail.outbox import Email
from app.privacy.register.verification import register_faults
from app.testimonials import mails
from app.testimonials.consent import ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.consent_changes import (
    call_back,
    change_consent,
    consent_again,
    replay_withdrawal,
)
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import WORDINGS, Purpose
from config import ROOT
from tests.acts import first_wordings
from tests.factories import AUTHOR, EDITED_TITLE, a_signed_transcript, a_testimonial, the_article

# Every function that writes a line of consent: a new one needs its act among those below.
WRITERS = {
    "store_testimonial",
    *("receive", "answer", "amend", "withdraw", "answer_transcript"),
    *("sign_version", "call_back", "consent_again", "record_change", "replay_withdrawal"),
}

ANSWERS = {ConsentDecision.GIVEN: "oui", ConsentDecision.REFUSED: "non", ConsentDecision.WITHDRAWN: "accord retiré"}
NAMES = {
    Purpose.PUBLICATION: "Publication à côté de l’article",
    Purpose.REUSE: "Réutilisation ailleurs",
    Purpose.CONTACT: "Être recontacté·e",
    Purpose.QUESTIONS: "Questions d’autres CLSM",
    Purpose.ATTESTATION: "Attestation",
}


def confirmed(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    testimonial.confirm()
    return testimonial


def amended(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    version = testimonial.latest.edited(title=EDITED_TITLE)
    testimonial.amend(version, {Purpose.REUSE: True, Purpose.CONTACT: True}, seen=version.compute_digest())
    testimonial.write_to_author(mails.AMENDED)
    return testimonial


def signed(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, status=Status.PROOF_SENT)
    sign_version(testimonial, testimonial.latest.digest)
    return testimonial


def withdrawn(session: Session) -> Testimonial:
    return a_testimonial(session, status=Status.WITHDRAWN, reuse=True)


def called_back(session: Session) -> Testimonial:
    testimonial = withdrawn(session)
    call_back(testimonial)
    return testimonial


def given_again(session: Session) -> Testimonial:
    testimonial = withdrawn(session)
    consent_again(testimonial)
    return testimonial


def given_before_a_decision(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, publish=False)
    consent_again(testimonial)
    return testimonial


def changed(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    change_consent(testimonial, Purpose.REUSE, gives=True)
    return testimonial


def changed_back(session: Session) -> Testimonial:
    testimonial = changed(session)
    change_consent(testimonial, Purpose.REUSE, gives=False)
    return testimonial


def withdrawn_again_by_the_journal(session: Session) -> Testimonial:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    entry = Entry(testimonial.public_id, now() + timedelta(minutes=1), Purpose.REUSE.value)
    replay_withdrawal(testimonial, Purpose.REUSE, since=entry.at)
    return testimonial


def told_and_signed(session: Session) -> Testimonial:
    return a_signed_transcript(session, email=AUTHOR)


def told_and_kept_unpublished(session: Session) -> Testimonial:
    return a_signed_transcript(session, email=AUTHOR, publish=False)


ACTS: list[Callable[[Session], Testimonial]] = [
    *(confirmed, amended, signed, withdrawn, called_back, given_again, given_before_a_decision),
    *(changed, changed_back, withdrawn_again_by_the_journal, told_and_signed, told_and_kept_unpublished),
]


@pytest.mark.parametrize("act", ACTS)
def test_the_receipt_of_each_act_carries_the_words_that_were_read(
    session: Session, act: Callable[[Session], Testimonial]
) -> None:
    testimonial = act(session)
    session.flush()
    about = select(Email).where(Email.testimonial_id == testimonial.id).order_by(Email.id.desc())
    email = session.scalars(about).first()
    assert email is not None
    letter = compose(email.message, email.recipient, email.facts, email.message_id)
    names = {"article": the_article(session).title, "call": the_article(session).call.title}
    last = {line.purpose: line for line in testimonial.consents}
    assert set(last) >= {Purpose.PUBLICATION, Purpose.REUSE, Purpose.CONTACT}
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        words = spaced_plainly(body.get_content())
        for purpose, line in last.items():
            assert f"{NAMES[purpose]} : {ANSWERS[line.answer]}." in words
            wording = WORDINGS[purpose][line.wording_version].format(**names)
            assert spaced_plainly(wording) in words, f"{email.message}: {purpose}"


def spaced_plainly(words: str) -> str:
    for space in ("\u00a0", "\u202f", "\n"):
        words = words.replace(space, " ")
    return words.replace("\u2011", "-").replace("&nbsp;", " ")


def test_every_function_that_writes_a_line_of_consent_is_known_here() -> None:
    writers = set()
    for path in (ROOT / "app").glob("**/*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                called = {
                    node.func.attr
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                }
                if called & {"answer", "record_consent", "receive"}:
                    writers.add(function.name)
    assert writers == WRITERS


def test_a_withdrawal_is_on_the_words_that_were_agreed_to(session: Session) -> None:
    """Not on those of today, which its author may never have read."""
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    testimonial.withdraw()
    session.flush()
    for line in testimonial.consents[-2:]:
        assert (line.answer, line.wording_version) == (ConsentDecision.WITHDRAWN, 1)
        assert line.wording == WORDINGS[line.purpose][1]
    sent = select(Email).where(Email.message == mails.WITHDRAWN)
    told = {each["purpose"]: each["wording"] for each in session.scalars(sent).one().facts["consents"]}
    assert told[NAMES[Purpose.REUSE]] == WORDINGS[Purpose.REUSE][1]
    assert list(register_faults(session)) == []
