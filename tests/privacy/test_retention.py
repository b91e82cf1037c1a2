"""The scheduled job: reminders, the end of a publication, erasure."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.audit import ActorKind, Kind
from app.catalog.visibility import visible
from app.db import now
from app.french import day, paris_time
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.queue.deadlines import is_overdue
from app.privacy import retention
from app.testimonials import erasure, mails, stale_emails
from app.testimonials.consent import Channel, ConsentDecision, consent_line
from app.testimonials.erasure import retention_end
from app.testimonials.lifecycle import Status
from app.testimonials.notices import Outcome
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.status_sentence import status_sentence
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from config import Months
from tests.acts import (
    amend_text,
    ask_for_link,
    at_its_end,
    committed,
    deliver,
    pass_time,
    private_page,
    private_token,
    refuse_changes,
    run_clock,
)
from tests.factories import ACCOUNT, a_notice, a_testimonial, the_article
from tests.testimonials.test_consent import a_line
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines


def aged(session: Session, status: Status, days: float, **facts: str) -> Testimonial:
    testimonial = a_testimonial(session, status=status, **facts)
    pass_time(session, testimonial, days)
    return testimonial


def an_old_line(
    session: Session, testimonial: Testimonial, at: datetime, answer: ConsentDecision = ConsentDecision.GIVEN
) -> None:
    """Give a testimonial a consent line of long ago, about reuse, whose digest is « d »."""
    old = a_line(session, Purpose.REUSE, answer)
    old.at = at
    testimonial.consents.append(old)


def emails(session: Session) -> list[Mail]:
    written = session.scalars(select(Email).order_by(Email.id))
    return [email.message for email in stale_emails.without_stale(session, written)]


RETENTION: list[tuple[Status, float, Status]] = [
    (Status.UNCONFIRMED, 29.9, Status.UNCONFIRMED),
    (Status.INTERNAL, 180, Status.INTERNAL),
    (Status.INTERNAL, 185, Status.ERASED),
    (Status.DECLINED, 180, Status.DECLINED),
    (Status.DECLINED, 185, Status.ERASED),
    (Status.WITHDRAWN, 185, Status.ERASED),
    (Status.WITHDRAWN, 180, Status.WITHDRAWN),
    (Status.PENDING, 300, Status.PENDING),
    (Status.PUBLISHED, 400, Status.PUBLISHED),
    (Status.UNPUBLISHED, 180, Status.UNPUBLISHED),
    (Status.UNPUBLISHED, 185, Status.ERASED),
    (Status.CHANGES_REQUESTED, 300, Status.CHANGES_REQUESTED),
    (Status.PROOF_SENT, 300, Status.PROOF_SENT),
]


def test_a_testimonial_is_erased_at_the_end_of_its_retention(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    texts = [aged(session, status, days, email=f"a{n}@exemple.fr") for n, (status, days, _) in enumerate(RETENTION)]
    ends = [retention_end(each) for each in texts]
    run_clock(app, session)
    for (status, days, after), testimonial, until in zip(RETENTION, texts, ends, strict=True):
        with subtests.test(status=status, days=days):
            assert (until is not None and until <= now()) is (after is Status.ERASED), "its author reads the same date"
            assert testimonial.status is after
            assert (testimonial.versions == []) is (testimonial.email is None) is (after is Status.ERASED)
            if after is Status.ERASED:
                assert testimonial.events[-1].actor is ActorKind.CLOCK


def test_the_private_page_shows_the_date_of_erasure(session: Session) -> None:
    for status in (Status.UNCONFIRMED, Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN):
        testimonial = aged(session, status, 10, email=f"{status}@exemple.fr")
        until = retention_end(testimonial)
        assert until is not None, status
        assert day(until) in status_sentence(testimonial).next, status


def test_months_are_calendar_months(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    withdrawn, months = a_testimonial(session, status=Status.WITHDRAWN), app.config["TEXTS_PERIOD"]
    for since, until in (
        ("2026-11-26T10:00+01:00", "2027-05-26T10:00+02:00"),
        ("2026-08-26T00:30+02:00", "2027-02-26T00:30+01:00"),
        ("2026-08-31T14:00+02:00", "2027-03-01T00:00+01:00"),
    ):
        with subtests.test(since=since):
            withdrawn.waiting_since = datetime.fromisoformat(since)
            assert retention_end(withdrawn) == datetime.fromisoformat(until)
            for early, reached in ((timedelta(minutes=1), False), (timedelta(), True), (timedelta(days=-1), True)):
                moment = datetime.fromisoformat(until) - early
                shown = datetime.fromisoformat(since) <= moment - months
                assert shown is reached, "shown and done at the same moment"


@pytest.mark.parametrize("status", [Status.DECLINED, Status.UNPUBLISHED])
def test_a_contested_decision_is_not_erased_before_its_answer(app: Flask, session: Session, status: Status) -> None:
    testimonial = aged(session, status, 170)
    contest_decision(testimonial, "Je ne comprends pas.")
    testimonial.waiting_since -= timedelta(days=30)
    assert retention_end(testimonial) is None
    assert "effacé" not in status_sentence(testimonial).next
    run_clock(app, session)
    assert testimonial.status is status


@pytest.mark.parametrize(("years", "kept"), [(4, True), (6, False)])
def test_a_proof_of_consent_outlives_the_text_by_five_years(
    app: Flask, session: Session, years: int, kept: bool
) -> None:
    testimonial = a_testimonial(session, status=Status.ERASED)
    published = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    long_ago = now() - timedelta(days=years * 366)
    for each in (testimonial, published):
        each.waiting_since = long_ago
        an_old_line(session, each, long_ago)
    run_clock(app, session)
    run_clock(app, session)
    assert (long_ago in [each.at for each in testimonial.consents]) is kept
    assert long_ago in [each.at for each in published.consents], "consents in force stay"
    assert len(testimonial.consents) >= 4, "and so do later ones"


def has_old_line(testimonial: Testimonial) -> bool:
    return "d" in [each.digest for each in testimonial.consents]


def test_a_proof_is_kept_five_years_from_the_withdrawal_not_from_the_erasure(app: Flask, session: Session) -> None:
    cases = [
        (5 * 12 - 1, 4 * 12, True),
        (5 * 12 + 1, 4 * 12, False),
        (None, 5 * 12 - 1, True),
        (None, 5 * 12 + 1, False),
    ]
    texts = [a_testimonial(session, status=Status.PUBLISHED, email=f"a{n}@exemple.fr") for n, _ in enumerate(cases)]
    for testimonial, (withdrawn, erased, _) in zip(texts, cases, strict=True):
        an_old_line(session, testimonial, now() - Months(7 * 12))
        if withdrawn is not None:
            testimonial.withdraw()
            for each in testimonial.consents:
                if each.answer is ConsentDecision.WITHDRAWN:
                    each.at = now() - Months(withdrawn)
        session.flush()
        erasure.erase_testimonial(testimonial)
        testimonial.waiting_since = now() - Months(erased)
    run_clock(app, session)
    assert [has_old_line(each) for each in texts] == [kept for *_, kept in cases]


@pytest.mark.parametrize(
    ("period", "age", "hours"),
    [(60, 60, 23), (60, 60, 25), (12, 48, 0), (84, 72, 0)],
    ids=["before a day after", "a day after", "before the database allows it", "as long as the settings say"],
)
def test_a_proof_is_deleted_a_day_after_its_months_and_five_years_at_least(
    app: Flask, session: Session, period: int, age: int, hours: int
) -> None:
    app.config["PROOF_PERIOD"] = Months(period)
    testimonial = a_testimonial(session, status=Status.ERASED)
    testimonial.waiting_since = now() - timedelta(hours=hours) - Months(age)
    an_old_line(session, testimonial, testimonial.waiting_since)
    run_clock(app, session)
    assert has_old_line(testimonial) is (hours < 24)


def test_a_withdrawn_text_that_is_kept_longer_than_its_proof_loses_the_proof(app: Flask, session: Session) -> None:
    app.config["TEXTS_PERIOD"] = Months(7 * 12)
    long_ago = now() - Months(5 * 12 + 1)
    withdrawn = a_testimonial(session, status=Status.PUBLISHED)
    declined = a_testimonial(session, status=Status.DECLINED, email="b@exemple.fr")
    withdrawn.withdraw()
    for each in (withdrawn, declined):
        each.waiting_since = long_ago
        for line in each.consents:
            if line.answer is ConsentDecision.WITHDRAWN:
                line.at = long_ago
        an_old_line(session, each, long_ago)
    run_clock(app, session)
    assert (withdrawn.status, declined.status) == (Status.WITHDRAWN, Status.DECLINED)
    assert not has_old_line(withdrawn)
    assert has_old_line(declined), "it was not withdrawn"


def test_the_five_years_of_a_proof_start_at_its_own_publication_consent(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    an_old_line(session, testimonial, now() - Months(7 * 12), ConsentDecision.REFUSED)
    testimonial.withdraw()
    for each in testimonial.consents:
        if each.answer is ConsentDecision.WITHDRAWN:
            each.at = now() - Months(5 * 12 + 1)
    contact = consent_line(
        Purpose.CONTACT,
        ConsentDecision.WITHDRAWN,
        article=the_article(session),
        digest="contact",
        channel=Channel.PRIVATE_PAGE,
    )
    contact.at = now() - Months(4 * 12)
    testimonial.consents.append(contact)
    session.flush()
    erasure.erase_testimonial(testimonial)
    testimonial.waiting_since = now() - Months(4 * 12)
    published = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    run_clock(app, session)
    digests = [each.digest for each in testimonial.consents]
    assert ("d" in digests, "contact" in digests) == (False, True)
    assert published.consents_to(Purpose.PUBLICATION)


def test_a_handled_notice_is_erased_after_six_months(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    left = [
        a_notice(session, testimonial, words="Ma voisine.", email=None),
        a_notice(session, testimonial, words="", email="lecteur@exemple.fr"),
        a_notice(session, testimonial, words="", email=None),
    ]
    recent, waiting = (a_notice(session, testimonial, email=None) for _ in range(2))
    for notice in (*left, recent):
        notice.handle(Outcome.DISMISSED, "")
        notice.handled_at = now() - Months(6) - timedelta(minutes=1)
    left[2].answer = "Personne n’y est nommé."
    recent.handled_at = now() - Months(6) + timedelta(hours=1)
    session.flush()
    with app.app_context():
        assert [retention.expire_notices(session) for _ in range(2)] == [3, 0]
    assert [(each.words, each.email, each.answer) for each in left] == [("", None, "")] * 3
    assert [each.words for each in (recent, waiting)] == ["Au deuxième paragraphe, je reconnais ma voisine."] * 2


def test_due_testimonials_are_checked_again_at_their_turn(session: Session) -> None:
    testimonials = [a_testimonial(session, email=f"a{number}@exemple.fr") for number in range(3)]
    committed(session, status=Status.DECLINED)
    # Without ORDER BY, an index would sort them by waiting time, PostgreSQL by last change.
    for hours, each in enumerate((testimonials[1], testimonials[0], testimonials[2])):
        each.waiting_since -= timedelta(hours=hours)
        session.commit()
    assert testimonials[1].email == "a1@exemple.fr"
    change = update(Testimonial).where(Testimonial.id == testimonials[1].id).values(email="ailleurs@exemple.fr")
    session.execute(change, execution_options={"synchronize_session": False})
    seen: list[str | None] = []
    note = lambda testimonial: seen.append(testimonial.email)  # noqa: E731  # the act of this test
    for act in retention.acts_on(session, retention.REMIND, note, Testimonial.status == Status.PENDING):
        act.run(session)
    assert seen == ["a0@exemple.fr", "ailleurs@exemple.fr", "a2@exemple.fr"]


def test_a_testimonial_confirmed_in_time_is_not_erased(app: Flask, session: Session) -> None:
    forgotten, confirmed = (aged(session, Status.UNCONFIRMED, 40, email=f"{name}@exemple.fr") for name in "ab")
    for each in (forgotten, confirmed):
        each.reminded_at = now() - timedelta(days=33)
    deliver(app, session)
    due = retention.due_acts(session)
    assert next(due).run(session)
    session.commit()
    confirmed.confirm()
    session.commit()
    assert [act.run(session) for act in due] == [None]
    assert confirmed.status is Status.PENDING


def test_a_new_private_link_still_shows_the_end_of_the_publication(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    at_its_end(testimonial)
    run_clock(app, session)
    ask_for_link(visitor, session)
    session.rollback()
    link = private_token(testimonial)
    assert "La période de publication de votre texte est achevée" in visitor.get(f"/mon-temoignage/{link}").text


def test_one_click_renews_for_three_years(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.published_until = now() + timedelta(days=10)
    run_clock(app, session)
    end = testimonial.published_until
    link = private_page(testimonial)
    session.rollback()
    assert "Si vous ne faites rien, il cesse de paraître." in visitor.get(link).text
    visitor.press("Prolonger de trois ans")
    session.rollback()
    assert testimonial.published_until == end + Months(36)
    assert testimonial.status is Status.PUBLISHED
    assert "Prolonger" not in visitor.text
    assert mails.RENEWAL not in emails(session)
    testimonial.published_until = now() + timedelta(days=5)
    run_clock(app, session)
    assert emails(session).count(mails.RENEWAL) == 1, "the next end gets a reminder too; the other e-mail was not sent"


def test_a_second_click_finds_it_renewed_and_adds_nothing(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    testimonial.published_until = end = now() + timedelta(days=10)
    session.commit()
    link = private_page(testimonial)
    session.rollback()
    for page in [Visitor(app).get(link), Visitor(app).get(link)]:
        assert page.press("Prolonger de trois ans").status == 200
    session.rollback()
    assert testimonial.published_until == end + Months(3 * 12)
    assert [event.kind for event in testimonial.events].count(Kind.RENEW) == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [(Status.CHANGES_REQUESTED, mails.CHANGES_REMINDER), (Status.PROOF_SENT, mails.PROOF_REMINDER)],
)
def test_a_request_is_reminded_once_and_silence_is_no_answer(
    app: Flask, session: Session, status: Status, message: Mail
) -> None:
    testimonial, other = (a_testimonial(session, status=status) for _ in range(2))
    testimonial.due_at = now() + timedelta(days=2, minutes=5)
    other.due_at = now() + timedelta(days=1)
    run_clock(app, session)
    assert emails(session).count(message) == 1, "of the other alone"
    assert not is_overdue(testimonial)
    testimonial.due_at = due = now() + timedelta(days=1, hours=23)
    run_clock(app, session)
    run_clock(app, session)
    assert emails(session).count(message) == 2
    about_it = Email.message == message, Email.testimonial_id == testimonial.id
    assert session.scalars(select(Email).where(*about_it)).one().facts["due"] == paris_time(due).isoformat()
    testimonial.due_at = now() - timedelta(days=40)
    run_clock(app, session)
    assert emails(session).count(message) == 2
    assert testimonial.status is status, "nothing is published, declined or erased by silence"
    assert session.scalars(visible()).all() == []
    assert is_overdue(testimonial), "the queue shows it as overdue"


@pytest.mark.parametrize("status", [Status.CHANGES_REQUESTED, Status.PROOF_SENT])
def test_an_overdue_request_is_not_reminded(app: Flask, session: Session, status: Status) -> None:
    testimonial = a_testimonial(session, status=status)
    testimonial.due_at = now() - timedelta(minutes=1)
    before = emails(session)
    run_clock(app, session)
    assert emails(session) == before
    assert testimonial.reminded_at is None


def test_an_answered_request_is_not_reminded(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.CHANGES_REQUESTED)
    testimonial.due_at = now() + timedelta(days=1)
    amend_text(testimonial, title="Repris")
    run_clock(app, session)
    assert mails.CHANGES_REMINDER not in emails(session)
    assert testimonial.due_at is None


@pytest.mark.changes_content
def test_a_text_that_fails_in_the_clock_stops_no_other(
    app: Flask, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [a_testimonial(session, status=Status.DECLINED, email=f"a{number}@exemple.fr") for number in range(3)]
    for each in texts:
        each.waiting_since -= timedelta(days=185)
    expired = a_testimonial(session, status=Status.PUBLISHED, email="p@exemple.fr")
    at_its_end(expired)
    session.commit()
    refuse_changes(session, texts[1])
    result = app.test_cli_runner().invoke(args=["clock"])
    session.rollback()
    assert [each.status for each in texts] == [Status.ERASED, Status.DECLINED, Status.ERASED]
    assert expired.status is Status.UNPUBLISHED
    assert result.exit_code == 1
    assert "acts of the clock that failed: 1" in result.output
    log = caplog.text
    assert f"erase of testimonial {texts[1].id} failed" in log
    for personal in ("a1@exemple.fr", ACCOUNT[:40], "Camille", "quoted by the database"):
        assert personal not in log + result.output


@pytest.mark.changes_content
def test_the_deliverer_goes_on_after_a_clock_that_failed(app: Flask, session: Session) -> None:
    """The next hour's clock tries again what failed."""
    failing = aged(session, Status.DECLINED, 185)
    session.commit()
    refuse_changes(session, failing)
    assert app.test_cli_runner().invoke(args=["clock"]).exit_code == 1
    accept_changes(session)
    assert app.test_cli_runner().invoke(args=["clock"]).exit_code == 0
    session.rollback()
    assert failing.status is Status.ERASED


def accept_changes(session: Session) -> None:
    table = "" if session.get_bind().dialect.name == "sqlite" else " ON testimonial"
    session.execute(text(f"DROP TRIGGER broken{table}"))
    session.commit()
