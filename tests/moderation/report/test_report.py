"""The yearly moderation report: what of a year is counted, what is told, how it is published, and who reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.audit import READER, Actor, ActorKind, AuditEvent, Kind
from app.catalog.moderation_report import ModerationReport, ReportChanged, publish_report, take_down_report
from app.db import now
from app.french import PARIS
from app.moderation.report.counts import Act, Outcome, Year, YearCounts, count_contests, count_year
from app.moderation.report.sections import report_sections
from app.testimonials import erasure
from app.testimonials.decision import Decision, DecisionNote
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.notices import Outcome as NoticeOutcome
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.reasons import Reason
from tests.acts import signed_in, stored
from tests.factories import EDITOR, a_notice, a_signed_transcript, a_testimonial, an_editor, by_editor
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor

ADMIN = "admin@ville-exemple.fr"
MOVED = (AuditEvent, Decision, Notice)
LAST_MINUTE, FIRST_MINUTE = "2025-12-31 23:59", "2026-01-01 00:00"


def paris(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=PARIS)


@contextmanager
def at(session: Session, moment: str) -> Iterator[None]:
    """Have what is done here stand at a moment, in Paris: no event is ever changed once it is stored."""

    def move(_mapper: object, _connection: object, row: AuditEvent | Decision | Notice) -> None:
        row.at = paris(moment)

    session.flush()
    for kind in MOVED:
        event.listen(kind, "before_insert", move)
    try:
        yield
        session.flush()
    finally:
        for kind in MOVED:
            event.remove(kind, "before_insert", move)


def act(
    session: Session,
    testimonial: Testimonial,
    action: Action,
    moment: str,
    *,
    by: str = EDITOR,
    reason: Reason | None = None,
) -> None:
    """Have an editor act on a text at a moment."""
    editor = an_editor(session, email=by)
    with at(session, moment):
        testimonial.perform(action, by=Actor.editor(editor.id), note=DecisionNote(reason, "Voici pourquoi."))


def confirmed(session: Session, moment: str, number: int = 0) -> Testimonial:
    """Return a text sent and confirmed at a moment."""
    with at(session, moment):
        return a_testimonial(session, email=f"a{number}@exemple.fr")


def counted(session: Session, year: int = 2025) -> YearCounts:
    session.flush()
    session.expire_all()
    return count_year(session, Year(year))


def section(counts: YearCounts, key: str) -> dict[str, int | str]:
    """Return the rows that the report tells in a section."""
    return next(dict(each["rows"]) for each in report_sections(counts) if each["key"] == key)


def sentences(counts: YearCounts, key: str) -> str:
    return " ".join(next(each["sentences"] for each in report_sections(counts) if each["key"] == key))


def test_a_year_ends_at_midnight_in_paris(session: Session) -> None:
    testimonial = confirmed(session, LAST_MINUTE)
    act(session, testimonial, Action.PUBLISH, FIRST_MINUTE)
    assert counted(session, 2025).acts == {Act.RECEIVED: 1, Act.CONFIRMED: 1}
    assert counted(session, 2026).acts == {Act.PUBLISHED: 1}
    assert counted(session, 2024).acts == {}


def test_each_act_of_the_year_is_counted_by_text_and_by_reason(session: Session) -> None:
    asked, proof, internal, declined, removed = (confirmed(session, "2025-03-01 10:00", number) for number in range(5))
    act(session, asked, Action.REQUEST_CHANGES, "2025-03-02 10:00")
    proof.propose(proof.latest.edited(title="Un titre plus court"))
    act(session, proof, Action.SEND_PROOF, "2025-03-02 10:00")
    act(session, internal, Action.KEEP_INTERNAL, "2025-03-02 10:00")
    act(session, declined, Action.DECLINE, "2025-03-02 10:00", reason=Reason.OFF_TOPIC)
    act(session, declined, Action.REOPEN, "2025-03-03 10:00")
    act(session, declined, Action.DECLINE, "2025-03-04 10:00", reason=Reason.HEALTH_DATA)
    act(session, removed, Action.PUBLISH, "2025-03-02 10:00")
    act(session, removed, Action.UNPUBLISH, "2025-03-05 10:00", reason=Reason.DEFAMATION)
    with at(session, "2025-03-06 10:00"):
        asked.withdraw()
    counts = counted(session)
    assert counts.acts == {
        Act.RECEIVED: 5,
        Act.CONFIRMED: 5,
        Act.CHANGES_REQUESTED: 1,
        Act.PROOF_SENT: 1,
        Act.INTERNAL: 1,
        Act.DECLINED: 1,
        Act.PUBLISHED: 1,
        Act.UNPUBLISHED: 1,
        Act.WITHDRAWN: 1,
    }
    assert counts.declined == {Reason.HEALTH_DATA: 1}
    assert counts.unpublished == {Reason.DEFAMATION: 1}


def test_a_text_that_is_published_by_its_signed_proof_and_then_again_counts_once(session: Session) -> None:
    testimonial = confirmed(session, "2025-03-01 10:00")
    testimonial.propose(testimonial.latest.edited(title="Un titre plus court"))
    act(session, testimonial, Action.SEND_PROOF, "2025-03-02 10:00")
    with at(session, "2025-03-04 10:00"):
        sign_version(testimonial, testimonial.latest.compute_digest())
    act(session, testimonial, Action.UNPUBLISH, "2025-03-05 10:00", reason=Reason.OFF_TOPIC)
    act(session, testimonial, Action.REOPEN, "2025-03-06 10:00")
    act(session, testimonial, Action.PUBLISH, "2025-03-07 10:00")
    assert counted(session).acts[Act.PUBLISHED] == 1


def test_what_an_editor_took_back_never_happened(session: Session) -> None:
    testimonial = confirmed(session, "2025-12-31 22:00")
    act(session, testimonial, Action.DECLINE, LAST_MINUTE, reason=Reason.SPAM)
    with at(session, FIRST_MINUTE):
        # The event alone: the clock of the act is now.
        testimonial.events.append(AuditEvent.of(Kind.TAKE_BACK, by_editor(session)))
    assert counted(session, 2025).acts == {Act.RECEIVED: 1, Act.CONFIRMED: 1}
    assert counted(session, 2026).acts == {}


def test_an_erased_text_still_counts(session: Session) -> None:
    testimonial = confirmed(session, "2025-03-01 10:00")
    act(session, testimonial, Action.DECLINE, "2025-03-02 10:00", reason=Reason.HEALTH_DATA)
    before = counted(session)
    erasure.erase_testimonial(testimonial)
    after = counted(session)
    assert after == before
    assert after.declined == {Reason.HEALTH_DATA: 1}
    assert after.decision_days == {1: 1}


def test_the_delay_runs_from_the_confirmation_to_the_first_decision_of_the_year(session: Session) -> None:
    testimonial = confirmed(session, "2025-12-20 10:00")
    act(session, testimonial, Action.REQUEST_CHANGES, "2025-12-27 09:00")
    act(session, testimonial, Action.CANCEL_REQUEST, "2025-12-28 09:00")
    act(session, testimonial, Action.PUBLISH, "2026-01-20 09:00")
    late = confirmed(session, "2025-12-20 10:00", 1)
    act(session, late, Action.PUBLISH, "2026-01-02 10:00")
    with at(session, "2026-01-03 10:00"):
        by_code = a_signed_transcript(session, publish=False)
    act(session, by_code, Action.KEEP_INTERNAL, "2026-01-08 10:00")
    assert counted(session, 2025).decision_days == {6: 1}
    assert counted(session, 2026).decision_days == {13: 1, 5: 1}


OTHER = "collegue@ville-exemple.fr"


@pytest.mark.parametrize(
    ("action", "by", "outcome"),
    [
        (Action.UPHOLD, OTHER, Outcome.UPHELD_BY_ANOTHER),
        (Action.REOPEN, OTHER, Outcome.REVERSED_BY_ANOTHER),
        (Action.UPHOLD, EDITOR, Outcome.UPHELD),
        (Action.REOPEN, EDITOR, Outcome.REVERSED),
    ],
)
def test_a_contest_is_counted_with_what_came_of_it(session: Session, action: Action, by: str, outcome: Outcome) -> None:
    testimonial = confirmed(session, "2025-03-01 10:00")
    act(session, testimonial, Action.DECLINE, "2025-03-02 10:00", reason=Reason.OFF_TOPIC)
    with at(session, "2025-03-03 10:00"):
        contest_decision(testimonial, "Relisez-moi.")
    act(session, testimonial, action, "2025-03-10 10:00", by=by)
    counts = counted(session)
    assert counts.contests == {outcome: 1}
    assert counts.contest_days == {7: 1}


def test_a_contest_without_an_answer_by_the_end_of_the_year_is_open(session: Session) -> None:
    waiting, withdrawn = (confirmed(session, "2025-12-01 10:00", number) for number in range(2))
    for each in (waiting, withdrawn):
        act(session, each, Action.DECLINE, "2025-12-02 10:00", reason=Reason.OFF_TOPIC)
        with at(session, "2025-12-30 10:00"):
            contest_decision(each, "Relisez-moi.")
    with at(session, LAST_MINUTE):
        withdrawn.withdraw()
    act(session, waiting, Action.UPHOLD, FIRST_MINUTE, by=OTHER)
    assert counted(session, 2025).contests == {Outcome.OPEN: 1, Outcome.ENDED: 1}
    assert counted(session, 2026).contests == {}


def test_a_reopened_refusal_answers_no_objection_to_a_correction() -> None:
    kinds = [
        (Kind.EDITED, "pending", 1),
        (Kind.CONTESTED, "pending", None),
        (Kind.DECLINE, "pending", 1),
        (Kind.CONTESTED, "declined", None),
        (Kind.REOPEN, "declined", 2),
    ]
    events = [
        AuditEvent(kind=kind, actor=ActorKind.EDITOR, user_id=user, before=before, at=paris(f"2025-03-0{day} 10:00"))
        for day, (kind, before, user) in enumerate(kinds, 1)
    ]
    counts = YearCounts()
    count_contests(counts, events, Year(2025))
    assert counts.contests == {Outcome.OPEN: 1, Outcome.REVERSED_BY_ANOTHER: 1}


def test_notices_are_counted_by_kind_by_outcome_and_by_days(session: Session) -> None:
    testimonials = [confirmed(session, "2025-03-01 10:00", number) for number in range(3)]
    for each in testimonials:
        act(session, each, Action.PUBLISH, "2025-03-02 10:00")
    answered, late, erased = testimonials
    for each in testimonials:
        with at(session, "2025-12-20 10:00"):
            a_notice(session, each, kind=NoticeKind.ILLEGAL)
    for each, handled in ((answered, "2025-12-23 11:00"), (late, FIRST_MINUTE)):
        notice = each.notices[0]
        notice.handle(NoticeOutcome.DISMISSED, "Relu.")
        notice.handled_at = paris(handled)
    erasure.erase_testimonial(erased)
    counts = counted(session)
    lost = "Texte effacé depuis, et le signalement avec lui"
    assert counts.notices == {"Contenu illégal": 3}, "the kind outlives the text"
    waiting = "En attente d’une réponse au 31 décembre"
    assert counts.notice_outcomes == {"Classé sans suite": 1, waiting: 1, lost: 1}
    assert counts.notice_days == {3: 1}


def test_of_notices_on_erased_texts_the_kinds_are_left_where_the_log_has_them(session: Session) -> None:
    kinds = (NoticeKind.NAMED, NoticeKind.OTHER, NoticeKind.OTHER)
    for number, kind in enumerate(kinds):
        text = confirmed(session, "2025-03-01 10:00", number)
        act(session, text, Action.PUBLISH, "2025-03-02 10:00")
        with at(session, "2025-12-20 10:00"):
            a_notice(session, text, kind=kind)
            # Events of earlier notices have no kind.
            text.events.append(AuditEvent.of(Kind.NOTICED, READER))
        if number:
            erasure.erase_testimonial(text)
    counts = counted(session)
    lost = "Texte effacé depuis, et le signalement avec lui"
    assert counts.notices == {"Droit de réponse": 1, "Autre signalement": 2, lost: 3}
    assert counts.notice_outcomes == {"En attente d’une réponse au 31 décembre": 1, lost: 5}
    words = {event.reason for event in session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.NOTICED))}
    assert words == {"named", "other", None}, "the kind alone"


def test_a_year_is_counted_in_as_many_statements_for_one_text_as_for_many(app: Flask, session: Session) -> None:
    numbers = []
    for number in range(2):
        for each in range(number * 5 + 1):
            confirmed(session, "2025-03-01 10:00", 10 * number + each)
        session.commit()
        with recorded_statements(app) as statements:
            counted(session)
        numbers.append(len(statements))
    assert numbers == [2, 2]


# What is told.


def of_acts(**numbers: int) -> YearCounts:
    counts = YearCounts()
    counts.acts.update({Act(name): number for name, number in numbers.items()})
    return counts


@pytest.mark.parametrize(("number", "told"), [(0, 0), (1, "moins de 5"), (4, "moins de 5"), (5, 5), (6, 6), (120, 120)])
def test_a_number_under_five_is_told_in_words(number: int, told: int | str) -> None:
    assert section(of_acts(received=number), "textes")["Reçus"] == told


@pytest.mark.parametrize(
    ("confirmed", "told"), [(20, 20), (19, "non communiqué"), (16, "non communiqué"), (15, 15), (3, "moins de 5")]
)
def test_no_subtraction_tells_who_never_confirmed(confirmed: int, told: int | str) -> None:
    rows = section(of_acts(received=20, confirmed=confirmed), "textes")
    assert (rows["Reçus"], rows["Adresse confirmée par l’auteur·e"]) == (20, told)


def test_no_subtraction_tells_the_few_that_were_not_published() -> None:
    rows = section(of_acts(received=30, confirmed=20, published=18, unpublished=16), "textes")
    assert rows["Publiés"] == "non communiqué"
    assert rows["Dépubliés par l’équipe"] == "non communiqué", "taken from those confirmed"


def test_reasons_under_five_stand_together_and_add_up_to_what_is_told() -> None:
    counts = of_acts(received=60, confirmed=50, declined=17)
    counts.declined.update({Reason.OFF_TOPIC: 9, Reason.HEALTH_DATA: 2, Reason.SPAM: 6})
    (alone, of_spam), (together, of_others) = section(counts, "refus").items()
    assert (alone, of_spam, of_others) == ("Indésirable", 6, 11)
    assert "Hors sujet ; Données personnelles" in together, "of two, the next reason hides them"
    assert together.endswith("Autre raison, ensemble")


@pytest.mark.parametrize("declined", [3, 48])
def test_reasons_are_not_told_where_their_number_is_not(declined: int) -> None:
    counts = of_acts(received=60, confirmed=50, declined=declined)
    counts.declined[Reason.OFF_TOPIC] = declined
    assert section(counts, "refus") == {}
    assert "3" not in sentences(counts, "refus")
    assert "48" not in sentences(counts, "refus")


def test_a_delay_is_told_where_five_took_as_long_and_five_as_long_or_less() -> None:
    counts = YearCounts()
    counts.decision_days.update({1: 4, 30: 1})
    assert sentences(counts, "delais") == "Trop peu de premières décisions pour en dire le délai."
    counts.decision_days.update({1: 8, 3: 30, 9: 6, 12: 5})
    assert sentences(counts, "delais") == (
        "La moitié des premières décisions sont venues 3\u00a0jours au plus après la confirmation de l’adresse, "
        "neuf sur dix 12\u00a0jours au plus."
    )


def test_few_contests_and_notices_are_not_detailed() -> None:
    counts = YearCounts()
    counts.contests[Outcome.OPEN] = counts.notices["Autre signalement"] = 4
    assert (section(counts, "contestations"), section(counts, "signalements")) == ({}, {})
    assert "Moins de 5" in sentences(counts, "contestations")
    assert "Moins de 5" in sentences(counts, "signalements")
    counts.contests.update({Outcome.UPHELD_BY_ANOTHER: 6, Outcome.OPEN: 2})
    rows = section(counts, "contestations")
    assert rows["Décision maintenue, par une autre personne de l’équipe"] == 6
    assert "Contestations reçues : 12." in sentences(counts, "contestations")


def test_texts_hidden_while_a_notice_is_examined_are_told_from_five_on(
    session: Session, subtests: pytest.Subtests
) -> None:
    texts = [confirmed(session, "2025-03-01 10:00", each) for each in range(15)]
    for text in texts:
        act(session, text, Action.PUBLISH, "2025-03-02 10:00")
    hidden = 0
    for number, told in [(0, 0), (1, "moins de 5"), (4, "moins de 5"), (5, 5)]:
        with subtests.test(number=number):
            for text in texts[hidden:number]:
                with at(session, "2025-03-03 10:00"):
                    a_notice(session, text)
                act(session, text, Action.HIDE, "2025-03-04 10:00", reason=Reason.IDENTIFIABLE_PERSON)
                act(session, text, Action.UNHIDE, "2025-03-05 10:00")
            rows = section(counted(session), "textes")
            assert (rows["Publiés"], rows["Masqués en attendant, le temps d’examiner un signalement"]) == (15, told)
            hidden = number


def test_the_report_says_that_no_machine_decides() -> None:
    assert "Aucune décision n’est prise par une machine" in sentences(YearCounts(), "machines")


# The pages.


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)


def a_year(session: Session) -> None:
    """Have six texts received and declined in 2025."""
    for number in range(6):
        testimonial = confirmed(session, "2025-03-01 10:00", number)
        act(session, testimonial, Action.DECLINE, "2025-03-02 10:00", reason=Reason.OFF_TOPIC)
    session.commit()


def test_an_admin_previews_publishes_edits_and_takes_down(session: Session, admin: Visitor, visitor: Visitor) -> None:
    a_year(session)
    admin.get("/administration/rapports")
    assert "À préparer" in admin.text
    page = admin.get("/administration/rapports/2025")
    assert page.status == 200
    assert "Hors sujet" in page.text
    assert visitor.get("/rapport/2025").status == 404, "a preview publishes nothing"
    admin.fill(introduction="Une première année <b>calme</b>.").press("Publier ce rapport")
    shown = visitor.get("/rapport/2025")
    assert shown.status == 200
    assert "Une première année <b>calme</b>." in shown.text
    assert "Aucune décision n’est prise par une machine" in shown.text
    assert "/rapport/2025" in str(visitor.get("/rapport").page)
    admin.get("/administration/rapports/2025").fill(introduction="Une autre introduction.")
    admin.press("Publier une nouvelle édition")
    assert "Une autre introduction." in visitor.get("/rapport/2025").text
    assert "Les chiffres sont ceux de la première édition" in visitor.text
    admin.get("/administration/rapports/2025").press("Mettre hors ligne")
    unknown = visitor.get("/rapport/2024")
    unknown_words = unknown.text
    offline = visitor.get("/rapport/2025")
    assert (offline.status, offline.text) == (404, unknown_words), "offline is as unknown as one that never was"
    assert "/rapport/2025" not in str(visitor.get("/rapport").page)
    events = [
        each for each in stored(session, AuditEvent) if each.kind in {Kind.REPORT_PUBLISHED, Kind.REPORT_TAKEN_DOWN}
    ]
    assert [(each.kind, each.reason) for each in events] == [
        (Kind.REPORT_PUBLISHED, "2025"),
        (Kind.REPORT_PUBLISHED, "2025"),
        (Kind.REPORT_TAKEN_DOWN, "2025"),
    ]


def test_figures_stay_those_of_the_first_edition(session: Session, admin: Visitor, visitor: Visitor) -> None:
    """A second count would tell, by its difference, what happened in between."""
    a_year(session)
    admin.get("/administration/rapports/2025").press("Publier ce rapport")
    first = visitor.get("/rapport/2025").page.select("table")
    for number in range(6, 12):
        confirmed(session, "2025-04-01 10:00", number)
    session.commit()
    admin.get("/administration/rapports/2025").press("Mettre hors ligne")
    admin.get("/administration/rapports/2025").fill(introduction="Encore.").press("Publier ce rapport")
    assert visitor.get("/rapport/2025").page.select("table") == first
    assert admin.get("/administration/rapports/2025").page.select("table") == first


@pytest.mark.parametrize("years", [0, 1, -30])
def test_a_year_that_is_not_over_or_before_the_first_text_is_refused(
    session: Session, admin: Visitor, years: int
) -> None:
    a_year(session)
    year = now().astimezone(PARIS).year + years
    admin.get(f"/administration/rapports/{year}")
    assert admin.status == 404
    assert "Un rapport porte sur une année finie" in admin.text


def test_before_the_first_text_there_is_nothing_to_prepare(session: Session, admin: Visitor) -> None:
    assert "Le premier rapport se préparera en janvier" in admin.get("/administration/rapports").text


def test_an_introduction_too_long_is_refused_and_stays(session: Session, admin: Visitor, visitor: Visitor) -> None:
    a_year(session)
    admin.get("/administration/rapports/2025").fill(introduction="Trop. " * 400).press("Publier ce rapport")
    assert admin.status == 422
    assert "2 000 suffisent" in admin.text
    assert "Trop. Trop." in admin.text
    assert visitor.get("/rapport/2025").status == 404
    assert stored(session, ModerationReport) == []


def test_of_two_admins_the_second_reads_what_the_first_published(app: Flask, session: Session, admin: Visitor) -> None:
    a_year(session)
    other = signed_in(Visitor(app), session, email="autre.admin@ville-exemple.fr", role=Role.ADMIN)
    other.get("/administration/rapports/2025").fill(introduction="Mes mots.")
    admin.get("/administration/rapports/2025").fill(introduction="Les premiers.").press("Publier ce rapport")
    other.press("Publier ce rapport")
    assert other.status == 422
    assert "Quelqu’un d’autre a publié ce rapport" in other.text
    assert "Mes mots." in other.text
    assert stored(session, ModerationReport)[0].introduction == "Les premiers."
    other.press("Publier une nouvelle édition")
    assert stored(session, ModerationReport)[0].introduction == "Mes mots."


@pytest.mark.both_engines
def test_of_two_first_editions_at_once_the_second_is_refused(session: Session) -> None:
    by = by_editor(session)
    publish_report(session, 2025, [], "", by)
    session.commit()
    session.expunge_all()
    with pytest.raises(ReportChanged):
        publish_report_unseen(session, by)


def publish_report_unseen(session: Session, by: Actor) -> None:
    """Publish as one does who has not seen the row of the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "get", lambda *_: None)
        publish_report(session, 2025, [], "", by)


def test_an_editor_prepares_no_report(app: Flask, session: Session) -> None:
    editor, link = signed_in(Visitor(app), session), "a[href='/administration/rapports']"
    assert editor.get("/moderation/chiffres").page.select(link) == []
    admin = signed_in(Visitor(app), session, email="admin@exemple.fr", role=Role.ADMIN)
    assert len(admin.get("/moderation/chiffres").page.select(link)) == 1
    a_year(session)
    assert editor.get("/administration/rapports/2025").status == 403


def test_taking_down_twice_says_it_once(session: Session) -> None:
    by = by_editor(session)
    publish_report(session, 2025, [], "", by)
    report = session.scalars(select(ModerationReport)).one()
    take_down_report(session, report, by)
    take_down_report(session, report, by)
    session.flush()
    kinds = select(AuditEvent.kind).where(AuditEvent.reason == "2025").order_by(AuditEvent.id)
    assert session.scalars(kinds).all() == [Kind.REPORT_PUBLISHED, Kind.REPORT_TAKEN_DOWN]
