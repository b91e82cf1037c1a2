"""Decisions: choices() as a truth table, and decide()."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.gate import NotPermitted
from app.accounts.models import Role
from app.audit import CLOCK, Actor
from app.db import now
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation import holds
from app.moderation.choices import CHOICES
from app.moderation.decisions import Stale, choices, decide, request_changes
from app.moderation.review.editing import allowed_kinds
from app.testimonials import mails
from app.testimonials.consent import ConsentMissing
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.reasons import Reason
from tests.acts import amend_with
from tests.factories import a_testimonial, a_version, an_editor

# Status, consent to publication → the decisions offered.
TABLE: dict[tuple[Status, bool], list[Action]] = {
    (Status.UNCONFIRMED, True): [Action.DECLINE],
    (Status.PENDING, True): [Action.PUBLISH, Action.KEEP_INTERNAL, Action.DECLINE],
    (Status.PENDING, False): [Action.KEEP_INTERNAL, Action.DECLINE],
    (Status.CHANGES_REQUESTED, True): [Action.CANCEL_REQUEST],
    (Status.PROOF_SENT, True): [Action.RECALL_PROOF],
    (Status.PUBLISHED, True): [Action.UNPUBLISH],
    (Status.INTERNAL, True): [Action.REOPEN],
    (Status.DECLINED, True): [Action.REOPEN],
    (Status.UNPUBLISHED, True): [Action.REOPEN],
    (Status.WITHDRAWN, True): [],
    (Status.ERASED, True): [],
}


# Verb of the button → the action, its required field, the e-mail to the author.
BUTTONS: dict[str, tuple[Action, str, Mail | None]] = {
    "Revenir aux mots de l’auteur·e": (Action.RESTORE, "words", mails.OBJECTION_ANSWERED),
    "Garder le passage masqué": (Action.UPHOLD, "words", mails.OBJECTION_ANSWERED),
    "Publier": (Action.PUBLISH, "", mails.PUBLISHED),
    "Garder la version publiée": (Action.SET_ASIDE, "words", mails.SET_ASIDE),
    "Envoyer le bon à tirer": (Action.SEND_PROOF, "", mails.PROOF_SENT),
    "Rappeler le bon à tirer": (Action.RECALL_PROOF, "", mails.PROOF_RECALLED),
    "Annuler la demande": (Action.CANCEL_REQUEST, "", mails.REQUEST_CANCELLED),
    "Garder pour l’usage interne": (Action.KEEP_INTERNAL, "", mails.KEPT_INTERNAL),
    "Refuser": (Action.DECLINE, "reason", mails.DECLINED),
    "Dépublier": (Action.UNPUBLISH, "reason", mails.UNPUBLISHED),
    "Masquer en attendant": (Action.HIDE, "reason", mails.HIDDEN),
    "Montrer de nouveau": (Action.UNHIDE, "", mails.UNHIDDEN),
    "Rouvrir": (Action.REOPEN, "", None),
}


def test_each_decision_has_its_required_field_and_its_email() -> None:
    needs = {(False, False): "", (True, False): "reason", (False, True): "words"}
    assert {
        each.verb: (action, needs[each.needs_reason, each.needs_words], each.message)
        for action, each in CHOICES.items()
    } == BUTTONS


@pytest.mark.one_engine
def test_choices_follow_the_truth_table(session: Session, subtests: pytest.Subtests) -> None:
    for role in Role:
        for (status, consent), offered in TABLE.items():
            with subtests.test(status=status, consent=consent, role=role):
                testimonial = a_testimonial(session, status=status, publish=consent)
                user = an_editor(session, email=f"{role}@ville-exemple.fr", role=role)
                assert [choice.action for choice in choices(user, testimonial)] == offered


def test_an_unconfirmed_text_is_neither_reopened_nor_published(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    editor = an_editor(session)
    decide(editor, testimonial, Action.DECLINE, revision=testimonial.revision, note=DecisionNote(Reason.SPAM, ""))
    session.flush()
    assert choices(editor, testimonial) == []
    testimonial.perform(Action.REOPEN, by=Actor.editor(editor.id))
    assert Action.PUBLISH not in [choice.action for choice in choices(editor, testimonial)]
    with pytest.raises(ConsentMissing):
        testimonial.perform(Action.PUBLISH, by=Actor.editor(editor.id))
    with pytest.raises(NotPermitted):
        request_changes(editor, testimonial, revision=testimonial.revision, note=DecisionNote(message="Une précision."))
    assert testimonial.status is Status.PENDING, "an unconfirmed address may be a stranger's"


def test_an_edited_version_is_not_offered_for_publication(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.propose(a_version(session, title="Un titre de l’équipe"))
    assert Action.PUBLISH not in [choice.action for choice in choices(an_editor(session), testimonial)]


@pytest.mark.parametrize("publish", [True, False])
def test_a_proof_needs_consent_to_publication(session: Session, publish: bool) -> None:
    testimonial = a_testimonial(session, publish=publish)
    testimonial.propose(a_version(session, title="Un titre de l’équipe"))
    offered = [choice.action for choice in choices(an_editor(session), testimonial)]
    assert (Action.SEND_PROOF in offered) is publish


def test_a_new_version_is_offered_as_one(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    amend_with(testimonial, a_version(session, title="Un titre nouveau"))
    session.flush()
    editor = an_editor(session)
    (replacing, *_) = choices(editor, testimonial)
    assert (replacing.verb, replacing.effect) == (
        "Publier la nouvelle version",
        "Elle prend aussitôt la place de celle que l’article montre ; l’auteur·e en est averti·e.",
    )
    assert next(iter(choices(editor, a_testimonial(session, email="b@exemple.fr")))).verb == "Publier"


def test_an_expired_publication_cannot_be_replaced(session: Session) -> None:
    """Before the scheduled job runs: a version published now would be shown nowhere, yet announced to its author."""
    testimonial, editor = a_testimonial(session, status=Status.PUBLISHED), an_editor(session)
    amend_with(testimonial, a_version(session, title="Un titre nouveau"))
    testimonial.published_until = now() - timedelta(seconds=1)
    session.flush()
    assert [choice.action for choice in choices(editor, testimonial)] == [Action.UNPUBLISH]
    for action in (Action.PUBLISH, Action.SET_ASIDE):
        with pytest.raises(NotPermitted):
            decide(editor, testimonial, action, revision=testimonial.revision, note=DecisionNote())
    assert allowed_kinds(testimonial) == [], "no correction either"
    testimonial.perform(Action.EXPIRE, by=CLOCK)
    testimonial.perform(Action.REOPEN, by=Actor.editor(editor.id))
    assert Action.PUBLISH in [choice.action for choice in choices(editor, testimonial)]


@pytest.mark.parametrize(
    ("status", "action", "message"),
    [
        (Status.PENDING, Action.PUBLISH, mails.PUBLISHED),
        (Status.PENDING, Action.KEEP_INTERNAL, mails.KEPT_INTERNAL),
        (Status.PENDING, Action.DECLINE, mails.DECLINED),
        (Status.PUBLISHED, Action.UNPUBLISH, mails.UNPUBLISHED),
        (Status.DECLINED, Action.REOPEN, None),
        (Status.UNCONFIRMED, Action.DECLINE, None),
    ],
)
def test_a_decision_writes_to_the_author_of_a_confirmed_text(
    session: Session, status: Status, action: Action, message: Mail | None
) -> None:
    testimonial = a_testimonial(session, status=status)
    before = session.scalars(select(Email.id)).all()
    note = DecisionNote(Reason.OFF_TOPIC, "Ce texte parle d’autre chose.")
    decide(an_editor(session), testimonial, action, revision=testimonial.revision, note=note)
    session.flush()
    queued = session.scalars(select(Email).where(Email.id.not_in(before))).all()
    assert [email.message for email in queued] == ([message] if message else [])
    for email in queued:
        assert email.facts == {
            "words": "Ce texte parle d’autre chose.",
            "reason": "Hors sujet",
            "ground": "Charte, point 1 : un texte répond à la question que pose l’article.",
            "public_id": testimonial.public_id,
            "generation": 1,
            "article": "Travailler avec un centre de ressources politique de la ville",
        }


def test_the_email_of_a_decision_waits_for_the_undo_period(session: Session) -> None:
    testimonial, editor = a_testimonial(session), an_editor(session)
    holds.take_hold(session, testimonial, editor.id)
    decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
    session.flush()
    email = session.scalars(select(Email).where(Email.message == mails.PUBLISHED)).one()
    assert (email.facts["words"], email.facts["reason"], email.facts["ground"]) == ("", "", "")
    assert email.due_at == testimonial.events[-1].at + timedelta(minutes=11), (
        "the undo period, and a margin of one minute"
    )
    assert holds.holds_on(session, [testimonial.id]) == {}, "a decision releases the hold"
    asked = a_testimonial(session, email="b@exemple.fr")
    holds.take_hold(session, asked, editor.id)
    request_changes(editor, asked, revision=asked.revision, note=DecisionNote(message="Une précision."))
    assert holds.holds_on(session, [asked.id]) == {}, "so does a request"


def test_a_decision_stores_its_reason_and_the_version_read(session: Session) -> None:
    testimonial = a_testimonial(session)
    editor = an_editor(session)
    note = DecisionNote(Reason.PROMOTION, "Trop de réclame.")
    decide(editor, testimonial, Action.DECLINE, revision=testimonial.revision, note=note)
    decision = testimonial.latest_decision
    assert decision is not None
    assert (decision.user_id, decision.action, decision.reason, decision.message, decision.version_number) == (
        editor.id,
        Action.DECLINE,
        Reason.PROMOTION,
        "Trop de réclame.",
        1,
    )
    assert testimonial.events[-1].reason == Reason.PROMOTION.value


def test_a_stale_decision_returns_the_words_typed(session: Session) -> None:
    testimonial = a_testimonial(session)
    revision_read = testimonial.revision
    testimonial.withdraw()
    session.flush()
    with pytest.raises(Stale) as refusal:
        decide(
            an_editor(session), testimonial, Action.PUBLISH, revision=revision_read, note=DecisionNote(message="Merci.")
        )
    assert (refusal.value.words, refusal.value.testimonial) == ("Merci.", testimonial)
    assert str(refusal.value) == "the testimonial has moved meanwhile"
    assert testimonial.status is Status.WITHDRAWN


def test_a_stale_request_for_changes_returns_the_words_typed(session: Session) -> None:
    testimonial = a_testimonial(session)
    revision_read = testimonial.revision
    amend_with(testimonial, a_version(session, title="Un titre nouveau"))
    session.flush()
    note = DecisionNote(message="Deux précisions.", asked={"account": "Combien ?", "title": "Plus court ?"})
    with pytest.raises(Stale) as refusal:
        request_changes(an_editor(session), testimonial, revision=revision_read, note=note)
    assert refusal.value.words == "Deux précisions.\n\nCombien ?\n\nPlus court ?"
    assert (testimonial.status, testimonial.decisions) == (Status.PENDING, [])
    request_changes(an_editor(session), testimonial, revision=testimonial.revision, note=note)
    assert testimonial.status is Status.CHANGES_REQUESTED


def test_a_decision_that_is_not_offered_is_not_permitted(session: Session) -> None:
    testimonial = a_testimonial(session, publish=False)
    for action in Action:
        if action not in TABLE[Status.PENDING, False]:
            with pytest.raises(NotPermitted):
                decide(an_editor(session), testimonial, action, revision=testimonial.revision, note=DecisionNote())
    assert testimonial.status is Status.PENDING
