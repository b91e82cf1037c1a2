"""Objections to a correction or a decision, open until an editor has acted."""

import pytest
from sqlalchemy.orm import Session

from app.audit import CLOCK, Kind
from app.db import now
from app.french import day
from app.moderation.decisions import decide
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.status_sentence import status_sentence
from tests.acts import committed, private_page, signed_in
from tests.factories import a_testimonial, an_editor
from tests.visitor import Visitor


@pytest.fixture
def editor(visitor: Visitor, session: Session) -> Visitor:
    """Give a visitor who has signed in as an editor."""
    return signed_in(visitor, session)


def test_the_author_sees_a_correction_and_may_object(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title="Trois après-midis", kind="correction")
    editor.press("Enregistrer")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "Ce que l’équipe a corrigé" in author.text
    author.press("Faire relire")
    assert author.status == 422
    assert "Dites en quelques mots" in author.text
    assert "Vous pouvez vous y opposer plus bas" in author.text
    author.fill(words="« Après-midi » est invariable.").press("Faire relire")
    assert author.status == 200
    assert f"Vous avez contesté une correction le {day(now())} : votre texte va être relu" in author.text
    assert "« Après-midi » est invariable." in author.text
    assert "plus bas" not in author.text
    assert "invariable" in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "Contesté par l’auteur·e" in editor.text
    editor.press("Publier")
    session.rollback()
    assert testimonial.contested_at is None


def test_an_objection_stays_open_after_an_amendment_or_an_expiry(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    nadia = an_editor(session)
    corrected = testimonial.latest.edited(title="Trois après-midis")
    save_edit(nadia, testimonial, corrected, EditKind.CORRECTION, revision=testimonial.revision, note=DecisionNote())
    contest_decision(testimonial, "« Après-midi » est invariable.")
    since = testimonial.contested_at
    amended = testimonial.latest.edited(title="Trois après-midi entiers")
    testimonial.amend(amended, {}, seen=amended.compute_digest())
    assert testimonial.contested_at == since
    testimonial.perform(Action.EXPIRE, by=CLOCK)
    assert testimonial.contested_at == since
    assert "Vous avez contesté une correction" in status_sentence(testimonial).next
    session.flush()
    decide(nadia, testimonial, Action.REOPEN, revision=testimonial.revision, note=DecisionNote())
    assert testimonial.contested_at is None
    session.rollback()


def test_withdrawing_closes_the_objection(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.DECLINED)
    contest_decision(testimonial, "Le sujet est bien celui-là.")
    testimonial.withdraw()
    assert testimonial.contested_at is None
    session.rollback()


@pytest.mark.parametrize("status", [Status.DECLINED, Status.UNPUBLISHED])
def test_a_decision_is_contested_once_from_the_private_page(editor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    author = Visitor(editor.client.application).get(private_page(testimonial))
    author.fill(words="Le sujet est bien celui-là.").press("Faire relire")
    assert "Vous avez contesté cette décision" in author.text
    assert "Le sujet est bien celui-là." in author.text
    assert not [each for each in author.page.find_all("button") if "Faire relire" in each.get_text()]
    session.rollback()
    assert [event.kind for event in testimonial.events][-1] is Kind.CONTESTED
    assert testimonial.remarks[0].words == "Le sujet est bien celui-là."
    editor.get(f"/moderation/{testimonial.public_id}").press("Rouvrir")
    session.rollback()
    assert testimonial.contested_at is None


@pytest.mark.parametrize("status", [Status.PENDING, Status.INTERNAL, Status.WITHDRAWN, Status.UNCONFIRMED])
def test_other_statuses_cannot_be_contested(visitor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    visitor.get(private_page(testimonial))
    token = visitor.csrf_token
    visitor.post(f"{private_page(testimonial)}/contester", [("csrf_token", token), ("words", "Non.")])
    assert visitor.status == 409
    session.rollback()
    assert testimonial.remarks == []
