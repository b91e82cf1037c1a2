"""The link of an invitation to testify: refusing by whatever way, whatever became of the call."""

from zoneinfo import ZoneInfo

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM
from app.features.invitations.models import Invitation
from app.testimonials.refusals import InvitationRefusal
from app.tokens import ANSWER_LINK, sign_token
from tests.acts import readable, run_clock, stored
from tests.administration.test_invitations import age, invite, invited, letters, refused_by_page
from tests.factories import the_article
from tests.mail.test_outbox import composed, deliver, plain
from tests.privacy.test_rewriting import left
from tests.visitor import Visitor

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


@pytest.mark.parametrize("encoding", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_mail_program_refuses_by_either_encoding_and_is_not_redirected(
    admin: Visitor, visitor: Visitor, session: Session, encoding: str
) -> None:
    """RFC 8058: the form should be sent as `multipart/form-data`, and its answer is no redirection (3.1, 3.2)."""
    path = invited(admin, session)
    sent = visitor.client.post(f"{path}/refuser", data={"List-Unsubscribe": "One-Click"}, content_type=encoding)
    assert sent.status_code == 200
    assert "plus aucune invitation ne partira" in sent.get_data(as_text=True)
    assert stored(session, Invitation) == []
    assert len(stored(session, InvitationRefusal)) == 1


@pytest.mark.one_engine
@pytest.mark.changes_content
@pytest.mark.parametrize("has_left", [True, False])
def test_a_refused_address_is_gone_from_the_log(  # noqa: PLR0917  # fixtures, by name
    app: Flask, admin: Visitor, visitor: Visitor, session: Session, database: str, has_left: bool
) -> None:
    """At once if its letter has left, else as it would have."""
    path = invited(admin, session, "zinzolin@ville.example ; A")
    if has_left:
        deliver(app)
        session.rollback()
        assert left(database, {"zinzolin@ville.example"})
    refused_by_page(visitor, f"{path}/refuser")
    if not has_left:
        session.rollback()
        deliver(app)
    assert left(database, {"zinzolin@ville.example"}) == set()


@pytest.mark.changes_content
@pytest.mark.parametrize("is_public", [True, False])
def test_a_call_that_is_over_lets_who_was_invited_refuse_the_others(
    admin: Visitor, visitor: Visitor, session: Session, is_public: bool
) -> None:
    """The letter says « suivez le même lien »."""
    path = invited(admin, session)
    editing.change_settings(the_article(session), is_public=is_public, is_open=False, by=SYSTEM)
    session.commit()
    (way,) = visitor.get(path).page.find_all("a", string="ne plus être invité·e")
    assert isinstance(way, Tag)
    refused_by_page(visitor, str(way["href"]))
    assert stored(session, Invitation) == []


def test_who_refuses_by_an_invitation_to_answer_is_forgotten_as_invited_to_testify(
    admin: Visitor, visitor: Visitor, session: Session
) -> None:
    about = readable(session)
    invite(admin, "a@ville.example ; A\nb@ville.example ; B")
    letter, _ = letters(session)
    path = f"/repondre/{sign_token(ANSWER_LINK, [about.public_id, '0' * 36, letter.facts['invited'][1]])}/refuser"
    session.rollback()
    refused_by_page(visitor, path)
    assert [each.email for each in stored(session, Invitation)] == ["b@ville.example"]


def test_a_reminder_says_the_day_of_the_first_letter(app: Flask, admin: Visitor, session: Session) -> None:
    """A call that was closed meanwhile reminds later than after three weeks."""
    invite(admin, "a@ville.example ; A")
    deliver(app)
    age(session, days=61)
    run_clock(app, session)
    (letter,) = letters(session)
    (invitation,) = stored(session, Invitation)
    day = invitation.invited_at.astimezone(ZoneInfo("Europe/Paris"))
    words = plain(composed(letter))
    assert "trois semaines" not in words
    assert f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}" in words.replace("\u00a0", " ")
