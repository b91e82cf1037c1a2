"""Authorship: an author decides nothing on their text, nor does alone who typed it (product rule 13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import object_session

from app import french
from app.accounts.gate import NotPermitted
from app.accounts.models import User
from app.accounts.queries import active_admins, editors_of, has_or_had
from app.audit import SHOWING_WHOSE, Actor, AuditEvent, Kind
from app.db import now
from app.mail import outbox
from app.moderation import editor_mails
from app.moderation.choices import Choice
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import final_at

ALONE_AFTER = timedelta(hours=24)
# The acts after which nobody else of the desk reads the words.
LAST_READING = frozenset({Action.PUBLISH, Action.SEND_PROOF, Action.RESTORE})
# What an editor does to an account told by voice before its teller answers: a code that they printed signs it too.
TYPING = frozenset({Kind.RECORD, Kind.EDITED, Kind.SHEET_DRAWN})


def typists(testimonial: Testimonial) -> set[int]:
    """Return the ids of the editors who typed what was told by voice; nobody where its author wrote."""
    events = testimonial.events
    if not events or events[0].kind is not Kind.RECORD:
        return set()
    before = takewhile(lambda event: event.kind not in SHOWING_WHOSE, events)
    return {event.user_id for event in before if event.kind in TYPING and event.user_id is not None}


def alone_from(testimonial: Testimonial) -> datetime | None:
    """Return from when its typists may be the last to read a text; None where somebody else edits its article."""
    session = object_session(testimonial)
    others = editors_of(testimonial.article_id).where(User.id.not_in(typists(testimonial)))
    has_others = session is None or session.scalar(others.with_only_columns(User.id).limit(1)) is not None
    return None if has_others else testimonial.waiting_since + ALONE_AFTER


def left_to_others(user: User, testimonial: Testimonial) -> frozenset[Action]:
    """Return the acts that another account has to take: all on a text from one's own address, or the last reading."""
    alone = alone_from(testimonial) if user.id in typists(testimonial) else now()
    if testimonial.email is not None and has_or_had(user, testimonial.email):
        return frozenset(Action)
    return LAST_READING if alone is None or alone > now() else frozenset()


def check_may_take(user: User, testimonial: Testimonial, action: Action) -> None:
    """Raise `NotPermitted` for an act that another account has to take."""
    if action in left_to_others(user, testimonial):
        raise NotPermitted


def tell_alone(user: User, testimonial: Testimonial, action: Action) -> None:
    """Have the journal and the admins know of an act after which nobody but who typed the text has read it."""
    session = object_session(testimonial)
    if session is None or action not in LAST_READING or user.id not in typists(testimonial):
        return
    decided = testimonial.events[-1]
    testimonial.events.append(AuditEvent.of(Kind.DECIDED_ALONE, Actor.editor(user.id)))
    facts: dict[str, Any] = {"who": user.name, "review": testimonial.public_id, "article": testimonial.article.title}
    when: dict[str, Any] = {"about": testimonial.id, "event": decided, "due_at": final_at(decided)}
    for admin in session.scalars(active_admins()):
        outbox.enqueue(session, editor_mails.DECIDED_ALONE, to=admin.email, **when, **facts)


def limit_sentence(user: User, testimonial: Testimonial, offered: Iterable[Choice]) -> str:
    """Return why an editor may not publish a text that waits; empty where that is `offered`, or where nothing waits."""
    is_offered = any(choice.action is Action.PUBLISH for choice in offered)
    if is_offered or (testimonial.status is not Status.PENDING and not testimonial.has_new_version):
        return ""
    left = left_to_others(user, testimonial)
    if Action.PUBLISH not in left:
        return ""
    if left != LAST_READING:
        return "Ce texte vient d’une adresse de votre compte : une autre personne de l’équipe en décide."
    alone = alone_from(testimonial)
    if alone is None:
        return "Vous avez recueilli ce texte : une autre personne de l’équipe le publie."
    return (
        "Vous avez recueilli ce texte, et personne d’autre n’édite l’article : vous pourrez le publier à partir du "
        f"{french.instant(alone)}. Le journal le dira, et les admins en seront averti·es."
    )
