"""Requests for an update: when the author of a text about a project is asked what became of it (decision 0053)."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_

from app.audit import CLOCK, Actor, AuditEvent, Kind
from app.db import now
from app.french import PARIS, paris_time
from app.kept import period
from app.testimonials import mails
from app.testimonials.consent import given_line
from app.testimonials.lifecycle import Action, Status, TextKind, TransitionRefused
from app.testimonials.queries import agrees_to
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.update_request import UpdateRequest
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

OPEN = (None, Became.NOT_YET)  # what a project has become that may be asked about


def is_askable(testimonial: Testimonial) -> bool:
    """Whether it is about a project that readers have, and of which nothing final is said by who can be written to."""
    is_read = testimonial.status is Status.PUBLISHED and testimonial.kind is TextKind.TESTIMONIAL
    if not is_read or testimonial.current is None or testimonial.email is None:
        return False
    return testimonial.current.situation is Situation.PLANNED and testimonial.current.became in OPEN


def asked_from(testimonial: Testimonial) -> date | None:
    """Return the day from which its author is to be asked; None where they are not, or have been."""
    if not is_askable(testimonial) or testimonial.published_at is None:
        return None
    if (request := testimonial.update_request) is None:
        told_on = testimonial.current.became_on if testimonial.current else None
        usual = paris_time(testimonial.published_at + period("UPDATE_DELAY"))
        return max(usual, a_delay_after(told_on)) if told_on else usual
    return request.ask_on if request.asked_at is None else None


def a_delay_after(first: date) -> date:
    """Return the day on which who said « not yet » as of a month, whose first day is given, is asked again."""
    return paris_time(datetime(first.year, first.month, 1, tzinfo=PARIS) + period("UPDATE_DELAY"))


def is_due_to_ask() -> ColumnElement[bool]:
    """State that the day has come, for a text that readers have and whose author agreed to be contacted."""
    of_latest = Version.testimonial_id == Testimonial.id, Version.number == Testimonial.current_number
    became = or_(Version.became.is_(None), Version.became == Became.NOT_YET)
    request = exists().where(UpdateRequest.testimonial_id == Testimonial.id)
    chosen = request.where(UpdateRequest.asked_at.is_(None), UpdateRequest.ask_on <= paris_time(now()))
    since = now() - period("UPDATE_DELAY")
    told_since = exists().where(*of_latest, Version.became_on > paris_time(since))
    return and_(
        Testimonial.status == Status.PUBLISHED,
        Testimonial.kind == TextKind.TESTIMONIAL,
        Testimonial.hidden_until.is_(None),
        agrees_to(Purpose.CONTACT),
        exists().where(*of_latest, Version.situation == Situation.PLANNED, became),
        or_(chosen, and_(~request, Testimonial.published_at <= since, ~told_since)),
    )


def ask(testimonial: Testimonial) -> None:
    """Write to an author who agreed to it: the letter rests on that consent, and leaves only as long as it stands."""
    line = given_line(testimonial.consents, Purpose.CONTACT)
    note_asked(testimonial)
    testimonial.events.append(AuditEvent.of(Kind.UPDATE_ASKED, CLOCK))
    title = testimonial.shown.heading if testimonial.shown else ""
    testimonial.write_to_author(mails.UPDATE_ASKED, heading=title, consent_id=line.id if line else 0)


def asks_with_renewal(testimonial: Testimonial) -> bool:
    """Whether the renewal letter asks: no other can. Noted, so that the next one does not ask again."""
    day = None if testimonial.consents_to(Purpose.CONTACT) else asked_from(testimonial)
    if day is None or day > paris_time(now()):
        return False
    note_asked(testimonial)
    return True


def note_asked(testimonial: Testimonial) -> None:
    settle_request(testimonial, paris_time(now())).asked_at = now()


def choose_day(testimonial: Testimonial, day: date, *, by: Actor) -> None:
    """Ask from another day. An author may have the question come back; raise `TransitionRefused` where none can be."""
    if not is_askable(testimonial) or (by.user_id is not None and asked_from(testimonial) is None):
        raise TransitionRefused(testimonial.status, Action.AMEND)
    request = settle_request(testimonial, day)
    request.ask_on, request.asked_at = day, None
    testimonial.events.append(AuditEvent.of(Kind.UPDATE_DATED, by))


def settle_request(testimonial: Testimonial, day: date) -> UpdateRequest:
    """Return the row of a testimonial, made where there is none."""
    testimonial.update_request = testimonial.update_request or UpdateRequest(ask_on=day)
    return testimonial.update_request
