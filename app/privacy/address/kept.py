"""Everything kept about an e-mail address, as one structure: for its owner's page and file, and for the command line.

Rights of access and portability (GDPR, articles 15 and 20), for who has no private link at hand. The values are those
of `data_export`, and so is what stays out: of a text that the owner reported, its public identifier alone; no editor's
name; no link, no id of the database (article 15.4: the right does not extend to the data of others).
"""

from typing import Any

from flask import current_app
from sqlalchemy import Select, or_, select, union_all
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.account_links import AccountLink
from app.accounts.login_attempts import Attempts, attempt_key
from app.accounts.models import User
from app.accounts.sessions import EditorSession
from app.antispam.signals import Sign
from app.db import now
from app.feature import all_features
from app.mail.outbox import Email
from app.privacy.address.requests import AddressRequest
from app.privacy.data_export import ExportedData, copied, export_data, export_email
from app.testimonials import queries, stale_emails
from app.testimonials.answered import all_question_names
from app.testimonials.draft import Draft
from app.testimonials.link_request import LinkRequest
from app.testimonials.notices import Notice
from app.testimonials.refusals import refusals_by
from app.testimonials.testimonial import Testimonial
from app.web.rate_limits import RateCounter, keyed_name

# What asking leaves by itself.
OF_ASKING = frozenset({"requests", "counters"})
# What stays when all is erased: an account is closed by an admin, and keyed digests go within a day or so. That of an
# address that refuses invitations stays: forgotten, it would be written to again (GDPR, article 17.3 b and 21.3).
LASTING = OF_ASKING | {"accounts", "attempts", "refusals"}


def kept_about(session: Session, email: str) -> ExportedData:
    """Return all that is kept about an address (`forms.tidy_email`): each kind is a list, empty where there is none."""
    changes = with_email(AccountLink, email)
    return {
        "kept_by": current_app.config["DATA_CONTROLLER"],
        "contact": current_app.config["CONTACT"],
        "copied_at": now(),
        "address": email,
        "testimonials": [export_data(session, each) for each in session.scalars(queries.sent_from(email)).all()],
        "drafts": [export_draft(each) for each in session.scalars(with_email(Draft, email))],
        "notices": [export_sent_notice(session, each) for each in session.scalars(with_email(Notice, email))],
        **{
            name: [export(session, row) for row in session.scalars(kept.of(email)).all()]
            for feature in all_features()
            for name, (kept, export) in feature.of_address.items()
        },
        "letters": [export_email(each) for each in other_emails(session, email)],
        "requests": export_requests(session, email),
        "accounts": [export_account(session, each) for each in session.scalars(accounts.with_email(email))],
        # The links by which an account, of another address, was to take this one.
        "address_changes": [copied(each, "expires_at", "used_at") for each in session.scalars(changes)],
        "attempts": export_attempts(session, email),
        "refusals": [copied(each, "at") for each in refusals_by(session, email)],
        "counters": [copied(each, "count", "expires_at") for each in session.scalars(counters_of(email))],
    }


def kinds_kept(data: ExportedData) -> set[str]:
    return {name for name, value in data.items() if isinstance(value, list) and value}


def with_email(kind: type[Any], email: str) -> Select[Any]:
    return select(kind).where(kind.email == email).order_by(kind.id)


def counters_of(email: str) -> Select[RateCounter]:
    """Select the counters of the e-mails asked for at an address: a keyed digest names them (`web.rate_limits`)."""
    return select(RateCounter).where(RateCounter.key.contains(keyed_name("recipient", email))).order_by(RateCounter.key)


def other_emails(session: Session, email: str) -> list[Email]:
    """Return the e-mails to an address but those about its own texts, which are told with them."""
    own = select(Testimonial.id).where(Testimonial.email == email)
    others = or_(Email.testimonial_id.is_(None), Email.testimonial_id.not_in(own))
    selected = select(Email).where(Email.recipient == email, others).order_by(Email.id)
    return stale_emails.without_stale(session, session.scalars(selected).all())


def export_draft(draft: Draft) -> ExportedData:
    """Return an unfinished form, each answer as it was left: a name, a text, or the codes of choices."""
    names = all_question_names(draft.article.call)
    return {
        "reference": draft.public_id,
        "article": draft.article.title,
        **copied(draft, "kept_at", "ends_at"),
        "answers": {names.get(name, name): answer for name, answer in draft.answers.items()},
    }


def export_sent_notice(session: Session, notice: Notice) -> ExportedData:
    """Return a notice as its sender may read it: their own words, what came of it, which public page it is about."""
    reported = select(Testimonial.public_id).where(Testimonial.id == notice.testimonial_id)
    return {
        "testimonial": session.scalar(reported),
        **copied(notice, "at", "due_at", "kind", "passage", "words", "reply", "name", "in_good_faith"),
        "version": notice.version_number,
        "signs": [Sign(sign).label for sign in notice.signs],
        **copied(notice, "handled_at", "outcome", "answer"),
    }


def export_requests(session: Session, email: str) -> list[ExportedData]:
    """Return when a private link, or everything kept, was asked for at an address; they are forgotten within a day."""
    asked = (select(kind.asked_at).where(kind.email == email) for kind in (LinkRequest, AddressRequest))
    return [{"asked_at": at} for at in session.scalars(union_all(*asked).order_by("asked_at"))]


def export_account(session: Session, user: User) -> ExportedData:
    """Return an editor's account, without its secrets; its owner reads the rest at `/mon-compte`."""
    sessions = select(EditorSession).where(EditorSession.user_id == user.id).order_by(EditorSession.id)
    return {
        **copied(user, "name", "role", "created_at", "disabled_at"),
        "articles": accounts.titles_of(session, user.scope),
        "passkeys": [copied(each, "name", "added_at", "used_at") for each in user.passkeys],
        "identities": [copied(each, "issuer", "subject", "bound_at", "used_at") for each in user.identities],
        "sessions": [copied(each, "browser", "opened_at", "ends_at") for each in session.scalars(sessions)],
    }


def export_attempts(session: Session, email: str) -> list[ExportedData]:
    rows = (session.get(Attempts, attempt_key(kind, email)) for kind in ("account", "reset"))
    return [copied(row, "failures", "last_at") for row in rows if row is not None]
