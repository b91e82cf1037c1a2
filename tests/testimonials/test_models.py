"""Testimonial: perform(), withdrawing, erasing, and when a text is overdue."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from app.audit import AUTHOR, ActorKind, AuditEvent, Kind
from app.db import now
from app.mail.outbox import Email
from app.moderation.queue.deadlines import is_overdue
from app.testimonials import erasure
from app.testimonials.approval import ApprovalMissing
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from tests.acts import amend_text
from tests.factories import ACCOUNT, a_testimonial, a_version, an_editor, by_editor


def test_every_action_writes_an_audit_event_with_its_statuses(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.UNPUBLISHED)
    editor = an_editor(session)
    told = [(event.kind, event.actor, event.user_id, event.before, event.after) for event in testimonial.events]
    assert told == [
        (Kind.SUBMITTED, ActorKind.AUTHOR, None, None, "unconfirmed"),
        (Kind.CONFIRM, ActorKind.AUTHOR, None, "unconfirmed", "pending"),
        (Kind.PUBLISH, ActorKind.EDITOR, editor.id, "pending", "published"),
        (Kind.UNPUBLISH, ActorKind.EDITOR, editor.id, "published", "unpublished"),
    ]


@pytest.mark.both_engines
def test_a_refused_action_writes_nothing(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.DECLINED)
    before = len(testimonial.events)
    with pytest.raises(TransitionRefused):
        testimonial.perform(Action.PUBLISH, by=by_editor(session))
    assert testimonial.status is Status.DECLINED
    assert len(testimonial.events) == before


def test_nothing_is_published_that_its_author_has_not_approved(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.propose(a_version(session, title="Un titre de l’équipe"))
    session.flush()
    with pytest.raises(ApprovalMissing):
        testimonial.perform(Action.PUBLISH, by=by_editor(session))


def test_correcting_a_name_of_the_referential_does_not_prevent_publication(session: Session) -> None:
    testimonial = a_testimonial(session, attribution=Attribution.REGION)
    testimonial.latest.department.region.name = "Bretagne, mieux écrite"
    session.flush()
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    assert testimonial.shown_digest == testimonial.approved_digest


def test_words_that_differ_from_those_approved_are_not_published(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.latest.themes = list(testimonial.article.themes)
    session.flush()
    with pytest.raises(ApprovalMissing):
        testimonial.perform(Action.PUBLISH, by=by_editor(session))


def test_erasing_leaves_digests_and_dates_only(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    digest = testimonial.latest.digest
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert testimonial.status is Status.ERASED
    assert testimonial.versions == []
    assert testimonial.decisions == []
    assert testimonial.email is None
    assert session.scalars(select(Email).where(Email.testimonial_id == testimonial.id)).all() == []
    assert {each.digest for each in testimonial.consents} == {digest}
    assert [event.kind for event in testimonial.events][-1] is Kind.ERASE
    for table in ("testimonial", "version", "consent", "audit_event", "decision", "email", "version_theme"):
        for row in session.execute(sql(f"SELECT * FROM {table}")):  # noqa: S608  # the names stand above
            values = " ".join(str(value) for value in row)
            for trace in ("Camille", "ville-exemple.fr", "CLSM de Ville-Exemple", ACCOUNT[:40], "Trois après-midi"):
                assert trace not in values, f"{trace!r} is still in {table}"


def test_erasing_voids_the_link(session: Session) -> None:
    testimonial = a_testimonial(session)
    generation = testimonial.link_generation
    erasure.erase_testimonial(testimonial)
    assert testimonial.link_generation > generation


@pytest.mark.both_engines
def test_only_what_waits_for_an_editor_for_more_than_seven_days_is_overdue(session: Session) -> None:
    texts = {status.value: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    texts["amended"] = a_testimonial(session, status=Status.PUBLISHED, email="amended@exemple.fr")
    amend_text(texts["amended"], title="Un titre nouveau")
    waits: list[tuple[float, set[str]]] = [(0, set()), (6.9, set()), (7.1, {"pending", "amended"})]
    for days, overdue in waits:
        for text in texts.values():
            text.waiting_since = now() - timedelta(days=days)
        assert {name for name, text in texts.items() if is_overdue(text)} == overdue, days


@pytest.mark.parametrize("status", [Status.CHANGES_REQUESTED, Status.PROOF_SENT])
def test_a_request_is_overdue_after_its_deadline_however_long_it_waits(session: Session, status: Status) -> None:
    testimonial = a_testimonial(session, status=status)
    testimonial.waiting_since = now() - timedelta(days=400)
    testimonial.due_at = now() + timedelta(minutes=1)
    assert not is_overdue(testimonial)
    testimonial.due_at = now() - timedelta(minutes=1)
    assert is_overdue(testimonial)


def test_an_event_reads_as_a_sentence(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    editor = an_editor(session)
    sentences = [event.sentence({editor.id: "Nadia"}) for event in testimonial.events]
    assert sentences == ["Texte envoyé par l’auteur·e.", "Adresse confirmée par l’auteur·e.", "Texte publié par Nadia."]
    assert AuditEvent.of(Kind.PUBLISH, AUTHOR).sentence({}) == "Texte publié par l’auteur·e."
