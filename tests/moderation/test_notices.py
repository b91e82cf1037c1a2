"""A notice at the desk: it is read above the decisions, answered with a sentence, or ends with what it is about."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign
from app.audit import Kind
from app.db import now
from app.mail import outbox
from app.mail.messages import Message
from app.mail.outbox import Email
from app.moderation.decisions import Stale, decide
from app.moderation.queue import bulk
from app.moderation.review.notices import dismiss_open_notices
from app.testimonials import stale_emails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, Outcome
from app.testimonials.reasons import Reason
from app.testimonials.versions import Approval
from tests.acts import signed_in
from tests.factories import READER, a_notice, a_testimonial, a_version, an_editor
from tests.visitor import Visitor

NOTE = DecisionNote(Reason.IDENTIFIABLE_PERSON, "Une voisine y est reconnaissable.")
ANSWER = "Personne n’y est nommé, et le lieu n’est pas dit."


def noticed(session: Session) -> tuple[Testimonial, Notice]:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    return testimonial, a_notice(session, testimonial)


def answers(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == Message.NOTICE_ANSWERED).order_by(Email.id)))


def reload(session: Session) -> None:
    session.rollback()
    session.expire_all()


def test_it_comes_up_on_the_board_and_is_read_above_the_decisions(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    notice.signs = [Sign.HASTY]
    editor = signed_in(Visitor(app), session)
    for query in ("", "?signale=oui"):
        said = editor.get(f"/moderation{query}").text
        assert "Signalé par une lectrice ou un lecteur, sans réponse depuis quelques instants" in said
    assert "Trois après-midi" not in editor.get("/moderation?signale=non").text
    words = editor.get(f"/moderation/{testimonial.public_id}").text
    assert "On m’y reconnaît, ou j’y reconnais quelqu’un" in words
    assert words.index(notice.words) < words.index("Ce qui est écrit")
    assert "l…@exemple.fr" in words
    assert READER not in words
    assert "Le formulaire a été envoyé en quelques secondes." in words
    assert "Texte signalé par une lectrice ou un lecteur." in words


def test_it_is_answered_with_a_sentence_and_leaves_the_text_as_it_is(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session)
    editor.get(f"/moderation/{testimonial.public_id}").press("Classer sans suite")
    assert editor.status == 422
    assert "Écrivez une phrase" in editor.text
    editor.fill(answer=ANSWER).press("Classer sans suite")
    assert editor.status == 200
    said = editor.page.select(".last-decision")[0].get_text()
    assert "Signalement classé sans suite par Nadia Exemple." in said
    assert ANSWER in editor.text, "what was answered can be read again"
    with pytest.raises(AssertionError, match="no button"):
        editor.button("Classer sans suite")
    reload(session)
    assert (notice.outcome, notice.answer) == (Outcome.DISMISSED, ANSWER)
    assert testimonial.noticed_at is None
    assert testimonial.status is Status.PUBLISHED
    assert testimonial.shown_digest == notice.digest
    (email,) = answers(session)
    assert email.recipient == READER
    assert email.facts == {"sentence": Outcome.DISMISSED.sentence, "words": ANSWER}
    assert email.due_at is not None
    assert email.due_at <= now()
    assert "Trois après-midi" not in editor.get("/moderation").text


def test_two_editors_answer_and_the_second_sees_the_first_with_their_words_kept(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    one, two = signed_in(Visitor(app), session), signed_in(Visitor(app), session, email="omar@ville-exemple.fr")
    for editor in (one, two):
        editor.get(f"/moderation/{testimonial.public_id}")
    one.fill(answer=ANSWER).press("Classer sans suite")
    two.fill(answer="Des mots à garder.").press("Classer sans suite")
    assert two.status == 409
    assert "Signalement classé sans suite par Nadia Exemple." in two.text
    assert "Des mots à garder." in two.text
    reload(session)
    assert notice.answer == ANSWER
    assert len(answers(session)) == 1


@pytest.mark.parametrize("first", ["answer", "decision"])
def test_an_answer_and_a_decision_are_stale_after_one_another(app: Flask, session: Session, first: str) -> None:
    testimonial, notice = noticed(session)
    one, two = signed_in(Visitor(app), session), signed_in(Visitor(app), session, email="omar@ville-exemple.fr")
    for editor in (one, two):
        editor.get(f"/moderation/{testimonial.public_id}")
    acts: list[Callable[[Visitor], Visitor]] = [
        lambda editor: editor.fill(answer=ANSWER).press("Classer sans suite"),
        lambda editor: editor.fill(reason="tiers_identifiable").press("Dépublier"),
    ]
    acts = acts if first == "answer" else acts[::-1]
    assert acts[0](one).status == 200
    assert acts[1](two).status == 409
    reload(session)
    assert notice.outcome is (Outcome.DISMISSED if first == "answer" else Outcome.UNPUBLISHED)
    assert testimonial.status is (Status.PUBLISHED if first == "answer" else Status.UNPUBLISHED)


def test_one_that_came_while_the_others_were_read_goes_on_waiting(session: Session) -> None:
    testimonial, notice = noticed(session)
    editor, revision = an_editor(session), testimonial.revision
    later = a_notice(session, testimonial, email=None)
    assert testimonial.revision == revision, "whoever is answering is not told that the text has changed"
    dismiss_open_notices(editor, testimonial, revision=revision, latest=notice.id, answer=ANSWER)
    session.flush()
    assert (notice.is_open, later.is_open) == (False, True)
    assert testimonial.noticed_at == later.at
    assert [event.kind for event in testimonial.events].count(Kind.NOTICE_DISMISSED) == 1
    with pytest.raises(Stale):
        dismiss_open_notices(editor, testimonial, revision=testimonial.revision, latest=notice.id, answer=ANSWER)


def test_unpublishing_ends_it_and_the_answer_waits_with_the_author_s_email(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    decide(an_editor(session), testimonial, Action.UNPUBLISH, revision=testimonial.revision, note=NOTE)
    session.flush()
    assert notice.outcome is Outcome.UNPUBLISHED
    assert testimonial.noticed_at is None
    (email,) = answers(session)
    assert (email.recipient, email.facts["words"]) == (READER, ""), "the words to the author are the author's"
    assert email.due_at is not None
    assert email.due_at > now() + app.config["UNDO_PERIOD"] / 2


def test_a_decision_taken_back_lets_it_wait_again_unanswered(session: Session) -> None:
    testimonial, notice = noticed(session)
    editor, since = an_editor(session), testimonial.noticed_at
    before = a_notice(session, testimonial, email="b@exemple.fr")
    before.handle(Outcome.DISMISSED, ANSWER)
    session.flush()
    decide(editor, testimonial, Action.UNPUBLISH, revision=testimonial.revision, note=NOTE)
    session.flush()
    bulk.undo_several(session, editor, [testimonial.public_id])
    session.flush()
    assert testimonial.status is Status.PUBLISHED
    assert (notice.is_open, notice.outcome, testimonial.noticed_at) == (True, None, since)
    assert before.outcome is Outcome.DISMISSED
    assert [email.recipient for email in stale_emails.without_stale(session, answers(session))] == ["b@exemple.fr"]


def amend(testimonial: Testimonial) -> None:
    changed = a_version(testimonial_session(testimonial), title="Autrement dit")
    testimonial.amend(changed, {}, seen=changed.compute_digest())


def testimonial_session(testimonial: Testimonial) -> Session:
    session = Session.object_session(testimonial)
    assert session is not None
    return session


def corrected(session: Session, testimonial: Testimonial) -> None:
    version = testimonial.latest.edited(account="[passage masqué]")
    testimonial.propose(version)
    version.approve(Approval.UNDER_CONSENT, version.digest)
    session.flush()
    decide(an_editor(session), testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())


def new_version(session: Session, testimonial: Testimonial) -> None:
    amend(testimonial)
    session.flush()
    decide(an_editor(session), testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())


def set_aside(session: Session, testimonial: Testimonial) -> None:
    amend(testimonial)
    session.flush()
    decide(an_editor(session), testimonial, Action.SET_ASIDE, revision=testimonial.revision, note=DecisionNote())


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (corrected, Outcome.CHANGED),
        (new_version, Outcome.CHANGED),
        (set_aside, None),
        (lambda _, testimonial: amend(testimonial), None),
        (lambda _, testimonial: testimonial.withdraw(), Outcome.GONE),
    ],
)
def test_it_ends_when_the_words_it_is_about_are_shown_no_more(
    session: Session, act: Callable[[Session, Testimonial], None], outcome: Outcome | None
) -> None:
    testimonial, notice = noticed(session)
    act(session, testimonial)
    session.flush()
    assert notice.outcome is outcome
    assert (testimonial.noticed_at is None) is (outcome is not None)
    assert [email.facts["sentence"] for email in answers(session)] == ([outcome.sentence] if outcome else [])


def test_what_a_reader_s_mailbox_refuses_is_not_said_of_the_author_s(app: Flask, session: Session) -> None:
    testimonial, _ = noticed(session)
    email = session.scalars(select(Email).where(Email.message == Message.NOTICE_RECEIVED)).one()
    email.due_at, email.last_refusal = None, "SMTPRecipientsRefused 550"
    session.flush()
    assert outbox.failed_about(session, testimonial.id, testimonial.email) == []
    editor = signed_in(Visitor(app), session)
    assert "ne reçoit pas nos courriels" not in editor.get(f"/moderation/{testimonial.public_id}").text


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"answer": ""}, 422, "Écrivez une phrase"),
        ({"answer": " \n"}, 422, "Écrivez une phrase"),
        ({"answer": "a" * 1501}, 422, "Retirez-en 1."),
        ({"revision": "x"}, 400, "Cette demande est illisible"),
        ({"revision": "9" * 400}, 400, "Cette demande est illisible"),
        ({"revision": "999"}, 409, "a changé entre-temps"),
        ({"latest": "-1"}, 422, "Rouvrez le texte"),
        ({"latest": "0"}, 409, "a changé entre-temps"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_changes_nothing(
    app: Flask, session: Session, changes: dict[str, str], status: int, said: str
) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    fields = {"revision": str(testimonial.revision), "latest": str(notice.id), "answer": "a"} | changes
    session.rollback()
    editor.post(
        f"/moderation/{testimonial.public_id}/signalements", [*fields.items(), ("csrf_token", editor.csrf_token)]
    )
    assert editor.status == status
    assert said in editor.text
    reload(session)
    assert notice.is_open


@pytest.mark.parametrize("answer", ["a", "a" * 1500])
def test_an_answer_takes_up_to_1500_signs(app: Flask, session: Session, answer: str) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    editor.fill(answer=answer).press("Classer sans suite")
    assert editor.status == 200
    reload(session)
    assert notice.answer == answer


def test_there_is_nothing_to_answer_where_nothing_was_reported(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    fields = {"revision": str(testimonial.revision), "latest": "9", "answer": "a", "csrf_token": editor.csrf_token}
    assert editor.post(f"/moderation/{testimonial.public_id}/signalements", [*fields.items()]).status == 409
