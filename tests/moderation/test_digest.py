"""Telling editors what waits, as often as each wants to hear of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.mail.compose import compose
from app.mail.messages import Message
from app.mail.outbox import Email
from app.moderation.digest import models as digests
from app.moderation.digest.models import Frequency, Subscription, send_digests
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.objections import contest_decision
from tests.acts import signed_in
from tests.factories import EDITOR, a_notice, a_testimonial, an_editor
from tests.visitor import Visitor


def emails(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == Message.DIGEST).order_by(Email.id)))


def told(session: Session, frequency: Frequency, ago: timedelta) -> int:
    """Return how many e-mails an editor gets, who was told some time ago."""
    subscription = digests.subscription_of(session, an_editor(session))
    subscription.frequency, subscription.told_at = frequency, now() - ago
    session.flush()
    return len(list(send_digests(session)))


@pytest.mark.parametrize(
    ("frequency", "ago", "expected"),
    [
        (Frequency.AT_ONCE, timedelta(seconds=30), 0),
        (Frequency.AT_ONCE, timedelta(minutes=2), 1),
        (Frequency.DAILY, timedelta(hours=23), 0),
        (Frequency.DAILY, timedelta(hours=25), 1),
        (Frequency.WEEKLY, timedelta(days=6), 0),
        (Frequency.WEEKLY, timedelta(days=8), 1),
        (Frequency.NEVER, timedelta(days=800), 0),
    ],
)
def test_each_hears_as_often_as_they_chose(
    session: Session, frequency: Frequency, ago: timedelta, expected: int
) -> None:
    a_testimonial(session)
    assert told(session, frequency, ago) == expected
    assert len(list(send_digests(session))) == 0, "the same is not told twice"


def test_at_once_tells_only_of_what_is_new(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.waiting_since = now() - timedelta(hours=1)
    assert told(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 0
    assert told(session, Frequency.AT_ONCE, timedelta(hours=2)) == 1


def test_at_once_tells_of_a_notice(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    assert told(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 0
    notice = a_notice(session, testimonial)
    assert told(session, Frequency.AT_ONCE, timedelta(minutes=30)) == 1
    (email,) = emails(session)
    assert notice.words not in str(email.facts)


def test_nothing_is_written_where_nothing_waits(session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    assert told(session, Frequency.DAILY, timedelta(days=3)) == 0


def test_it_says_what_waits_and_since_when_and_no_word_of_a_text(session: Session) -> None:
    for number in (2, 5):
        testimonial = a_testimonial(session, email=f"a{number}@exemple.fr")
        testimonial.waiting_since = now() - timedelta(days=number)
    declined = a_testimonial(session, status=Status.DECLINED, email="d@exemple.fr")
    contest_decision(declined, "Le sujet est bien celui-là.")
    a_notice(session, a_testimonial(session, status=Status.PUBLISHED, email="p@exemple.fr"))
    assert told(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    facts = {name: str(value).replace("\u00a0", " ") for name, value in email.facts.items()}
    assert facts["to_read"] == "2 textes à relire, le plus ancien depuis 5 jours"
    assert facts["contested"] == "1 décision contestée, depuis quelques instants"
    assert facts["noticed"] == "1 témoignage signalé, depuis quelques instants"
    assert email.recipient == EDITOR
    assert "Camille" not in str(email.facts)


def test_what_is_contested_is_told_to_whoever_did_not_decide_it(session: Session) -> None:
    declined = a_testimonial(session, status=Status.DECLINED)
    contest_decision(declined, "Le sujet est bien celui-là.")
    assert told(session, Frequency.DAILY, timedelta(days=2)) == 1, "alone, the one who decided it hears of it"
    other = an_editor(session, email="omar@ville-exemple.fr")
    digests.subscription_of(session, other).told_at = now() - timedelta(days=2)
    digests.subscription_of(session, an_editor(session)).told_at = now() - timedelta(days=2)
    session.flush()
    assert list(send_digests(session)) == [other]


def test_an_author_s_late_answer_is_told(session: Session) -> None:
    for status, late in ((Status.CHANGES_REQUESTED, 3), (Status.PROOF_SENT, 1), (Status.PROOF_SENT, -1)):
        testimonial = a_testimonial(session, status=status, email=f"a{late}@exemple.fr")
        testimonial.due_at = now() - timedelta(days=late)
    assert told(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    assert (
        email.facts["overdue"].replace("\u00a0", " ")
        == "2 réponses d’auteur·e·s en retard, le plus ancien depuis 3 jours"
    )
    assert email.facts["to_read"] == ""


def test_one_text_alone_is_a_link_away(session: Session) -> None:
    testimonial = a_testimonial(session)
    assert told(session, Frequency.DAILY, timedelta(days=2)) == 1
    (email,) = emails(session)
    composed = compose(email.message, email.recipient, email.facts, email.message_id)
    assert f"/moderation/{testimonial.public_id}\n" in str(composed.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # there is one
    a_testimonial(session, email="b@exemple.fr")
    assert told(session, Frequency.DAILY, timedelta(days=2)) == 1
    composed = compose(email.message, email.recipient, emails(session)[1].facts, email.message_id)
    assert "/moderation\n" in str(composed.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # there is one


def test_who_left_hears_nothing(session: Session) -> None:
    a_testimonial(session)
    an_editor(session).disabled_at = now()
    assert told(session, Frequency.DAILY, timedelta(days=3)) == 0


def test_an_editor_chooses(visitor: Visitor, session: Session) -> None:
    editor = an_editor(session)
    signed_in(visitor, session)
    visitor.get("/moderation/courriels")
    assert visitor.page.select("[name=frequency][checked]")[0]["value"] == "daily"
    visitor.fill(frequency="weekly").press("Garder ce choix")
    assert "Votre choix est gardé." in visitor.text
    session.rollback()
    assert session.get_one(Subscription, editor.id).frequency is Frequency.WEEKLY
    visitor.get("/moderation/courriels").fill(frequency="rien").press("Garder ce choix")
    assert visitor.status == 422
