"""Counts of one civil year over all articles, from the audit log: it outlives texts, so that an erased one counts.

The report follows Regulation (EU) 2022/2065 (DSA), articles 15.1.b to e and 24.1, by choice: articles 15.2 and 19
exempt a platform this small. Of a notice on an erased text, the kind is left; what came of it is counted apart.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import ActorKind, AuditEvent, Kind
from app.db import now
from app.french import paris_time
from app.labels import LabelledEnum
from app.moderation.figures.delays import ANSWERING, Delays
from app.moderation.figures.months import LENGTH, Month
from app.testimonials.lifecycle import Status
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.reasons import Reason
from app.testimonials.undo import events_in_force

LOST = "Texte effacé depuis, et le signalement avec lui"  # also notices that the audit log has no kind of
EVENTS_AT_ONCE = 1000


class YearRefused(Exception):
    """The year is not over, or nothing had been received yet."""


class Act(LabelledEnum):
    """What may happen to a text in a year; the label is a row of the report."""

    RECEIVED = "received", "Reçus"
    CONFIRMED = "confirmed", "Adresse confirmée par l’auteur·e"
    PUBLISHED = "published", "Publiés"
    CHANGES_REQUESTED = "changes_requested", "Corrections demandées à l’auteur·e"
    PROOF_SENT = "proof_sent", "Bon à tirer envoyé à l’auteur·e"
    INTERNAL = "internal", "Gardés pour l’usage interne"
    DECLINED = "declined", "Refusés"
    HIDDEN = "hidden", "Masqués en attendant, le temps d’examiner un signalement"
    UNPUBLISHED = "unpublished", "Dépubliés par l’équipe"
    EXPIRED = "expired", "Arrivés au terme de leur publication"
    WITHDRAWN = "withdrawn", "Retirés ou effacés par leur auteur·e"


ACTS: Mapping[Kind, Act] = {
    Kind.SUBMITTED: Act.RECEIVED,
    Kind.RECORD: Act.RECEIVED,
    Kind.CONFIRM: Act.CONFIRMED,
    Kind.REQUEST_CHANGES: Act.CHANGES_REQUESTED,
    Kind.SEND_PROOF: Act.PROOF_SENT,
    Kind.KEEP_INTERNAL: Act.INTERNAL,
    Kind.DECLINE: Act.DECLINED,
    Kind.HIDE: Act.HIDDEN,
    Kind.UNPUBLISH: Act.UNPUBLISHED,
    Kind.EXPIRE: Act.EXPIRED,
    Kind.WITHDRAW: Act.WITHDRAWN,
}


class Outcome(LabelledEnum):
    """What came of a contest by the end of the year."""

    UPHELD_BY_ANOTHER = "upheld_by_another", "Décision maintenue, par une autre personne de l’équipe"
    UPHELD = "upheld", "Décision maintenue, par la même personne"
    REVERSED_BY_ANOTHER = "reversed_by_another", "Décision revue, par une autre personne de l’équipe"
    REVERSED = "reversed", "Décision revue, par la même personne"
    ENDED = "ended", "Sans suite : texte signé, retiré ou effacé par l’auteur·e"
    OPEN = "open", "En attente d’une réponse au 31 décembre"


REVERSING = frozenset({Kind.RESTORE, Kind.REOPEN, Kind.SEND_PROOF})
ENDING = frozenset({Kind.SIGN_PROOF, Kind.WITHDRAW, Kind.ERASE})
FIRST_DECISIONS = frozenset(Kind(action.value) for action in ANSWERING)


@dataclass(frozen=True)
class Year:
    """A civil year, in Paris."""

    number: int

    @property
    def start(self) -> datetime:
        return Month(self.number, 1).start

    @property
    def end(self) -> datetime:
        return Month(self.number, 1).plus(LENGTH).start

    def has(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass
class YearCounts:
    """Texts by what happened to them, each once a row; contests and notices; days until an answer."""

    acts: Counter[Act] = field(default_factory=Counter)
    declined: Counter[Reason] = field(default_factory=Counter)
    unpublished: Counter[Reason] = field(default_factory=Counter)
    decision_days: Counter[int] = field(default_factory=Counter)
    contests: Counter[Outcome] = field(default_factory=Counter)
    contest_days: Counter[int] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    notice_outcomes: Counter[str] = field(default_factory=Counter)
    notice_days: Counter[int] = field(default_factory=Counter)

    @property
    def delays(self) -> Delays:
        return Delays(self.decision_days)


def finished_years(session: Session) -> list[int]:
    """Return the years that a report can be about, the latest first: from the first text received, and over."""
    first = session.scalar(select(func.min(AuditEvent.at)).where(AuditEvent.kind.in_((Kind.SUBMITTED, Kind.RECORD))))
    return list(range(paris_time(now()).year - 1, paris_time(first).year - 1, -1)) if first else []


def finished_year(session: Session, number: int) -> Year:
    """Return a year that a report can be about; raise `YearRefused` for any other."""
    if number not in finished_years(session):
        raise YearRefused
    return Year(number)


def count_year(session: Session, year: Year) -> YearCounts:
    """Count what happened in a year, in two statements."""
    counts, received_notices = YearCounts(), Counter[str]()
    for events in lives(session, year):
        count_acts(counts, events, year)
        count_delay(counts, events, year)
        count_contests(counts, events, year)
        noticed = (event for event in events if event.kind is Kind.NOTICED and year.has(event.at))
        received_notices.update(NoticeKind(event.reason).label if event.reason else LOST for event in noticed)
    count_notices(session, counts, year, received_notices)
    return counts


def lives(session: Session, year: Year) -> Iterator[Sequence[AuditEvent]]:
    """Yield, for each text to which something happened in a year, all until its end, less what was revoked."""
    in_year = AuditEvent.at >= year.start, AuditEvent.at < year.end
    touched = select(AuditEvent.testimonial_id).where(*in_year, AuditEvent.testimonial_id.is_not(None))
    events = select(AuditEvent).where(AuditEvent.testimonial_id.in_(touched))
    ordered = events.order_by(AuditEvent.testimonial_id, AuditEvent.id).execution_options(yield_per=EVENTS_AT_ONCE)
    for _, life in groupby(session.scalars(ordered), key=lambda event: event.testimonial_id):
        yield [event for event in events_in_force(list(life)) if event.at < year.end]


def act_of(event: AuditEvent) -> Act | None:
    if event.after == Status.PUBLISHED and event.before != Status.PUBLISHED:
        return Act.PUBLISHED
    if event.kind is Kind.ERASE and event.actor is ActorKind.AUTHOR:
        return Act.WITHDRAWN
    # A new version of a published text is published again: the text was counted when it first was.
    return ACTS.get(event.kind)


def count_acts(counts: YearCounts, events: Sequence[AuditEvent], year: Year) -> None:
    """Count a text once for each act of the year; by the last reason where it was refused twice."""
    latest = {act: event for event in events if year.has(event.at) and (act := act_of(event))}
    counts.acts.update(latest.keys())
    for act, reasons in ((Act.DECLINED, counts.declined), (Act.UNPUBLISHED, counts.unpublished)):
        if act in latest:
            reasons[Reason(latest[act].reason or Reason.OTHER)] += 1


def count_delay(counts: YearCounts, events: Sequence[AuditEvent], year: Year) -> None:
    """Count the whole days from the moment a text is its author's, by link or by code, to the first decision.

    That decision is of the year.
    """
    confirmed = next((event for event in events if event.kind in {Kind.CONFIRM, Kind.IDENTIFIED}), None)
    decisions = (each for each in events if each.kind in FIRST_DECISIONS and each.before == Status.PENDING)
    first = next(decisions, None)
    if confirmed and first and year.has(first.at):
        counts.decision_days[(first.at - confirmed.at).days] += 1


def count_contests(counts: YearCounts, events: Sequence[AuditEvent], year: Year) -> None:
    for place, event in enumerate(events):
        if event.kind is Kind.CONTESTED and year.has(event.at):
            contested = next((each for each in reversed(events[:place]) if is_contestable(each, event)), None)
            ends = (each for each in events[place:] if each.kind in ENDING or is_answer(each, event))
            end = next(ends, None)
            counts.contests[outcome_of(end, contested)] += 1
            if end and end.kind not in ENDING:
                counts.contest_days[(end.at - event.at).days] += 1


def is_about_decision(event: AuditEvent) -> bool:
    """Whether a contest, or its answer, is about a refusal or a removal; else it is about a correction."""
    return event.before in {Status.DECLINED, Status.UNPUBLISHED}


def is_contestable(event: AuditEvent, contest: AuditEvent) -> bool:
    return event.kind in ({Kind.DECLINE, Kind.UNPUBLISH} if is_about_decision(contest) else {Kind.EDITED})


def is_answer(event: AuditEvent, contest: AuditEvent) -> bool:
    is_one = event.kind is Kind.UPHOLD or event.kind in REVERSING
    return is_one and is_about_decision(event) == is_about_decision(contest)


def outcome_of(end: AuditEvent | None, contested: AuditEvent | None) -> Outcome:
    if end is None:
        return Outcome.OPEN
    if end.kind in ENDING:
        return Outcome.ENDED
    by_another = contested is None or end.user_id != contested.user_id
    if end.kind is Kind.UPHOLD:
        return Outcome.UPHELD_BY_ANOTHER if by_another else Outcome.UPHELD
    return Outcome.REVERSED_BY_ANOTHER if by_another else Outcome.REVERSED


def count_notices(session: Session, counts: YearCounts, year: Year, received: Counter[str]) -> None:
    """Count the notices of a year by kind and by what came of them by its end.

    `received`: all of them by kind, from the audit log, whose oldest events have none.
    """
    columns = Notice.kind, Notice.at, Notice.handled_at, Notice.outcome
    of_year = select(*columns).where(Notice.at >= year.start, Notice.at < year.end)
    for kind, at, handled_at, outcome in session.execute(of_year):
        counts.notices[kind.label] += 1
        if outcome and handled_at and handled_at < year.end:
            counts.notice_outcomes[outcome.label] += 1
            counts.notice_days[(handled_at - at).days] += 1
        else:
            counts.notice_outcomes[Outcome.OPEN.label] += 1
    lost, kinds = received.total() - counts.notices.total(), received - counts.notices
    del kinds[LOST]
    counts.notices += kinds + Counter({LOST: lost - kinds.total()})
    counts.notice_outcomes += Counter({LOST: lost})
