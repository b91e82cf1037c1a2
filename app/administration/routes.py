"""Admins' pages: the e-mails that have not left, and sending them again; the journal, and its export."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import queries as accounts
from app.accounts.gate import signed_in_admin
from app.administration import audit_log as journals
from app.administration import undelivered_emails
from app.administration.audit_log import AuditFilters
from app.administration.forms import AuditLogForm, SendAgainForm
from app.audit import Actor, AuditEvent, Kind
from app.db import db
from app.mail import outbox
from app.testimonials.reasons import Reason

blueprint = Blueprint("administration", __name__, url_prefix="/administration")

Page = str | tuple[str, int] | Response


@blueprint.get("/courriels")
def emails() -> Page:
    """Show the e-mails that were given up, and those that are refused for now."""
    signed_in_admin()
    return emails_page(SendAgainForm(formdata=None))


@blueprint.post("/courriels/<int(max=2147483647):email_id>/renvoyer")
def send_again(email_id: int) -> Page:
    """Send one again; a second click finds it done."""
    admin, form = signed_in_admin(), SendAgainForm()
    if not form.is_sent():
        return emails_page(form), 422
    undelivered_emails.resend_emails(
        db.session(), admin, db.session.scalars(undelivered_emails.count_undelivered(email_id))
    )
    db.session.commit()
    return redirect(url_for("administration.emails"), 303)


@blueprint.post("/courriels/renvoyer")
def send_all_again() -> Page:
    """Send again all that were given up, as on the day after a mail server's bad one."""
    admin, form = signed_in_admin(), SendAgainForm()
    if not form.is_sent():
        return emails_page(form), 422
    undelivered_emails.resend_emails(db.session(), admin, db.session.scalars(outbox.failed().with_for_update()))
    db.session.commit()
    return redirect(url_for("administration.emails"), 303)


def emails_page(form: SendAgainForm) -> str:
    """Return the page of e-mails that have not left."""
    return render_template(
        "administration/undelivered_emails.html",
        form=form,
        dead=undelivered_emails.undelivered_emails(db.session(), outbox.failed()),
        refused=undelivered_emails.undelivered_emails(db.session(), outbox.has_refusal()),
        why=undelivered_emails.failure_reason,
    )


@blueprint.get("/journal")
def journal() -> Page:
    """Show what happened, newest first, as narrow as the address says."""
    signed_in_admin()
    form = AuditLogForm(formdata=request.args, meta={"csrf": False})
    form.offer(accounts.names_by_id(db.session()))
    return journal_page(form, valid=form.validate())


@blueprint.post("/journal")
def journal_file() -> Page:
    """Give the same lines as a file; that they were taken is a line of the journal too."""
    admin, form = signed_in_admin(), AuditLogForm()
    form.offer(accounts.names_by_id(db.session()))
    if not form.is_sent():
        return journal_page(form, valid=False)
    db.session.add(AuditEvent.of(Kind.EXPORTED, Actor.editor(admin.id), reason="journal"))
    db.session.commit()
    answer = Response(journals.csv_rows(db.engine, form.wanted()), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="journal.csv")
    return answer


def journal_page(form: AuditLogForm, *, valid: bool) -> Page:
    """Return the journal's page; what cannot be understood is told, and narrows nothing."""
    below = request.args.get("avant", type=int)
    page = render_template(
        "administration/journal.html",
        form=form,
        page=journals.audit_page(db.session(), form.wanted() if valid else AuditFilters(), below),
        names=accounts.names_by_id(db.session()),
        reasons={reason.value: reason.label for reason in Reason},
        asked={name: value for name, value in request.args.items() if name in form and value},
    )
    return page, 200 if valid else 422
