"""Admins' pages of undelivered e-mails, and of the audit log with its CSV export."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

from app.accounts import queries as accounts
from app.accounts.gate import signed_in_admin
from app.administration.audit_log import AuditFilters, audit_csv, audit_page, recent_failures
from app.administration.forms import AuditLogForm
from app.administration.undelivered_emails import failure_reason, named_recipient, resend_emails, undelivered_emails
from app.audit import Actor, AuditEvent, Kind
from app.db import db
from app.forms import ButtonForm
from app.mail import outbox
from app.mail.outbox import Email
from app.testimonials import erasure_journal
from app.testimonials.notices import NoticeKind
from app.testimonials.reasons import Reason
from app.web import ViewResult

blueprint = Blueprint("administration", __name__, url_prefix="/administration")


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
    """Send every failed e-mail again, as after an outage of the mail server."""
    form = ButtonForm()
    return resend(outbox.failed()) if form.is_sent() else emails_page(form)


def resend(selected: Select[Email]) -> ViewResult:
    """Send failed e-mails again, locked: two clicks send each again once."""
    resend_emails(db.session(), signed_in_admin(), db.session.scalars(selected.with_for_update()))
    db.session.commit()
    return redirect(url_for("administration.emails"), 303)


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
