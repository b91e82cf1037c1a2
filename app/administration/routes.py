"""Admins' pages of undelivered e-mails, and of the audit log with its CSV export."""

from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, SelectField
from wtforms.validators import Optional, ValidationError

from app import erasure_journal
from app.accounts import queries as accounts
from app.accounts.gate import signed_in_admin
from app.administration.audit_log import AuditFilters, audit_csv, audit_page, recent_failures
from app.audit import Actor, ActorKind, AuditEvent, Kind
from app.db import db
from app.forms import ButtonForm, Day, Form, choice
from app.french import plain
from app.mail import outbox
from app.mail.outbox import UNREADABLE, Email
from app.testimonials import stale_emails
from app.testimonials.notices import NoticeKind
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show

EMAILS_SHOWN = 100  # e-mails shown; « Tout renvoyer » sends the others too


def undelivered_emails(session: Session, selected: Select[Email]) -> dict[str, Any]:
    """Return the first e-mails of a selection, their total, and their texts' identifiers: neither words nor links."""
    total = session.scalar(select(func.count()).select_from(selected.order_by(None).subquery())) or 0
    listed = session.scalars(selected.limit(EMAILS_SHOWN)).all()
    emails = stale_emails.without_stale(session, listed)
    total -= len(listed) - len(emails)
    ids = [email.id for email in emails if not email.message.unnamed]
    about = select(Email.id, Testimonial.public_id).join(Testimonial, Testimonial.id == Email.testimonial_id)
    public_ids = dict(session.execute(about.where(Email.id.in_(ids))).all())
    return {"emails": emails, "total": total, "public_ids": public_ids}


def named_recipient(email: Email) -> str:
    return email.message.unnamed or email.recipient


def failure_reason(email: Email) -> str:
    """Return a sentence on why an e-mail has not left; the page shows the server's exact answer beside it."""
    refusal = email.last_refusal or ""
    if refusal.startswith(UNREADABLE):
        return "Le site, dans sa version actuelle, ne sait pas écrire ce courriel : dites-le à qui s’en occupe."
    if refusal.startswith("SMTPRecipientsRefused"):
        return "Le serveur de courriel refuse cette adresse."
    if refusal.startswith("SMTP"):
        return "Le serveur de courriel refuse l’envoi."
    return "Le serveur de courriel ne répond pas, ou le courriel n’a pas pu être écrit."


EVERYTHING = choice("", "Tout")
YEARS = range(2020, 2100)  # in which the platform may have run


def within_years(_form: object, field: Field) -> None:
    if isinstance(field.data, date) and field.data.year not in YEARS:
        raise ValidationError(f"Choisissez un jour entre {YEARS.start} et {YEARS.stop - 1}.")


class AuditLogForm(Form):
    """The filters of the page, in its query string, and of the CSV export, in its POST."""

    kind = SelectField("Fait", default="")
    actor = SelectField("Par", default="")
    account = SelectField("Compte", default="")
    since = Day("Du", [Optional(), within_years])
    until = Day("Au", [Optional(), within_years])

    def offer(self, names: dict[int, str]) -> None:
        """Fill the choices: every kind by its sentence without people, every kind of actor, the accounts by `names`."""
        kinds = sorted((plain(kind.unnamed), kind.value, kind.unnamed) for kind in Kind)
        self.kind.choices = [EVERYTHING, *(choice(*each) for _, *each in kinds)]
        self.actor.choices = [EVERYTHING, *(choice(actor.value, actor.label) for actor in ActorKind)]
        self.account.choices = [EVERYTHING, *(choice(str(number), name) for number, name in names.items())]

    def filters(self) -> AuditFilters:
        """Return the chosen filters. The form must be valid."""
        return AuditFilters(
            kind=Kind(self.kind.data) if self.kind.data else None,
            actor=ActorKind(self.actor.data) if self.actor.data else None,
            account=int(self.account.data) if self.account.data else None,
            since=self.since.data,
            until=self.until.data,
        )


blueprint = Blueprint("administration", __name__, url_prefix="/administration")


@blueprint.get("/reglages")
def overview() -> str:
    return render_template("administration/overview.html")


@blueprint.get("/courriels")
def emails() -> ViewResult:
    signed_in_admin()
    return emails_page(ButtonForm(formdata=None))


@blueprint.post("/courriels/<int(max=2147483647):email_id>/renvoyer")
def send_again(email_id: int) -> ViewResult:
    """Send an e-mail again; a second click changes nothing."""
    form = ButtonForm()
    return resend(outbox.failed().where(Email.id == email_id)) if form.is_sent() else emails_page(form)


@blueprint.post("/courriels/renvoyer")
def send_all_again() -> ViewResult:
    form = ButtonForm()
    return resend(outbox.failed()) if form.is_sent() else emails_page(form)


def resend(selected: Select[Email]) -> ViewResult:
    """Send failed e-mails again, locked: two clicks send each again once."""
    session, by = db.session(), Actor.editor(signed_in_admin().id)
    for email in session.scalars(selected.with_for_update()):
        email.revive()
        session.add(AuditEvent.of(Kind.EMAIL_REVIVED, by, testimonial_id=email.testimonial_id))
    return commit_and_show(url_for("administration.emails"))


def emails_page(form: ButtonForm) -> ViewResult:
    page = render_template(
        "administration/undelivered_emails.html",
        form=form,
        failed=undelivered_emails(db.session(), outbox.failed()),
        refused=undelivered_emails(db.session(), outbox.has_refusal()),
        failure_reason=failure_reason,
        named_recipient=named_recipient,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/journal")
def audit_log() -> ViewResult:
    signed_in_admin()
    form = AuditLogForm(formdata=request.args, meta={"csrf": False})
    form.offer(accounts.names_by_id(db.session()))
    return audit_log_page(form, valid=form.validate())


@blueprint.post("/journal")
def audit_log_file() -> ViewResult:
    """Export the filtered audit log as CSV; the export is an audit event too."""
    admin, form = signed_in_admin(), AuditLogForm()
    form.offer(accounts.names_by_id(db.session()))
    if not form.is_sent():
        return audit_log_page(form, valid=False)
    db.session.add(AuditEvent.of(Kind.EXPORTED, Actor.editor(admin.id), reason="journal"))
    db.session.commit()
    response = Response(audit_csv(db.engine, form.filters()), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="journal.csv")
    return response


def audit_log_page(form: AuditLogForm, *, valid: bool) -> ViewResult:
    """Render the audit log; invalid filters get an error message, and filter nothing."""
    below = request.args.get("avant", type=int)
    filters = form.data.keys() - {"csrf_token"}
    page = render_template(
        "administration/audit_log.html",
        form=form,
        page=audit_page(db.session(), form.filters() if valid else AuditFilters(), below),
        names=accounts.names_by_id(db.session()),
        reasons={each.value: each.label for each in (*Reason, *NoticeKind)},
        query={name: value for name, value in request.values.items() if name in filters and value},
        failed=recent_failures(db.session()),
        unwritten=erasure_journal.count_waiting(db.session()),
        has_copy=bool(current_app.config["JOURNAL_COPY"]),
    )
    return page, 200 if valid else 422
