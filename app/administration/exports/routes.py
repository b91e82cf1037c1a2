"""Exports for admins, over HTTP: what would come, then the file."""

from typing import TypeVar

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wsgi import wrap_file

from app.accounts.gate import signed_in_admin
from app.administration.exports.files import ExportFile
from app.administration.exports.forms import DownloadForm, ExportForm, filters_of_list
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.administration.exports.rows import count_rows
from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.db import db, now
from app.french import PARIS, by_name
from app.territories.models import Region
from app.territories.queries import listed_partners
from app.web import ViewResult

AnyExportForm = TypeVar("AnyExportForm", bound=ExportForm)

blueprint = Blueprint("exports", __name__, url_prefix="/administration/exports")


@blueprint.get("")
def choose() -> ViewResult:
    """Show the filters, and how many rows a file would have."""
    signed_in_admin()
    is_list = bool(request.args.get("liste"))  # one comes from a list of the desk
    parameters = filters_of_list(request.args) if is_list else request.args
    form = offered(ExportForm(formdata=parameters, meta={"csrf": False}))
    is_chosen = bool(parameters) and form.validate()
    if is_list:  # the purpose is still to be chosen
        form.usage.errors = []
    return exports_page(form, is_chosen=is_chosen, is_list=is_list), 422 if form.errors else 200


@blueprint.post("")
def download() -> ViewResult:
    """Send the file, whole before it leaves, with its line in the audit log."""
    admin, form = signed_in_admin(), offered(DownloadForm())
    if not form.is_sent():
        return exports_page(form, is_chosen=not form.fields_in_error), 422
    by, purpose, format_, filters = (
        Actor.editor(admin.id),
        form.purpose,
        ExportFormat(form.format.data or ""),
        form.filters(),
    )
    db.session.rollback()  # on SQLite, nobody else could write while the file is written
    export = ExportFile.make(purpose, format_, filters)
    if not export.rows:  # those who were counted have changed their minds since
        export.content.close()
        return exports_page(form, is_chosen=True), 422
    reason = export.reason(purpose, format_, filters)
    db.session.add(AuditEvent.of(Kind.TESTIMONIALS_EXPORTED, by, reason=reason))
    db.session.commit()
    response = Response(wrap_file(request.environ, export.content), mimetype=format_.mimetype, direct_passthrough=True)
    response.content_length = export.length  # the browser tells how far it is
    response.headers.set("Content-Disposition", "attachment", filename=f"{file_stem(form)}.{format_.value}")
    return response


def offered(form: AnyExportForm) -> AnyExportForm:
    session = db.session()
    selected = select(Article).options(selectinload(Article.themes)).order_by(Article.published_on.desc())
    articles, regions = session.scalars(selected).all(), sorted(session.scalars(select(Region)), key=by_name)
    referentials = {article.call.partner.referential for article in articles if article.call.partner}
    form.offer(articles, regions, listed_partners(session, referentials))
    return form


def exports_page(form: ExportForm, *, is_chosen: bool, is_list: bool = False) -> str:
    """Render the page; once a purpose `is_chosen`, with the number of rows and the buttons."""
    query = {"usage": form.usage.data} | form.filters().query if is_chosen else {}
    return render_template(
        "exports/choose.html",
        form=form,
        purposes={each.value: each for each in ExportPurpose},
        formats=list(ExportFormat),
        total=count_rows(db.session(), form.purpose, form.filters()) if is_chosen else None,
        stem=file_stem(form) if is_chosen else "",
        query=query,
        is_list=is_list,
        chosen={} if form.errors else form.chosen(),
    )


def file_stem(form: ExportForm) -> str:
    """Return the name of a file without its format: « retours-reutilisation-2026-11-28 »."""
    parts = ("retours", form.filters().article, form.purpose.slug, now().astimezone(PARIS).date().isoformat())
    return "-".join(filter(None, parts))
