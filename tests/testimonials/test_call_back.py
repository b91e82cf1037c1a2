"""Calling a withdrawal back: for ten minutes, exactly what was shown, and nothing of it meanwhile."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.passages import OPENING
from app.audit import AUTHOR as AUTHOR_ACTS
from app.audit import CLOCK, SYSTEM, ActorKind, Kind
from app.catalog import placements
from app.catalog.facets import Facet
from app.catalog.placements import MOST_PLACED, Place, Placement, PlacementRefused
from app.catalog.rendering import Rendering
from app.catalog.visibility import Outlet, visible
from app.cli.catalog import differences
from app.db import now
from app.erasure_journal import read_entries
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.testimonials import erasure, mails, undo
from app.testimonials.approval import Approval, ApprovalMissing, NothingToSign
from app.testimonials.consent import Channel, ConsentDecision, ConsentMissing, latest_of_each
from app.testimonials.decision import DecisionNote, Withdrawal
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.notices import Outcome
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.private_page.consent_changes import call_back, change_consent, consent_again
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import (
    a_site,
    amend_text,
    committed,
    first_place,
    first_wordings,
    private_page,
    published,
    readable,
    reload,
    run_clock,
    send_act,
    signed_in,
    stored,
    text_of,
)
from tests.depth import DEPTH
from tests.factories import AUTHOR, READER, a_testimonial, an_editor, another_article, by_editor, the_article
from tests.moderation.test_hiding import hidden, reported
from tests.visitor import Visitor

QUOTED = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."
NOTE = DecisionNote(message="Une phrase pour l’auteure.")

# What a reader, an editor or the clock goes by, of the row itself.
KEPT = (
    *("status", "published_at", "published_until", "publication_consent", "sites_consent", "reuse_consent"),
    *("due_at", "reminded_at", "waiting_since", "contested_at", "contested_number", "masks_number", "noticed_at"),
    "hidden_until",
    *("current_number", "settled_number", "shown_number", "shown_digest", "approved_digest", "article_id"),
)
# The date of what open outlets give moves, so that who follows them asks again.
MOVES = ("document", "composed")


def picture(session: Session, text: Testimonial) -> dict[str, Any]:
    """Return everything that is shown of a text, and all that it hangs on."""
    session.expire_all()
    rendering = session.get(Rendering, text.id)
    columns = [each.name for each in Rendering.__table__.columns if each.name not in MOVES]
    placed = select(Placement).where(Placement.testimonial_id == text.id).order_by(Placement.id)
    return {
        **{name: getattr(text, name) for name in KEPT},
        "rendering": rendering and {name: getattr(rendering, name) for name in columns},
        "placements": [(each.passage, each.position, each.quote) for each in session.scalars(placed)],
        "facets": session.scalar(select(func.count()).select_from(Facet)),
        "outlets": [
            session.scalar(visible(Testimonial.id, outlet=each).where(Testimonial.id == text.id)) for each in Outlet
        ],
        "consents": [
            (line.purpose, line.answer, line.wording_version, line.wording, line.digest)
            for line in sorted(latest_of_each(text.consents), key=lambda line: line.purpose.value)
        ],
        "notices": [(notice.handled_at, notice.outcome) for notice in text.notices],
        "set_aside": text.set_aside_numbers,
    }


def plain(session: Session) -> Testimonial:
    return published(session)


def refusing_reuse(session: Session) -> Testimonial:
    return published(session, reuse=False)


def of_first_wordings(session: Session) -> Testimonial:
    """Its author read the wordings that name neither the sites nor the open outlets."""
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        return published(session)


def without_reuse_since(session: Session) -> Testimonial:
    """Its author took the consent to reuse back before the text."""
    text = published(session)
    change_consent(text, Purpose.REUSE, gives=False)
    return text


def put(session: Session, place: Place, text: Testimonial) -> None:
    placements.place_testimonial(session, place, text, by=by_editor(session))
    session.flush()


def placed(session: Session) -> Testimonial:
    text, place = published(session), first_place(session)
    put(session, place, published(session, 1))
    put(session, place, text)
    placements.choose_quote(session, place, text, QUOTED, by=by_editor(session))
    return text


def with_a_new_version(session: Session) -> Testimonial:
    text = published(session)
    amend_text(text, {Purpose.REUSE: True}, title="Trois après-midi entiers")
    return text


def with_a_version_set_aside(session: Session) -> Testimonial:
    text = with_a_new_version(session)
    text.perform(Action.SET_ASIDE, by=by_editor(session), note=NOTE)
    return text


def contested(session: Session) -> Testimonial:
    """A word is masked, and its author objects: the mask is still shown."""
    text = published(session, account=f"Merci à Camille. {'Nous avons ouvert trois après-midi. ' * 6}")
    text.propose(
        text.latest.edited(account=text.latest.account.replace("Camille", "[passage masqué]")), as_correction=True
    )
    text.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    contest_decision(text, "Elle est d’accord.")
    text.contested_at = now() - timedelta(days=3)
    return text


def reminded(session: Session) -> Testimonial:
    """Its publication ends soon, and its author was told."""
    text = published(session)
    text.published_until, text.reminded_at = now() + timedelta(days=9), now() - timedelta(days=1)
    return text


KINDS = (
    *(plain, refusing_reuse, of_first_wordings, without_reuse_since, placed, with_a_new_version),
    *(with_a_version_set_aside, contested, reported, hidden, reminded),
)


@pytest.mark.slow("eleven withdrawals recomputed")
def test_what_was_shown_is_shown_again_to_the_letter(session: Session, subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind=kind.__name__):
            text = kind(session)
            session.commit()
            before, lines = picture(session, text), len(text.consents)
            text.withdraw()
            session.commit()
            assert text.status is Status.WITHDRAWN
            gone = picture(session, text)
            assert (gone["rendering"], gone["outlets"]) == (None, [None, None, None])
            assert [text.publication_consent, text.sites_consent, text.reuse_consent] == [False] * 3
            assert gone["placements"] == before["placements"], "kept, and shown to nobody"
            call_back(text)
            session.commit()
            assert picture(session, text) == before
            assert text.withdrawal is None
            assert session.scalar(select(func.count()).select_from(Withdrawal)) == 0
            added = text.consents[lines:]
            ended = [line.purpose for line in added if line.answer is ConsentDecision.WITHDRAWN]
            given = [line for line in added if line.answer is ConsentDecision.GIVEN]
            assert sorted(ended) == sorted(line.purpose for line in given), "line by line, and each its own"
            assert {line.channel for line in given} == {Channel.PRIVATE_PAGE}
            assert [event.actor for event in text.events if event.kind is Kind.CALL_BACK] == [ActorKind.AUTHOR]
            assert list(differences(session)) == []


def test_readers_see_it_again_and_followers_ask_again(app: Flask, visitor: Visitor, session: Session) -> None:
    text = published(session)
    a_site(session)
    session.commit()
    reader, machine = Visitor(app), f"/api/v1/testimonials/{text.public_id}"
    page = reader.get(f"/temoignages/{text.public_id}").path
    article = reader.get("/articles/crpv").page.find("main")
    visitor.get(private_page(text)).press("Retirer mon texte")
    assert "Plus personne ne peut le lire" in visitor.text
    assert reader.get(page).status == 410
    assert reader.client.get(machine).status_code == 410
    visitor.press("Revenir sur ce retrait")
    assert visitor.status == 200
    assert "Votre texte est publié à côté de l’article" in visitor.text
    assert "Vous êtes revenu·e sur ce retrait" in visitor.text
    assert reader.get("/articles/crpv").page.find("main") == article
    assert reader.get(page).status == 200
    (changed,) = stored(session, Testimonial)
    given_again = [line for line in changed.consents if line.purpose is Purpose.REUSE][-1]
    updated = reader.client.get(machine).get_json()["updated_at"]
    assert updated == given_again.at.isoformat(timespec="seconds"), "not the date of the publication"
    first, _, again = (line for line in changed.consents if line.purpose is Purpose.PUBLICATION)
    assert again.parameters == first.parameters != {}, "the wording with the names that it had"


def test_the_page_that_confirms_says_until_when(visitor: Visitor, session: Session) -> None:
    text = readable(session)
    visitor.get(private_page(text)).press("Retirer mon texte")
    (withdrawal,) = stored(session, Withdrawal)
    withdrawal.at = datetime(2999, 1, 5, 9, 55, tzinfo=now().tzinfo)
    session.commit()
    assert "Vous pouvez revenir sur ce retrait jusqu’à 11 h 05." in visitor.get(private_page(text)).text
    (email,) = session.scalars(select(Email).where(Email.message == mails.WITHDRAWN))
    assert "revenir sur ce retrait" in text_of(email)


@pytest.mark.parametrize("clock_has_run", [False, True])
def test_after_ten_minutes_it_is_too_late(app: Flask, visitor: Visitor, session: Session, clock_has_run: bool) -> None:
    text = readable(session)
    visitor.get(private_page(text)).press("Retirer mon texte")
    session.rollback()
    session.execute(update(Withdrawal).values(at=now() - timedelta(minutes=11, seconds=1)))
    session.commit()
    if clock_has_run:
        app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
        assert stored(session, Withdrawal) == []
    visitor.press("Revenir sur ce retrait")
    assert visitor.status == 409
    assert "les dix minutes pour revenir sur ce retrait sont passées" in visitor.text
    assert "donnez de nouveau votre accord plus bas" in visitor.text
    assert "Revenir sur ce retrait" not in visitor.get(private_page(text)).text
    assert visitor.page.select("details#remettre button")
    assert reload(session, text).status is Status.WITHDRAWN


def test_the_clock_keeps_what_can_still_be_called_back(app: Flask, session: Session) -> None:
    text = published(session)
    text.withdraw()
    session.execute(update(Withdrawal).values(at=now() - timedelta(minutes=9)))
    run_clock(app, session)
    assert len(stored(session, Withdrawal)) == 1
    call_back(text)
    session.commit()
    assert text.status is Status.PUBLISHED


def test_only_what_was_published_can_be_called_back(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for status in [each for each in Status if each not in {Status.PUBLISHED, Status.WITHDRAWN, Status.ERASED}]:
        with subtests.test(status=status):
            text = committed(session, status=status, email=f"{status}@exemple.fr")
            assert send_act(visitor, text, "revenir").status == 409, "it is not withdrawn"
            assert "Revenir sur ce retrait" not in send_act(visitor, text, "retirer").text
            session.rollback()
            assert send_act(visitor, text, "revenir").status == 409
            assert (reload(session, text).status, text.withdrawal) == (Status.WITHDRAWN, None)


def test_what_a_restored_backup_withdraws_again_is_not_called_back(session: Session) -> None:
    text = published(session)
    text.withdraw(by=SYSTEM)
    session.flush()
    with pytest.raises(TransitionRefused):
        call_back(text)
    session.rollback()


def test_performing_it_alone_gives_no_consent(session: Session) -> None:
    text = published(session)
    text.withdraw()
    session.commit()
    with pytest.raises(ConsentMissing):
        text.perform(Action.CALL_BACK, by=AUTHOR_ACTS)
    assert reload(session, text).status is Status.WITHDRAWN


def test_pressing_twice_does_it_once_and_without_a_token_not_at_all(visitor: Visitor, session: Session) -> None:
    text = readable(session)
    visitor.get(private_page(text)).press("Retirer mon texte")
    visitor.post(f"{private_page(text)}/revenir", [])
    assert visitor.status == 422
    assert visitor.client.get(f"{private_page(text)}/revenir").status_code == 405
    for _ in range(2):
        session.rollback()
        assert send_act(visitor, text, "revenir").status == 200
    assert reload(session, text).status is Status.PUBLISHED
    assert [event.kind for event in text.events].count(Kind.CALL_BACK) == 1


def test_after_another_act_it_is_too_late(visitor: Visitor, session: Session) -> None:
    text = readable(session)
    visitor.get(private_page(text)).press("Retirer mon texte")
    token = visitor.csrf_token
    session.rollback()
    consent_again(text)
    session.commit()
    visitor.post(f"{private_page(text)}/revenir", [("csrf_token", token)])
    assert visitor.status == 409
    assert "votre texte a changé d’état entre-temps" in visitor.text
    session.rollback()
    erasure.erase_testimonial(text)
    session.commit()
    visitor.post(f"{private_page(text)}/revenir", [("csrf_token", token)])
    assert visitor.status == 404


@pytest.mark.both_engines
def test_a_text_erased_while_its_refusal_is_written_is_a_dead_link(visitor: Visitor, session: Session) -> None:
    """A refused act unlocks the text: another window of its author erases it before the page is made."""
    text = readable(session)
    page = private_page(text)
    text.perform(Action.UNPUBLISH, by=by_editor(session), note=NOTE)
    session.commit()
    token = visitor.get(page).csrf_token

    def erase(_: Session) -> None:
        erasure.erase_testimonial(text)
        session.commit()

    event.listen(Session, "after_rollback", erase, once=True)
    visitor.post(f"{page}/revenir", [("csrf_token", token)])
    assert visitor.status == 404
    assert "Ce lien n’ouvre rien" in visitor.text
    assert reload(session, text).status is Status.ERASED


def test_erasing_leaves_nothing_to_call_back(session: Session) -> None:
    text = published(session)
    text.withdraw()
    session.commit()
    erasure.erase_testimonial(text)
    session.commit()
    assert stored(session, Withdrawal) == []


def test_an_editor_s_decision_meanwhile_is_stale(app: Flask, visitor: Visitor, session: Session) -> None:
    text = readable(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{text.public_id}")
    visitor.get(private_page(text)).press("Retirer mon texte")
    visitor.press("Revenir sur ce retrait")
    editor.fill(reason="hors_sujet", message="Une phrase.").press("Dépublier")
    assert editor.status == 409
    assert reload(session, text).status is Status.PUBLISHED


def test_a_decision_just_taken_is_not_undone_behind_the_author_s_back(session: Session) -> None:
    text = published(session)
    assert undo.is_reversible(text.events)
    text.withdraw()
    assert not undo.is_reversible(text.events)
    call_back(text)
    assert not undo.is_reversible(text.events)
    session.rollback()


def emails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Email.message).where(Email.due_at.is_not(None)).order_by(Email.id)))


def deliver(app: Flask, session: Session) -> list[str]:
    """Deliver what is due, as if it were so later; return what has left."""
    session.execute(update(Email).where(Email.due_at.is_not(None)).values(due_at=now()))
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    session.rollback()
    return [each.name for each in session.scalars(select(Email.message).where(Email.sent_at.is_not(None)))]


@pytest.mark.parametrize("lasts", [False, True])
def test_an_email_made_untrue_by_the_withdrawal_waits_and_leaves_once_it_is_true_again(
    app: Flask, session: Session, lasts: bool
) -> None:
    text = a_testimonial(session)
    session.execute(delete(Email))
    decide(an_editor(session), text, Action.PUBLISH, revision=text.revision, note=DecisionNote())
    session.flush()
    text.withdraw()
    session.commit()
    assert emails(session) == [mails.PUBLISHED, mails.WITHDRAWN]
    assert deliver(app, session) == ["withdrawn"], "that of the publication waits"
    if lasts:
        app.config["CALL_BACK_PERIOD"] = -undo.AMPLE_PERIOD
    else:
        call_back(text)
        session.commit()
    assert sorted(deliver(app, session)) == (["withdrawn"] if lasts else ["called_back", "published", "withdrawn"])
    assert emails(session) == []


def test_an_email_of_the_withdrawal_that_has_not_left_never_does(app: Flask, session: Session) -> None:
    text = published(session)
    session.execute(delete(Email))
    text.withdraw()
    session.flush()
    call_back(text)
    assert deliver(app, session) == ["called_back"]
    assert emails(session) == []


def test_a_reader_s_notice_is_open_again_and_its_answer_never_leaves(app: Flask, session: Session) -> None:
    text = reported(session)
    session.execute(delete(Email))
    text.withdraw()
    session.flush()
    assert text.notices[0].outcome is Outcome.GONE
    assert text.noticed_at is None
    (answer,) = session.scalars(select(Email).where(Email.recipient == READER))
    assert answer.due_at is not None
    assert answer.due_at > now() + timedelta(minutes=10), "it waits until the withdrawal cannot be called back"
    call_back(text)
    session.flush()
    assert text.notices[0].is_open
    assert text.noticed_at == text.notices[0].at
    assert deliver(app, session) == ["called_back"]


def test_its_place_is_kept_and_what_was_placed_meanwhile_stays(session: Session) -> None:
    place = first_place(session)
    texts = [published(session, number) for number in range(MOST_PLACED + 1)]
    for each in texts[: MOST_PLACED - 1]:
        put(session, place, each)
    session.commit()
    texts[0].withdraw()
    session.flush()
    put(session, place, texts[-1])
    with pytest.raises(PlacementRefused):
        placements.place_testimonial(session, place, texts[MOST_PLACED - 1], by=by_editor(session))
    call_back(texts[0])
    session.commit()
    order = [each.testimonial_id for each in placements.locked_placements(session, place)]
    assert order == [each.id for each in (*texts[: MOST_PLACED - 1], texts[-1])]
    assert list(differences(session)) == []


def test_an_opening_stands_again_though_another_was_chosen_meanwhile(app: Flask, session: Session) -> None:
    opening = Place(the_article(session), OPENING)
    texts = [published(session, number, advice=f"Conseil numéro {number}.") for number in range(3)]
    put(session, opening, texts[0])
    placements.choose_quote(session, opening, texts[0], QUOTED, by=by_editor(session))
    session.commit()
    before = picture(session, texts[0])
    texts[0].withdraw()
    session.flush()
    for each in texts[1:]:
        put(session, opening, each)
    session.commit()
    assert opening_quote(app) == "« Conseil numéro 2. »", "one at a time, the last one chosen"
    call_back(texts[0])
    session.commit()
    assert {**picture(session, texts[0]), "facets": before["facets"]} == before
    assert QUOTED in opening_quote(app)
    assert [each.testimonial_id for each in placements.locked_placements(session, opening)] == [
        texts[0].id,
        texts[2].id,
    ]


def test_an_opening_past_calling_back_leaves_its_place_to_the_one_chosen_since(app: Flask, session: Session) -> None:
    opening = Place(the_article(session), OPENING)
    gone, alone = published(session, 0), published(session, 1)
    put(session, opening, gone)
    gone.withdraw()
    session.flush()
    placements.place_testimonial(session, opening, alone, by=by_editor(session))
    run_clock(app, session)
    assert len(placements.locked_placements(session, opening)) == 2, "it can still be called back"
    session.execute(update(Withdrawal).values(at=now() - timedelta(minutes=12)))
    alone.withdraw()
    run_clock(app, session)
    kept = placements.locked_placements(session, opening)
    assert [each.testimonial_id for each in kept] == [alone.id], "withdrawn too, but nothing was chosen since"


def opening_quote(app: Flask) -> str:
    (quote,) = Visitor(app).get("/articles/crpv").page.select(".facing--opening .quote")
    return " ".join(quote.get_text().split())


@pytest.mark.changes_content
def test_an_article_offline_meanwhile_shows_nothing_until_it_is_back(app: Flask, session: Session) -> None:
    text, article = published(session), the_article(session)
    another_article(session)
    text.withdraw()
    editing.change_settings(article, is_public=False, is_open=False, by=CLOCK)
    session.commit()
    call_back(text)
    session.commit()
    assert text.status is Status.PUBLISHED
    assert Visitor(app).get("/articles/crpv").status == 404
    editing.change_settings(article, is_public=True, is_open=True, by=CLOCK)
    session.commit()
    assert text.latest.heading in Visitor(app).get("/articles/crpv").text


def test_a_period_that_ended_meanwhile_is_not_prolonged(session: Session) -> None:
    text = published(session)
    text.withdraw()
    text.published_until = now() - timedelta(seconds=1)
    session.flush()
    call_back(text)
    session.flush()
    assert session.scalar(visible(Testimonial.id)) is None
    text.perform(Action.EXPIRE, by=CLOCK)
    assert text.status is Status.UNPUBLISHED
    session.rollback()


def test_a_restored_backup_that_has_the_calling_back_honours_it(app: Flask, session: Session) -> None:
    text = readable(session)
    text.withdraw()
    call_back(text)
    session.commit()
    journal = app.config["INSTANCE"] / "erasures.log"
    assert [entry.what for entry in read_entries(journal)] == ["publication", "reuse"]
    result = app.test_cli_runner().invoke(args=["erasures", "replay"])
    assert result.exit_code == 0, result.output
    assert (reload(session, text).status, text.reuse_consent) == (Status.PUBLISHED, True)


class Withdrawn(RuleBasedStateMachine):
    """Acts of two authors, the clock and an editor in any order: calling back restores the picture, and no other."""

    session: Session

    @initialize(reuse=st.booleans(), named=st.booleans())
    def begin(self, reuse: bool, named: bool) -> None:
        with first_wordings(*([] if named else [Purpose.PUBLICATION, Purpose.REUSE])):
            self.texts = [published(self.session, number, reuse=reuse, email=AUTHOR) for number in range(2)]
        self.session.commit()
        self.pictures: dict[int, dict[str, Any]] = {}

    @rule(which=st.integers(0, 1))
    def withdraw(self, which: int) -> None:
        text = self.texts[which]
        before = picture(self.session, text)
        try:
            text.withdraw()
            self.session.commit()
        except TransitionRefused:
            self.session.rollback()
            return
        self.pictures.pop(which, None)
        if before["status"] is Status.PUBLISHED:
            self.pictures[which] = before

    @rule(which=st.integers(0, 1))
    def come_back(self, which: int) -> None:
        text, was = self.texts[which], self.pictures.get(which)
        expected = was is not None and text.status is Status.WITHDRAWN and text.withdrawal is not None
        try:
            call_back(text)
            self.session.commit()
        except TransitionRefused:
            self.session.rollback()
            assert not expected
            return
        assert expected
        seen = picture(self.session, text)
        # What else was published or erased meanwhile counts itself.
        assert {**seen, "facets": 0} == {**(was or {}), "facets": 0}

    @rule(which=st.integers(0, 1), minutes=st.sampled_from([5, 12]))
    def time_passes(self, which: int, minutes: int) -> None:
        self.session.execute(update(Withdrawal).values(at=Withdrawal.at))
        if minutes > 11 and (withdrawal := self.texts[which].withdrawal):
            withdrawal.at = now() - timedelta(minutes=minutes)
            undo.expire_withdrawals(self.session)
            placements.delete_replaced_openings(self.session)
            self.session.flush()
            self.session.expire_all()
        self.session.commit()

    @rule(which=st.integers(0, 1), action=st.sampled_from(Action))
    def act(self, which: int, action: Action) -> None:
        text = self.texts[which]
        try:
            if action is Action.CONSENT_AGAIN:
                consent_again(text)
            elif action is Action.CONTEST:
                contest_decision(text, "Non.")
            elif action not in {Action.ERASE, Action.WITHDRAW}:
                text.perform(
                    action, by=by_editor(self.session) if "editor" in action.parties else AUTHOR_ACTS, note=NOTE
                )
            self.session.flush()
        except (TransitionRefused, ObjectionUnanswered, ApprovalMissing, ConsentMissing, NothingToSign):
            self.session.rollback()
            return
        self.session.commit()

    @rule(which=st.integers(0, 1), purpose=st.sampled_from([Purpose.REUSE, Purpose.CONTACT]), gives=st.booleans())
    def consent(self, which: int, purpose: Purpose, gives: bool) -> None:
        text = self.texts[which]
        if text.status is Status.PUBLISHED:
            change_consent(text, purpose, gives=gives)
        self.session.commit()

    @rule(which=st.integers(0, 1), opens=st.booleans())
    def place(self, which: int, opens: bool) -> None:
        try:
            place = Place(the_article(self.session), OPENING) if opens else first_place(self.session)
            placements.place_testimonial(self.session, place, self.texts[which], by=by_editor(self.session))
        except PlacementRefused:
            self.session.rollback()
            return
        self.session.commit()

    @rule(which=st.integers(0, 1))
    def amend(self, which: int) -> None:
        text = self.texts[which]
        changed = text.approved.edited(title=f"Titre {text.current_number}")
        try:
            text.amend(changed, {}, seen=changed.compute_digest())
        except (TransitionRefused, ConsentMissing):
            self.session.rollback()
            return
        self.session.commit()

    @invariant()
    def only_lawful_texts_are_visible(self) -> None:
        for outlet in Outlet:
            for text in self.session.scalars(visible(outlet=outlet)):
                assert text.status is Status.PUBLISHED
                assert text.consents_to(Purpose.PUBLICATION)
                assert text.shown is not None
                assert text.shown.approval in Approval
                assert outlet is not Outlet.OPEN or text.consents_to(Purpose.REUSE)
        for withdrawal in self.session.scalars(select(Withdrawal)):
            owner = self.session.get_one(Testimonial, withdrawal.testimonial_id)
            assert owner.status is Status.WITHDRAWN, "it is kept for what is withdrawn, and for nothing else"

    def teardown(self) -> None:
        ids = [text.id for text in self.texts]
        assert list(differences(self.session)) == [], "`flask catalog check` finds nothing"
        for text in self.session.scalars(select(Testimonial).where(Testimonial.id.in_(ids))):
            erasure.erase_testimonial(text)
        self.session.commit()
        assert self.session.scalar(select(Withdrawal.testimonial_id)) is None


@pytest.mark.slow("acts drawn in any order")
def test_after_any_acts_what_is_called_back_is_what_was_shown(session: Session) -> None:
    machine = type("Machine", (Withdrawn,), {"session": session})
    checks = [HealthCheck.too_slow]
    often = settings(max_examples=DEPTH.rounds(30), stateful_step_count=14, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=often)
