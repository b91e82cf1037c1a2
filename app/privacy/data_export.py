"""Data export: everything stored about an author, as one structure, for the page and the JSON file.

Rights of access and portability (GDPR, articles 15 and 20). The keys are stable. Values are text, numbers, datetimes
and members of our enums: the page shows their label, the file their code. The private link's token, the database's
ids and the names of editors stay out: they are not the author's data.
"""

import json
from collections.abc import Mapping
from operator import methodcaller
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, SpamTrace
from app.audit import AuditEvent, Kind
from app.db import Base, now
from app.feature import all_features
from app.mail.outbox import Email
from app.testimonials import erasure, stale_emails
from app.testimonials.answered import all_question_names, partner_given
from app.testimonials.decision import Decision
from app.testimonials.private_page.history import sentence_to_author
from app.testimonials.questions import SHOWN
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version, correction_sentences

ExportedData = dict[str, Any]

# What a version of an answer has from the text it is about.
OF_ANSWERED = ("situation", "department", "region", "partner", "partner_shown")
CONSENT_FIELDS = ("at", "purpose", "answer", "channel", "wording_version", "wording", "parameters", "digest")


def export_data(session: Session, testimonial: Testimonial) -> ExportedData:
    """Return everything stored about the author of a testimonial that is not erased."""
    latest, measures = testimonial.latest, correction_sentences(testimonial.versions)
    told = testimonial.transcript
    asked = testimonial.update_request
    # E-mails to others about the text (a colleague named in a note, a reader) are not its author's data.
    own_emails = (Email.testimonial_id == testimonial.id, Email.recipient == testimonial.email)
    emails = select(Email).where(*own_emails).order_by(Email.id)
    return {
        "kept_by": current_app.config["DATA_CONTROLLER"],
        "contact": current_app.config["CONTACT"],
        "copied_at": now(),
        "reference": testimonial.public_id,
        "article": testimonial.article.title,
        "answers_testimonial": testimonial.about.public_id if testimonial.about else None,
        "author": {
            "name": latest.author_name,
            "role": latest.author_role,
            "clsm": latest.clsm,
            "department": None if latest.is_response else latest.department.name,
            "email": testimonial.email,
        },
        "status": testimonial.status,
        "status_since": testimonial.waiting_since,
        **copied(testimonial, "submitted_at", "published_at"),
        "published_until": testimonial.published_until if testimonial.shown_number else None,
        "shown_from": testimonial.readable_from,
        "hidden_until": testimonial.hidden_until,
        "answer_due_at": testimonial.due_at,
        "reminded_at": testimonial.reminded_at,
        "erased_after": erasure.retention_end(testimonial),
        "versions": [export_version(version, testimonial.shown_number) for version in testimonial.versions],
        "consents": [copied(line, *CONSENT_FIELDS) for line in testimonial.consents],
        "events": [
            export_event(event, measures, is_response=latest.is_response)
            for event in testimonial.events
            if event.kind is not Kind.NOTICED
        ],
        "decisions": [
            export_decision(decision, all_question_names(testimonial.article.call, is_response=latest.is_response))
            for decision in testimonial.decisions
        ],
        # Without sender and words: they are the data of another (GDPR, article 15.4).
        "notices": [
            {**copied(each, "at", "kind"), "version": each.version_number, **copied(each, "handled_at", "outcome")}
            for each in testimonial.notices
            if not each.is_open
        ],
        "remarks": [copied(remark, "at", "kind", "subject", "words") for remark in testimonial.remarks],
        **{name: of(session, testimonial) for feature in all_features() for name, of in feature.of_text.items()},
        "letters": [export_email(email) for email in stale_emails.without_stale(session, session.scalars(emails))],
        "told": {"told_on": told.spoken_on, **copied(told, "medium", "answered_at")} if told else None,
        "sending": export_signs(session.get(SpamTrace, testimonial.id)),
        # None where nobody chose a day, and the usual time has not come.
        "update_request": copied(asked, "ask_on", "asked_at") if asked else None,
    }


def export_version(version: Version, shown_number: int | None) -> ExportedData:
    """Return a version: by whom it was made, its author's approval, and every answer.

    An answer has no place and no situation of its own: those stored are of the text it is about (article 15.4).
    """
    exported = {
        "number": version.number,
        "is_published": version.number == shown_number,
        **copied(version, "made_by", "made_at", "approval", "approved_at", "digest", "situation", "clsm"),
        "correction": version.correction.sentence if version.correction else None,
        "department": version.department.name,
        "region": version.region_name,
        "partner": partner_given(version),
        "partner_shown": version.partner_name,
        "themes": [theme.label for theme in version.themes],
        **copied(version, "title", *(question.name for question in SHOWN if question.name != "sequel")),
        **copied(version, "became", "became_month", "update_label", "sequel"),
        **copied(version, "author_name", "author_role", "attribution", "attribution_label", "byline"),
        "hints": [{"kind": passage.kind, "words": passage.words} for passage in version.passages],
    }
    return exported | (dict.fromkeys(OF_ANSWERED) if version.is_response else {})


def copied(record: Base, *names: str) -> ExportedData:
    return {name: getattr(record, name) for name in names}


def export_event(event: AuditEvent, measures: Mapping[int, str], *, is_response: bool) -> ExportedData:
    return {
        "at": event.at,
        "kind": event.kind,
        "by": event.actor,
        "sentence": sentence_to_author(event, measures.get(event.version_number or 0, ""), is_response=is_response),
        "version": event.version_number,
    }


def export_decision(decision: Decision, names: Mapping[str, str]) -> ExportedData:
    """Return an editors' decision: action, reason, message, and the changes asked of each question."""
    return {
        "at": decision.at,
        "action": Kind(decision.action.value),
        "version": decision.version_number,
        "reason": decision.reason,
        "message": decision.message,
        "asked": {names[question]: words for question, words in decision.asked.items()},
    }


def export_email(email: Email) -> ExportedData:
    return {
        "subject": email.message.subject,
        "to": email.recipient,
        "written_at": email.written_at,
        "sent_at": email.sent_at,
        "given_up": email.sent_at is None and email.due_at is None,
    }


def export_signs(trace: SpamTrace | None) -> ExportedData | None:
    """Return the trace of the submission: digests and spam signals; None once it is deleted."""
    if trace is None:
        return None
    return {**copied(trace, "at", "fingerprint", "sender"), "signs": [Sign(sign).label for sign in trace.signs]}


def export_json(data: ExportedData) -> str:
    """Return the structure as indented JSON; datetimes are in UTC, days as days (ISO 8601)."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=methodcaller("isoformat")) + "\n"
