"""Deadlines: what a testimonial waits for, since when, and what the scheduled job will do; shown on its queue row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app import french
from app.db import is_over, now
from app.testimonials import objections, terms
from app.testimonials.erasure import retention_end
from app.testimonials.lifecycle import Status
from app.testimonials.terms import TextTerm, may_be_kept
from app.testimonials.testimonial import Testimonial

# What keeps a text that waits.
UNLESS: Mapping[TextTerm, str] = {
    terms.UNCONFIRMED: " si personne ne confirme l’adresse",
    terms.TOLD: " si la personne ne le signe pas",
    terms.SILENT: " si ni l’équipe ni l’auteur·e n’y revient d’ici là",
}


@dataclass(frozen=True)
class Deadline:
    """The state of a testimonial in words, since when, the next due date, and why it is overdue; empty if neither."""

    state: str
    since: datetime
    due: str = ""
    overdue: str = ""


def deadline_of(testimonial: Testimonial) -> Deadline:
    if testimonial.contested_at is not None:
        state = "Contesté par l’auteur·e, sans réponse"
        due_at = testimonial.contested_at + current_app.config["OBJECTION_DELAY"]
        return promised(state, testimonial.contested_at, due_at)
    if testimonial.noticed_at is not None and testimonial.notice_due_at is not None:
        state = "Masqué en attendant ; signalé, sans réponse" if testimonial.hidden_until else "Signalé, sans réponse"
        return promised(state, testimonial.noticed_at, testimonial.notice_due_at)
    state = "Nouvelle version à relire" if testimonial.has_new_version else testimonial.status.state
    if testimonial.readable_from and not testimonial.has_new_version:
        state = "Annoncée à l’auteur·e du témoignage"
    if testimonial.awaits_teller:
        state = "Recueilli, attend la signature"
    since = None if testimonial.has_new_version or not testimonial.shown_number else testimonial.published_at
    return Deadline(state, since or testimonial.waiting_since, due_sentence(testimonial), overdue_label(testimonial))


def promised(state: str, since: datetime, due: datetime) -> Deadline:
    return Deadline(state, since, f"promise pour le {french.short_day(due)}", "En retard" if due < now() else "")


def is_overdue(testimonial: Testimonial) -> bool:
    """Whether it has waited longer than was announced, for an editor or for its author's answer."""
    waits = testimonial.status is Status.PENDING or testimonial.has_new_version
    late = waits and now() - testimonial.waiting_since > current_app.config["REVIEW_DELAY"]
    return (is_over(testimonial.due_at) if testimonial.due_at else late) or objections.is_late(testimonial)


def overdue_label(testimonial: Testimonial) -> str:
    if not is_overdue(testimonial):
        return ""
    return "En retard" if testimonial.due_at is None else "Échéance passée"


def due_sentence(testimonial: Testimonial) -> str:
    if (erased_at := retention_end(testimonial)) and (not terms.SILENT.has(testimonial) or may_be_kept(testimonial)):
        return f"effacé le {french.short_day(erased_at)}"
    if testimonial.due_at is not None:
        return f"réponse demandée pour le {french.short_day(testimonial.due_at)}"
    if testimonial.readable_from is not None:
        return f"paraît le {french.short_day(testimonial.readable_from)}"
    if testimonial.hidden_until is not None:
        return f"masqué jusqu’au {french.short_day(testimonial.hidden_until)}"
    if testimonial.shown_number and testimonial.published_until is not None:
        until = f"jusqu’au {french.short_day(testimonial.published_until)}"
        return f"l’actuelle paraît {until}" if testimonial.has_new_version else until
    return ""


def keeping_sentence(testimonial: Testimonial) -> str:
    """Return until when a text is published and when it is erased, for its review page; empty once it is erased."""
    if testimonial.status is Status.ERASED:
        return ""
    if testimonial.hidden_until is not None:
        return f"Masqué ; reparaît le {french.date_in_words(testimonial.hidden_until)} si rien n’est décidé avant"
    if testimonial.readable_from is not None:
        day = french.date_in_words(testimonial.readable_from)
        return f"Annoncée à l’auteur·e du témoignage ; paraît le {day}"
    if testimonial.shown_number and testimonial.published_until is not None:
        end = testimonial.published_until
        erased = french.date_in_words(end + current_app.config["TEXTS_PERIOD"])
        return f"Paraît jusqu’au {french.date_in_words(end)} ; sans prolongation de l’auteur·e, effacé le {erased}"
    if erased_at := retention_end(testimonial):
        unless = next((words for term, words in UNLESS.items() if term.has(testimonial)), "")
        return f"Sera effacé le {french.date_in_words(erased_at)}{unless}"
    return "Ne s’efface pas tant que la contestation attend une réponse"
