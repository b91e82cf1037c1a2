"""« Masquer en attendant »: a reported text that editors hide while they examine the notice."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.gate import NotPermitted
from app.audit import AUTHOR, CLOCK, Actor
from app.catalog import placements
from app.catalog.placements import Placement
from app.catalog.visibility import Outlet, visible
from app.cli.catalog import differences
from app.db import now
from app.features.notices.acts import answer_right_of_reply, dismiss_open_notices
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.decisions import choices
from app.privacy import retention
from app.privacy.retention import due_acts
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.notices import NoticeKind, Outcome
from app.testimonials.private_page.consent_changes import call_back
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, first_place, private_page, published, signed_in
from tests.factories import SENTENCES, a_notice, an_editor, by_editor
from tests.mail.test_outbox import composed, plain
from tests.moderation.desk import take
from tests.visitor import Visitor

NOTE = DecisionNote(Reason.IDENTIFIABLE_PERSON, "Une voisine s’y reconnaît : nous le vérifions.")


def reported(session: Session) -> Testimonial:
    text = published(session)
    a_notice(session, text)
    return text


def hidden(session: Session) -> Testimonial:
    text = reported(session)
    text.perform(Action.HIDE, by=by_editor(session), note=NOTE)
    session.flush()
    return text


def is_visible(session: Session, text: Testimonial) -> bool:
    """Whether every outlet may show a text; the same answer for all of them."""
    session.flush()
    one = [session.scalar(visible(Testimonial.id, outlet=each).where(Testimonial.id == text.id)) for each in Outlet]
    seen = {each is not None for each in one}
    assert len(seen) == 1
    return seen.pop()


def offered(session: Session, text: Testimonial) -> set[Action]:
    return {choice.action for choice in choices(an_editor(session), text)}


def letters(session: Session, *messages: Mail) -> list[Email]:
    session.flush()
    return list(session.scalars(select(Email).where(Email.message.in_(messages)).order_by(Email.id)))


def test_its_page_says_that_it_may_come_back(app: Flask, session: Session) -> None:
    text = hidden(session)
    session.commit()
    reader = Visitor(app).get(f"/temoignages/{text.public_id}")
    assert reader.status == 404
    assert "Ce témoignage ne se lit pas pour le moment" in reader.text
    assert "S’il revient, ce sera à la même adresse." in reader.text
    answer = app.test_client().get(f"/api/v1/testimonials/{text.public_id}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "ne se lit pas pour le moment" in answer.get_json()["detail"]
    assert Visitor(app).get(f"/temoignages/{text.public_id}/signaler").status == 404


def test_hiding_has_reasons_of_its_own_which_decide_nothing(app: Flask, session: Session) -> None:
    """« Nous ne pouvons pas publier ce texte » and « Rien n’est décidé sur le fond » once stood in one letter."""
    text = reported(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{text.public_id}")
    assert editor.fill(reason="autre").press("Masquer en attendant").status == 422
    assert "Choisissez une des raisons de masquer le texte en attendant" in editor.text
    assert editor.fill(reason="masque-autre").press("Dépublier").status == 422
    assert "Choisissez une des raisons de refuser ou dépublier" in editor.text
    editor.fill(reason="masque-autre").press("Masquer en attendant")
    session.rollback()
    (email,) = letters(session, mails.HIDDEN)
    words = " ".join(plain(composed(email)).split())
    assert "Le signalement demande que nous regardions votre texte de plus près." in words
    assert "ne pouvons pas publier" not in words


def test_the_author_reads_why_and_until_when(app: Flask, session: Session) -> None:
    text = reported(session)
    editor, paris = signed_in(Visitor(app), session), ZoneInfo("Europe/Paris")
    editor.get(f"/moderation/{text.public_id}").fill(reason="masque-tiers_identifiable", message=NOTE.message)
    before = datetime.now(paris)
    editor.press("Masquer en attendant")
    session.rollback()
    # Midnight may pass while the test runs.
    in_a_week = {(moment + timedelta(days=7)).date() for moment in (before, datetime.now(paris))}
    assert text.hidden_until in {datetime.combine(day, time(), paris) for day in in_a_week}
    last_day = text.hidden_until.astimezone(paris).day
    (email,) = letters(session, mails.HIDDEN)
    assert email.due_at is not None
    assert email.due_at <= now(), "it leaves at once: it is not undone, it is ended"
    assert email.recipient == text.email
    words = " ".join(plain(composed(email)).split())
    day = str(last_day) if last_day > 1 else "1er"
    for part in (NOTE.message, "Une autre personne est reconnaissable", f" {day} ", "au plus tard", "contact@"):
        assert part.replace("\u00a0", " ") in words, part
    author = Visitor(app).get(private_page(text))
    assert "L’équipe a masqué votre texte, le temps d’examiner un signalement" in author.text
    assert NOTE.message in author.text
    assert "Le lire comme tout le monde" not in author.text
    assert "Retirer mon texte" in author.text


def test_it_is_offered_while_a_notice_waits_and_only_then(session: Session) -> None:
    text = published(session)
    assert not {Action.HIDE, Action.UNHIDE} & offered(session, text)
    with pytest.raises(TransitionRefused):
        text.perform(Action.HIDE, by=by_editor(session))
    with pytest.raises(TransitionRefused):
        text.perform(Action.UNHIDE, by=by_editor(session))
    with pytest.raises(NotPermitted):
        take(session, text, Action.HIDE, NOTE)
    assert text.hidden_until is None
    a_notice(session, text)
    assert Action.HIDE in offered(session, text)
    text.perform(Action.HIDE, by=by_editor(session), note=NOTE)
    assert Action.HIDE not in offered(session, text)
    assert Action.UNHIDE in offered(session, text)
    with pytest.raises(TransitionRefused):
        text.perform(Action.HIDE, by=by_editor(session), note=NOTE)


def show_again(session: Session, text: Testimonial) -> None:
    take(session, text, Action.UNHIDE)


def dismiss(session: Session, text: Testimonial) -> None:
    session.flush()
    latest = max(notice.id for notice in text.notices)
    dismiss_open_notices(
        an_editor(session), text, revision=text.revision, latest=latest, answer="Personne n’y est nommé."
    )


def answer_reply(session: Session, text: Testimonial) -> None:
    """The notice is a request for a right of reply, which an editor refuses with reasons."""
    session.flush()
    (notice,) = text.notices
    notice.kind, notice.reply = NoticeKind.NAMED, "Je n’ai pas dit cela."
    session.flush()
    why = "Personne n’y est nommé."
    answer_right_of_reply(an_editor(session), text, notice, Outcome.REPLY_REFUSED, revision=text.revision, answer=why)


def wait(session: Session, text: Testimonial) -> None:
    text.hidden_until = now() - timedelta(seconds=1)
    session.commit()
    for act in due_acts(session):
        act.run(session)
        session.commit()


def publish_other_words(session: Session, text: Testimonial) -> None:
    amend_text(text, title="Récit 00, relu")
    assert not is_visible(session, text), "an author's new words wait for an editor as the others do"
    text.perform(Action.PUBLISH, by=by_editor(session))


@pytest.mark.parametrize(
    ("end", "told"), [(show_again, 1), (dismiss, 1), (answer_reply, 1), (wait, 1), (publish_other_words, 0)]
)
def test_it_is_shown_again(session: Session, end: Callable[[Session, Testimonial], None], told: int) -> None:
    """By an editor, by the answer to the notice, at its date, or with words that an editor has read since."""
    text = hidden(session)
    assert not is_visible(session, text)
    end(session, text)
    assert text.hidden_until is None
    assert is_visible(session, text)
    assert len(letters(session, mails.UNHIDDEN)) == told
    session.commit()
    assert list(differences(session)) == []


def test_one_of_two_notices_dismissed_leaves_it_hidden(session: Session) -> None:
    text = hidden(session)
    first, revision = text.notices[0].id, text.revision
    a_notice(session, text, email="autre@exemple.fr")
    dismiss_open_notices(an_editor(session), text, revision=revision, latest=first, answer="Personne n’y est nommé.")
    assert text.hidden_until is not None
    assert not is_visible(session, text)


def test_the_clock_leaves_a_hidden_text_alone_before_its_date(session: Session) -> None:
    text = hidden(session)
    session.commit()
    assert retention.UNHIDE not in {act.act for act in due_acts(session)}
    text.hidden_until = now() + timedelta(minutes=1)
    session.commit()
    assert retention.UNHIDE not in {act.act for act in due_acts(session)}


def renew(text: Testimonial) -> None:
    text.perform(Action.RENEW, by=AUTHOR)


def amend(text: Testimonial) -> None:
    amend_text(text, title="Un autre titre")


def withdraw_and_call_back(text: Testimonial) -> None:
    text.withdraw()
    call_back(text)


@pytest.mark.parametrize("act", [renew, amend, withdraw_and_call_back])
def test_no_act_of_its_author_shows_it(session: Session, act: Callable[[Testimonial], None]) -> None:
    text = hidden(session)
    until = text.hidden_until
    act(text)
    assert text.hidden_until == until
    assert not is_visible(session, text)
    session.commit()
    assert list(differences(session)) == []


def test_contesting_a_correction_does_not_show_it(session: Session) -> None:
    text = published(session, account=f"Merci a tous. {'Nous avons ouvert trois après-midi. ' * 6}")
    text.propose(text.latest.edited(account=text.latest.account.replace(" a ", " à ")), as_correction=True)
    text.perform(Action.PUBLISH, by=by_editor(session))
    a_notice(session, text)
    text.perform(Action.HIDE, by=by_editor(session), note=NOTE)
    session.flush()
    contest_decision(text, "C’était voulu.")
    assert text.shown_number == text.current_number, "the correction has given way"
    assert not is_visible(session, text)


def test_undoing_its_removal_hides_it_again(session: Session) -> None:
    text = hidden(session)
    until = text.hidden_until
    text.perform(Action.UNPUBLISH, by=by_editor(session), note=NOTE)
    assert text.hidden_until is None
    text.perform(Action.TAKE_BACK, by=by_editor(session))
    assert (text.status, text.hidden_until) == (Status.PUBLISHED, until)
    assert not is_visible(session, text)
    assert Action.UNHIDE in offered(session, text)


@pytest.mark.parametrize(("action", "by"), [(Action.UNPUBLISH, None), (Action.EXPIRE, CLOCK), (Action.ERASE, AUTHOR)])
def test_a_text_that_leaves_is_no_longer_hidden(session: Session, action: Action, by: Actor | None) -> None:
    text = hidden(session)
    text.perform(action, by=by or by_editor(session), note=NOTE)
    assert text.hidden_until is None


def test_its_place_and_its_quote_wait_for_it(session: Session) -> None:
    text, place = reported(session), first_place(session)
    placements.place_testimonial(session, place, text, by=by_editor(session))
    session.flush()
    placements.choose_quote(session, place, text, SENTENCES[1], by=by_editor(session))
    text.perform(Action.HIDE, by=by_editor(session), note=NOTE)
    session.commit()
    show_again(session, text)
    session.commit()
    placed = session.scalars(select(Placement)).one()
    assert (placed.testimonial_id, placed.quote) == (text.id, SENTENCES[1])


def test_the_desk_says_that_it_is_hidden(app: Flask, session: Session) -> None:
    text = hidden(session)
    session.commit()
    editor = signed_in(Visitor(app), session)
    assert "Masqué en attendant ; signalé, sans réponse depuis quelques instants" in editor.get("/moderation").text
    page = editor.get(f"/moderation/{text.public_id}").text
    assert "Masqué ; reparaît le" in page
    assert "Voir la page publiée" not in page
    assert "Texte masqué en attendant, le temps d’examiner un signalement, par Nadia Exemple." in page
