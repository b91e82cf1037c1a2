"""Objections: what an author contests is held until an answer with reasons, by another editor where there is one."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import AUTHOR, CLOCK, Actor, ActorKind, Kind
from app.cli.catalog import differences
from app.db import now
from app.french import day
from app.mail.outbox import Email
from app.moderation.decisions import choices, decide
from app.moderation.queue import deadlines
from app.moderation.queue import routes as bulk
from app.moderation.queue.deadlines import is_overdue
from app.moderation.review.editing import EditKind, save_edit
from app.privacy.retention import due_acts
from app.testimonials import erasure, mails
from app.testimonials.approval import Approval, ApprovalMissing, NothingToSign
from app.testimonials.consent import ConsentMissing
from app.testimonials.corrections import is_masked_text
from app.testimonials.decision import DecisionNote
from app.testimonials.diff import with_masks
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.objections import ObjectionUnanswered, own_version
from app.testimonials.private_page.consent_changes import consent_again
from app.testimonials.private_page.objections import contest_decision, is_contestable, objection_answer
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.private_page.status_sentence import status_sentence
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, committed, private_page, reload, send_act, signed_in, text_of
from tests.depth import DEPTH
from tests.factories import a_testimonial, an_editor, by_editor
from tests.visitor import Visitor

OMAR = "omar@ville-exemple.fr"
NAMED = "Nous avons appelé Mme Zinzolin, voisine du centre, et tout a commancé ce jour-là, dans la salle du bas."
MASKED = "Nous avons appelé [passage masqué], voisine du centre, et tout a commancé ce jour-là, dans la salle du bas."
SPELT = "Nous avons appelé Mme Zinzolin, voisine du centre, et tout a commencé ce jour-là, dans la salle du bas."
BOTH = "Nous avons appelé [passage masqué], voisine du centre, et tout a commencé ce jour-là, dans la salle du bas."
REASONS = DecisionNote(message="Cette voisine serait reconnue de tout le quartier.")


@pytest.fixture
def editor(visitor: Visitor, session: Session) -> Visitor:
    return signed_in(visitor, session)


def correct(session: Session, testimonial: Testimonial, user: User, account: str) -> None:
    """An editor saves a correction; on a published text it is published at once."""
    version = (testimonial.at_hand or testimonial.latest).edited(account=account)
    save_edit(user, testimonial, version, EditKind.CORRECTION, revision=testimonial.revision, note=DecisionNote())
    session.flush()


def corrected(session: Session, account: str, status: Status = Status.PUBLISHED, **facts: Any) -> Testimonial:
    """Return a testimonial that Nadia corrected."""
    testimonial = a_testimonial(session, status=status, account=NAMED, **facts)
    correct(session, testimonial, an_editor(session), account)
    return testimonial


def contested(session: Session, account: str, status: Status = Status.PUBLISHED, **facts: Any) -> Testimonial:
    return contest(session, corrected(session, account, status, **facts))


def contest(session: Session, testimonial: Testimonial) -> Testimonial:
    contest_decision(testimonial, "Rendez-moi mes mots.")
    session.flush()
    return testimonial


def contest_on_page(editor: Visitor, session: Session, testimonial: Testimonial) -> Visitor:
    session.commit()
    author = Visitor(editor.client.application).get(private_page(testimonial))
    author.fill(words="Rendez-moi mes mots.").press("Faire relire")
    session.rollback()
    assert author.status == 200
    return author


def refuse_update(session: Session, testimonial: Testimonial, **values: Any) -> None:
    """Check that the database itself refuses to write this to a contested text."""
    with pytest.raises(DBAPIError, match="an objection is unanswered"):
        session.execute(update(Testimonial).where(Testimonial.id == testimonial.id).values(**values))
    session.rollback()


def shown_account(testimonial: Testimonial) -> str | None:
    return testimonial.versions[testimonial.shown_number - 1].account if testimonial.shown_number else None


def offered(user: User, testimonial: Testimonial) -> list[Action]:
    return [choice.action for choice in choices(user, testimonial)]


def answer(session: Session, testimonial: Testimonial, user: User, action: Action) -> None:
    decide(user, testimonial, action, revision=testimonial.revision, note=REASONS)
    session.flush()


def test_masks_are_kept_in_the_author_s_words(subtests: pytest.Subtests) -> None:
    for own, corrected, kept in [
        (NAMED, MASKED, MASKED),
        (NAMED, SPELT, NAMED),
        (NAMED, BOTH, MASKED),
        ("avec Paul de la rue de Lyon.", "avec [passage masqué] de Lyon.", "avec [passage masqué] de Lyon."),
        ("Mme Dupond habitte ici.", "[passage masqué] habite ici.", "[passage masqué] habitte ici."),
        ("De de Jo, dorre.\n\nFin .", "De [passage masqué], dort.\n\nFin.", "De [passage masqué], dorre.\n\nFin ."),
        (
            "Vu [passage masqué] et Jo.",
            "Vus [passage masqué] et [passage masqué].",
            "Vu [passage masqué] et [passage masqué].",
        ),
        ("Tout", "[passage masqué]", "[passage masqué]"),
        ("", "", ""),
    ]:
        with subtests.test(own=own, corrected=corrected, kept=kept):
            assert with_masks(own, corrected) == kept


WORDS = ("de", "la", "rue", "Lyon", "voisine", "dans", "école", "réunion", ",", ".")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(WORDS), st.booleans()),
            st.tuples(st.integers(1, 4), st.just(value=False)),  # as many words, masked
        ),
        min_size=1,
        max_size=25,
    )
)
def test_no_masked_word_comes_back_with_the_author_s(pieces: list[tuple[str | int, bool]]) -> None:
    own: list[str] = []
    corrected: list[str] = []
    hidden: list[str] = []
    for piece, is_misspelt in pieces:
        if isinstance(piece, int):
            names = [f"Zinzolin{len(hidden) + number}" for number in range(piece)]
            hidden += names
            own += names
            corrected += ["[passage masqué]"]
        else:
            own += [piece + "x" * (is_misspelt and piece.isalpha())]
            corrected += [piece]
    kept = with_masks(" ".join(own), " ".join(corrected))
    assert not [name for name in hidden if name in kept], (own, corrected, kept)
    assert is_masked_text(" ".join(own), kept), "they are the author's words otherwise, to the letter"


def test_the_author_reads_their_own_words_at_the_next_request(editor: Visitor, session: Session) -> None:
    testimonial = corrected(session, SPELT)
    session.commit()
    author, reader = Visitor(editor.client.application), Visitor(editor.client.application)
    assert "a commencé" in reader.get(f"/temoignages/{testimonial.public_id}").text
    author.get(private_page(testimonial)).fill(words="C’est mon mot.").press("Faire relire")
    assert "D’ici là, ce sont vos mots qui paraissent." in author.text
    assert "a commancé" in reader.get(f"/temoignages/{testimonial.public_id}").text
    assert f"avant le {day(now() + timedelta(days=7))}" in author.text


def test_every_editor_of_the_contested_corrections_leaves_the_answer(session: Session) -> None:
    testimonial = corrected(session, MASKED, Status.PENDING)
    nadia, omar = an_editor(session), an_editor(session, email=OMAR)
    correct(session, testimonial, omar, BOTH)
    contest_decision(testimonial, "Non.")
    zoe = an_editor(session, email="zoe@ville-exemple.fr")
    assert [Action.RESTORE in offered(user, testimonial) for user in (nadia, omar, zoe)] == [False, False, True]
    zoe.password_hash = ""  # invited, and has not come
    session.flush()
    assert Action.RESTORE in offered(nadia, testimonial)


@pytest.mark.parametrize(("first", "kept"), [(MASKED, MASKED), (SPELT, NAMED), (BOTH, MASKED)])
def test_a_correction_undone_is_contested_with_the_one_it_left_on_the_page(
    editor: Visitor, session: Session, first: str, kept: str
) -> None:
    testimonial, nadia = corrected(session, first), an_editor(session)
    version = testimonial.versions[-1].edited(title="Trois après midi")
    save_edit(nadia, testimonial, version, EditKind.CORRECTION, revision=testimonial.revision, note=DecisionNote())
    bulk.undo_one(nadia, testimonial)
    contest_on_page(editor, session, testimonial)
    assert shown_account(testimonial) == kept
    assert testimonial.contested_at is not None
    assert not testimonial.has_new_version
    omar = an_editor(session, email=OMAR)
    assert (Action.UPHOLD in offered(omar, testimonial)) is (kept == MASKED)
    assert Action.PUBLISH not in offered(omar, testimonial)


def test_a_correction_of_a_new_version_is_contested_beside_an_earlier_one(editor: Visitor, session: Session) -> None:
    testimonial, nadia = corrected(session, SPELT), an_editor(session)
    amended = amend_text(testimonial, account=f"{NAMED} Depuis, cela continu bien.")
    session.flush()
    session.expire(testimonial)
    correct(session, testimonial, nadia, f"{NAMED} Depuis, cela continue bien.")
    contest_on_page(editor, session, testimonial)
    assert shown_account(testimonial) == SPELT, "that one is not contested"
    omar = an_editor(session, email=OMAR)
    assert not {Action.PUBLISH, Action.UPHOLD} & {*offered(omar, testimonial)}
    effects = [choice.effect for choice in choices(omar, testimonial) if choice.action is Action.RESTORE]
    assert "sa nouvelle version paraît aussitôt" in effects[0]
    answer(session, testimonial, omar, Action.RESTORE)
    assert (shown_account(testimonial), testimonial.contested_at) == (amended.account, None)


@pytest.mark.parametrize(("account", "kept"), [(MASKED, MASKED), (SPELT, NAMED), (BOTH, MASKED)])
def test_a_shown_correction_is_contested_while_an_amendment_waits(
    editor: Visitor, session: Session, account: str, kept: str
) -> None:
    """What is not a mask gives way to the words that were corrected; the amendment is neither shown nor lost."""
    testimonial = corrected(session, account)
    amended = amend_text(testimonial, title="Un autre titre", account=f"{NAMED} Depuis, cela continue.")
    session.commit()
    waiting_since, title = testimonial.waiting_since, testimonial.versions[0].title
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "Ce que l’équipe a corrigé dans le texte qui paraît" in author.text
    author = contest_on_page(editor, session, testimonial)
    shown = testimonial.versions[(testimonial.shown_number or 0) - 1]
    assert (shown.account, shown.title) == (kept, title)
    assert (testimonial.contested_number, testimonial.masks_number is not None) == (2, account != SPELT)
    assert testimonial.has_new_version, "it waits on, from when it was sent"
    latest = testimonial.latest
    assert (latest.account, latest.title, latest.made_by) == (amended.account, "Un autre titre", ActorKind.AUTHOR)
    assert (latest.approval, latest.approved_digest) == (Approval.SENT, amended.digest)
    assert testimonial.waiting_since == waiting_since
    assert not is_contestable(testimonial), "once"
    assert "Vous avez contesté une correction" in author.get(private_page(testimonial)).text
    assert "Un autre titre" in author.text
    session.rollback()
    omar = an_editor(session, email=OMAR)
    assert (Action.UPHOLD in offered(omar, testimonial)) is (account != SPELT)
    assert Action.PUBLISH in offered(omar, testimonial), "the author's own words"
    if account != SPELT:
        answer(session, testimonial, omar, Action.UPHOLD)
        session.commit()
        assert shown_account(testimonial) == kept
        assert not is_contestable(testimonial), "kept with reasons"
        answer(session, testimonial, omar, Action.PUBLISH)
    else:
        answer(session, testimonial, omar, Action.RESTORE)
    session.commit()
    assert (shown_account(testimonial), testimonial.contested_at) == (amended.account, None)
    assert testimonial.settled_number == testimonial.current_number
    assert list(differences(session)) == []


def test_an_amendment_sent_again_behind_a_contested_correction_can_be_set_aside(session: Session) -> None:
    testimonial = corrected(session, BOTH)
    amend_text(testimonial, account=f"{NAMED} Depuis, cela continue.")
    session.flush()
    contest(session, testimonial)
    omar = an_editor(session, email=OMAR)
    answer(session, testimonial, omar, Action.SET_ASIDE)
    assert (shown_account(testimonial), testimonial.has_new_version) == (MASKED, False)
    mark = testimonial.contested_at
    assert mark is not None, "that is no answer"
    answer(session, testimonial, omar, Action.RESTORE)
    assert (shown_account(testimonial), testimonial.contested_at) == (NAMED, None), "the words that were corrected"
    session.commit()


@pytest.mark.parametrize("account", [MASKED, SPELT, BOTH])
@pytest.mark.parametrize("status", [Status.PENDING, Status.PUBLISHED])
def test_the_author_s_words_are_an_answer(session: Session, status: Status, account: str) -> None:
    testimonial = contested(session, account, status)
    omar = an_editor(session, email=OMAR)
    answer(session, testimonial, omar, Action.RESTORE)
    assert (testimonial.contested_at, testimonial.contested_number, testimonial.masks_number) == (None, None, None)
    assert (testimonial.latest.account, testimonial.latest.approval) == (NAMED, Approval.SENT)
    assert shown_account(testimonial) == (NAMED if status is Status.PUBLISHED else None)
    if status is Status.PENDING:
        answer(session, testimonial, omar, Action.PUBLISH)
        assert shown_account(testimonial) == NAMED
    assert not testimonial.has_new_version


@pytest.mark.parametrize(
    ("account", "status"), [(MASKED, Status.PENDING), (MASKED, Status.PUBLISHED), (BOTH, Status.PUBLISHED)]
)
def test_masks_alone_are_kept_with_reasons_once(session: Session, account: str, status: Status) -> None:
    testimonial = contested(session, account, status)
    omar = an_editor(session, email=OMAR)
    answer(session, testimonial, omar, Action.UPHOLD)
    assert (testimonial.contested_at, testimonial.contested_number) == (None, None)
    assert testimonial.approved.account == MASKED
    assert not is_contestable(testimonial), "the answer is contested elsewhere, and says how"
    reply = objection_answer(testimonial)
    assert reply is not None
    assert reply.message == REASONS.message
    if status is Status.PENDING:
        answer(session, testimonial, omar, Action.PUBLISH)
    assert shown_account(testimonial) == MASKED


def test_spelling_is_not_kept_against_its_author(session: Session) -> None:
    omar = an_editor(session, email=OMAR)
    for number, account in enumerate((SPELT, BOTH)):
        testimonial = contested(session, account, Status.PENDING, email=f"a{number}@exemple.fr")
        assert Action.UPHOLD not in offered(omar, testimonial)
        with pytest.raises(TransitionRefused):
            testimonial.perform(Action.UPHOLD, by=Actor.editor(omar.id), note=REASONS)


def test_an_old_rewriting_with_masks_waits_for_the_author_s_words(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, account=NAMED)
    rewritten = testimonial.latest.edited(account="Tout autre chose, [passage masqué], et le reste inventé.")
    testimonial.propose(rewritten)
    rewritten.measure = dict.fromkeys(("new", "removed", "overmasked", "chosen"), 0)  # as no edit is measured today
    rewritten.approve(Approval.UNDER_CONSENT, rewritten.digest)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    contest(session, testimonial)
    omar = an_editor(session, email=OMAR)
    assert testimonial.contested_at is not None
    assert "la version corrigée paraît encore" in status_sentence(testimonial).next
    assert Action.UPHOLD not in offered(omar, testimonial), "it does more than mask"
    answer(session, testimonial, omar, Action.RESTORE)
    assert shown_account(testimonial) == NAMED


def test_a_proof_is_an_answer_and_recalling_it_is_not(session: Session) -> None:
    testimonial = contested(session, BOTH, Status.PENDING)
    since, omar = testimonial.contested_at, an_editor(session, email=OMAR)
    proof = testimonial.latest.edited(account="Nous avons appelé une voisine, et tout a commencé ce jour-là.")
    save_edit(omar, testimonial, proof, EditKind.REWRITING, revision=testimonial.revision, note=REASONS)
    session.flush()
    assert (testimonial.status, testimonial.contested_at) == (Status.PROOF_SENT, None)
    answer(session, testimonial, omar, Action.RECALL_PROOF)
    assert (testimonial.contested_at, testimonial.contested_number) == (since, 2)
    answer(session, testimonial, omar, Action.SEND_PROOF)
    sign_version(testimonial, testimonial.latest.digest)
    assert (testimonial.status, testimonial.contested_at) == (Status.PUBLISHED, None)


def test_a_proof_by_the_editor_of_the_correction_answers_once_it_is_signed(session: Session) -> None:
    testimonial = contested(session, SPELT, Status.PENDING)
    an_editor(session, email=OMAR)
    proof = testimonial.latest.edited(account="Nous avons appelé une voisine, et tout a commencé ce jour-là.")
    save_edit(an_editor(session), testimonial, proof, EditKind.REWRITING, revision=testimonial.revision, note=REASONS)
    session.flush()
    assert testimonial.contested_at is not None
    sign_version(testimonial, testimonial.latest.digest)
    assert testimonial.contested_at is None


def test_an_answer_is_undone_and_the_objection_waits_again(session: Session) -> None:
    testimonial = contested(session, MASKED)
    since, omar = testimonial.contested_at, an_editor(session, email=OMAR)
    answer(session, testimonial, omar, Action.UPHOLD)
    bulk.undo_several(session, omar, [testimonial.public_id])
    session.flush()
    assert (testimonial.contested_at, testimonial.contested_number, testimonial.masks_number) == (since, 2, 2)
    assert objection_answer(testimonial) is None


def test_other_decisions_leave_the_mark(session: Session) -> None:
    testimonial = contested(session, MASKED)
    since, nadia = testimonial.contested_at, an_editor(session)
    an_editor(session, email=OMAR)
    answer(session, testimonial, nadia, Action.UNPUBLISH)
    assert testimonial.contested_at == since
    bulk.undo_several(session, nadia, [testimonial.public_id])
    session.flush()
    assert (testimonial.contested_at, shown_account(testimonial)) == (since, MASKED)
    answer(session, testimonial, nadia, Action.UNPUBLISH)
    answer(session, testimonial, nadia, Action.REOPEN)
    assert testimonial.contested_at == since
    assert Action.PUBLISH not in offered(nadia, testimonial), "masks stay on a page, they do not come back to it"
    answer(session, testimonial, nadia, Action.KEEP_INTERNAL)
    assert testimonial.contested_at == since


def test_masks_that_are_contested_are_not_renewed(session: Session, editor: Visitor) -> None:
    testimonial, other = contested(session, MASKED), contested(session, SPELT, email="b@exemple.fr")
    for each in (testimonial, other):
        each.published_until = now() + timedelta(days=20)
    session.commit()
    assert [act.testimonial_id for act in due_acts(session)] == [other.id], "no reminder of what cannot be done"
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "la publication ne peut pas être prolongée d’ici là" in author.text
    assert not [each for each in author.page.find_all("button") if "Prolonger" in each.get_text()]
    assert send_act(author, testimonial, "prolonger").status == 409
    author.get(private_page(other)).press("Prolonger")
    session.rollback()
    until = [each.published_until for each in (testimonial, other) if each.published_until]
    assert [moment > now() + timedelta(days=400) for moment in until] == [False, True], "one's own words are one's own"


def test_an_objection_survives_amendment_expiry_and_the_retention_period(session: Session) -> None:
    testimonial = contested(session, MASKED)
    since = testimonial.contested_at
    amend_text(testimonial, title="Trois après-midi entiers")
    testimonial.perform(Action.EXPIRE, by=CLOCK)
    testimonial.waiting_since = now() - timedelta(days=400)
    session.flush()
    assert (list(due_acts(session)), testimonial.contested_at) == ([], since)
    assert "Vous avez contesté une correction" in status_sentence(testimonial).next
    nadia = an_editor(session)
    answer(session, testimonial, nadia, Action.REOPEN)
    assert testimonial.contested_at == since
    answer(session, testimonial, nadia, Action.PUBLISH)
    assert testimonial.contested_at == since, "their own words are published, the answer is still due"
    answer(session, testimonial, nadia, Action.RESTORE)
    assert testimonial.contested_at is None
    assert testimonial.latest.title == "Trois après-midi entiers"


@pytest.mark.parametrize("account", [MASKED, SPELT])
def test_withdrawing_ends_the_wait_and_coming_back_begins_it_again(session: Session, account: str) -> None:
    testimonial = contested(session, account, Status.PENDING)
    testimonial.withdraw()
    waits = [testimonial.contested_at is not None]
    consent_again(testimonial)
    assert [*waits, testimonial.contested_at is not None] == [False, True]
    with pytest.raises(ObjectionUnanswered):
        testimonial.perform(Action.PUBLISH, by=by_editor(session))
    erasure.erase_testimonial(testimonial)
    assert (testimonial.contested_at, testimonial.contested_number) == (None, None)
    session.rollback()


@pytest.mark.parametrize(
    ("status", "verb"), [(Status.DECLINED, "Maintenir le refus"), (Status.UNPUBLISHED, "Maintenir la dépublication")]
)
@pytest.mark.parametrize("action", [Action.UPHOLD, Action.REOPEN])
def test_a_contested_decision_is_upheld_or_reversed_by_another_editor(
    session: Session, status: Status, verb: str, action: Action
) -> None:
    testimonial = a_testimonial(session, status=status)
    nadia, omar = an_editor(session), an_editor(session, email=OMAR)
    contest(session, testimonial)
    assert offered(nadia, testimonial) == []
    assert [choice.verb for choice in choices(omar, testimonial)] == [verb, "Rouvrir, et répondre"]
    assert all(choice.needs_words for choice in choices(omar, testimonial))
    with pytest.raises(TransitionRefused):
        testimonial.perform(action, by=Actor.editor(nadia.id), note=REASONS)
    answer(session, testimonial, omar, action)
    is_kept = action is Action.UPHOLD
    assert (testimonial.status, testimonial.contested_at) == (status if is_kept else Status.PENDING, None)
    assert not is_contestable(testimonial)
    email = session.scalars(select(Email).where(Email.message == mails.OBJECTION_ANSWERED)).one()
    assert (email.facts["words"], email.facts["is_kept"]) == (REASONS.message, is_kept)
    if is_kept:
        assert email.due_at is not None
        assert email.due_at > now() + timedelta(minutes=9), "it can be undone until then"
        assert REASONS.message in text_of(email)
        assert "saisissez la justice" in text_of(email)


def test_a_removal_that_is_upheld_leaves_the_correction_to_contest(session: Session) -> None:
    nadia = an_editor(session)
    omar = an_editor(session, email=OMAR)
    testimonial = corrected(session, SPELT)
    answer(session, testimonial, nadia, Action.UNPUBLISH)
    contest(session, testimonial)
    answer(session, testimonial, omar, Action.UPHOLD)
    answer(session, testimonial, omar, Action.REOPEN)
    answer(session, testimonial, omar, Action.PUBLISH)
    assert is_contestable(testimonial)


def test_a_refusal_after_an_objection_can_be_contested_too(session: Session) -> None:
    testimonial = contested(session, SPELT, Status.PENDING)
    nadia, omar = an_editor(session), an_editor(session, email=OMAR)
    answer(session, testimonial, omar, Action.KEEP_INTERNAL)
    answer(session, testimonial, omar, Action.REOPEN)
    decide(omar, testimonial, Action.DECLINE, revision=testimonial.revision, note=DecisionNote())
    assert is_contestable(testimonial)
    contest(session, testimonial)
    assert offered(omar, testimonial) == []
    answer(session, testimonial, nadia, Action.REOPEN)
    assert testimonial.contested_at is not None, "the correction is still contested"


def test_the_desk_asks_for_reasons_and_says_who_answers(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.DECLINED)
    contest_decision(testimonial, "Le sujet est bien celui-là.")
    omar = an_editor(session, email=OMAR)
    omar.name = "Omar Exemple"
    session.commit()
    page = f"/moderation/{testimonial.public_id}"
    assert "Une autre personne de l’équipe doit répondre" in editor.get(page).text
    other = signed_in(Visitor(editor.client.application), session, email=OMAR)
    other.get(page).press("Maintenir le refus")
    assert other.status == 422
    assert "Répondez à l’auteur·e" in other.text
    other.get(page).fill(message="Le texte parle d’une autre ville.").press("Maintenir le refus")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "La réponse à votre contestation" in author.text
    assert "Le texte parle d’une autre ville." in author.text
    assert "Hors sujet" in author.text, "the reason of the refusal is still told"
    assert "saisissez la justice" in author.text
    assert "L’équipe a répondu à votre contestation" in author.text
    assert "Contestation close par une réponse motivée d’Omar Exemple" in other.get(page).text


def test_an_answer_is_overdue_after_seven_days(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.DECLINED)
    contest_decision(testimonial, "Le sujet est bien celui-là.")
    for days, overdue in ((6.9, ""), (7.1, "En retard")):
        testimonial.contested_at = now() - timedelta(days=days)
        assert deadlines.deadline_of(testimonial).overdue == overdue
        assert is_overdue(testimonial) is bool(overdue)
    assert "avec nos excuses pour le retard" in status_sentence(testimonial).next


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "values", [{"contested_number": 2}, {"contested_number": 1}, {"contested_number": 2, "masks_number": 1}]
)
def test_the_database_keeps_a_contested_correction_from_the_page(session: Session, values: dict[str, int]) -> None:
    testimonial = corrected(session, SPELT)
    session.commit()
    refuse_update(session, testimonial, **values)


@pytest.mark.both_engines
def test_the_database_shows_no_contested_correction_again(session: Session) -> None:
    testimonial = contested(session, BOTH)
    session.commit()
    for number, masks in ((2, 3), (2, 2), (2, None)):
        digest = testimonial.versions[number - 1].digest
        shown = {"shown_number": number, "shown_digest": digest, "approved_digest": digest, "masks_number": masks}
        refuse_update(session, testimonial, **shown)
    assert (testimonial.shown_number, testimonial.masks_number) == (3, 3)


@pytest.mark.both_engines
def test_the_database_approves_no_shown_version_against_an_objection(session: Session) -> None:
    testimonial = contested(session, SPELT, Status.PENDING)
    version = testimonial.latest.edited(title="Autre titre")
    testimonial.propose(version)
    version.measure = dict.fromkeys(("new", "removed", "overmasked", "chosen"), 0)
    version.approve(Approval.UNDER_CONSENT, version.digest)
    shown = {"shown_number": 3, "shown_digest": version.digest, "approved_digest": version.digest}
    refuse_update(session, testimonial, **shown, status=Status.PUBLISHED)


class Contested(RuleBasedStateMachine):
    """Acts in any order, by the author, the clock and two editors: no unanswered correction is ever shown."""

    session: Session

    @initialize(
        account=st.sampled_from([MASKED, SPELT, BOTH]), status=st.sampled_from([Status.PENDING, Status.PUBLISHED])
    )
    def begin(self, account: str, status: Status) -> None:
        self.nadia, self.omar = an_editor(self.session), an_editor(self.session, email=OMAR)
        self.text = corrected(self.session, account, status)
        self.session.commit()

    @rule(user=st.sampled_from(["nadia", "omar"]), action=st.sampled_from(Action))
    def act(self, user: str, action: Action) -> None:
        by = Actor.editor(getattr(self, user).id) if action.parties and "editor" in {*action.parties} else AUTHOR
        before, waiting = self.text.contested_at, self.text.latest.digest if self.text.has_new_version else None
        own = own_version(self.text).digest
        try:
            if action is Action.CONTEST:
                contest_decision(self.text, "Non.")
            elif action is Action.WITHDRAW:
                self.text.withdraw()
            elif action is Action.CONSENT_AGAIN:
                consent_again(self.text)
            elif action is not Action.ERASE:
                self.text.perform(action, by=by, note=REASONS)
            self.session.flush()
        except (TransitionRefused, ObjectionUnanswered, ApprovalMissing, ConsentMissing, NothingToSign):
            self.session.rollback()
            return
        self.session.commit()
        if action is Action.CONTEST:
            assert own_version(self.text).digest == own, "the author's last words stay so"
            assert (self.text.latest.digest if self.text.has_new_version else None) == waiting, "what waits waits on"
        answers = {*(Action.UPHOLD, Action.RESTORE, Action.REOPEN, Action.SEND_PROOF), Action.SIGN_PROOF}
        if before is not None and self.text.contested_at is None:
            assert action in answers | {Action.WITHDRAW}, "only an answer takes the mark away"

    @rule()
    def amend(self) -> None:
        try:
            changed = self.text.approved.edited(title=f"Titre {self.text.current_number}")
            self.text.amend(changed, {}, seen=changed.compute_digest())
        except (TransitionRefused, ConsentMissing):
            self.session.rollback()
            return
        self.session.commit()

    @invariant()
    def nothing_contested_is_shown(self) -> None:
        text = self.text
        shown = text.versions[text.shown_number - 1] if text.shown_number else None
        if shown is None or text.contested_number is None:
            return
        assert text.contested_at is not None, "an answer is due as long as the text is in use"
        assert shown.approval is not Approval.UNDER_CONSENT or "[passage masqué]" in shown.account
        assert "commencé" not in shown.account, "what is not a mask has given way"

    def teardown(self) -> None:
        erasure.erase_testimonial(self.text)
        self.session.commit()


@pytest.mark.slow("acts drawn in any order")
def test_after_any_acts_nothing_contested_is_shown(session: Session) -> None:
    machine = type("Machine", (Contested,), {"session": session})
    checks = [HealthCheck.too_slow]
    often = settings(max_examples=DEPTH.rounds(30), stateful_step_count=15, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=often)
    assert list(differences(session)) == []


@pytest.mark.parametrize("status", [Status.DECLINED, Status.UNPUBLISHED])
def test_a_decision_is_contested_once_from_the_private_page(editor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    author = Visitor(editor.client.application).get(private_page(testimonial))
    for told in ("Hors sujet", "Une phrase pour l’auteure.", "contester"):
        assert told in author.text
    author.fill(words="Le sujet est bien celui-là.").press("Faire relire")
    assert "Vous avez contesté cette décision" in author.text
    assert "Le sujet est bien celui-là." in author.text
    assert not [each for each in author.page.find_all("button") if "Faire relire" in each.get_text()]
    assert [event.kind for event in reload(session, testimonial).events][-1] is Kind.CONTESTED
    assert testimonial.remarks[0].words == "Le sujet est bien celui-là."
    editor.get(f"/moderation/{testimonial.public_id}").fill(message="Vous avez raison.").press("Rouvrir")
    assert "Vous avez raison." in author.get(private_page(testimonial)).text
    assert reload(session, testimonial).contested_at is None


def test_other_statuses_cannot_be_contested(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    for status in [Status.PENDING, Status.INTERNAL, Status.WITHDRAWN, Status.UNCONFIRMED]:
        with subtests.test(status=status):
            testimonial = committed(session, status=status)
            assert send_act(visitor, testimonial, "contester", words="Non.").status == 409
            assert reload(session, testimonial).remarks == []


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
    assert f"Vous avez contesté une correction le {day(now())} : vous aurez une réponse" in author.text
    assert "D’ici là, la version corrigée ne peut pas paraître." in author.text
    assert "« Après-midi » est invariable." in author.text
    assert "plus bas" not in author.text
    assert "Ce que l’équipe a corrigé" in author.text
    assert "« Après-midi » est invariable." in editor.get(f"/moderation/{testimonial.public_id}").text
    assert "Contesté par l’auteur·e" in editor.text
    assert not [each for each in editor.page.find_all("button") if each.get_text(strip=True) == "Publier"]
    editor.fill(message="Vous avez raison.").press("Revenir aux mots de l’auteur·e")
    editor.get(f"/moderation/{testimonial.public_id}").press("Publier")
    assert reload(session, testimonial).contested_at is None
    assert testimonial.shown_digest == testimonial.versions[0].digest
