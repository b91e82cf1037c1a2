"""Exports for admins, over HTTP: what is selected and what a file would hold, then the file."""

from flask import Blueprint, Response, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wsgi import wrap_file
from wtforms import HiddenField, RadioField
from wtforms.validators import AnyOf

from app.accounts.gate import signed_in_admin
from app.articles.models import Theme
from app.audit import Actor, AuditEvent, Kind
from app.db import db, now
from app.forms import Form, choice, required
from app.french import PARIS, count
from app.moderation.exports.columns import ExportFormat, ExportPurpose
from app.moderation.exports.files import ExportFile
from app.moderation.exports.rows import count_rows
from app.moderation.queue.filters import FILTERS, QueueFilters
from app.moderation.queue.found import whole_list
from app.moderation.queue.reader import QueueReader, theme_id
from app.search.words import terms
from app.web import ViewResult

blueprint = Blueprint("exports", __name__, url_prefix="/administration/exports")


class ExportForm(Form):
    """The purpose of a file; the button pressed is its format. The filters of the list come beside."""

    usage = RadioField(
        "Pour quel usage ?",
        [required("Choisissez un usage : il dit de qui et de quoi le fichier est fait.")],
        choices=[choice(each.value, each.label) for each in ExportPurpose],
    )
    format = HiddenField("Format", [AnyOf([*ExportFormat], message="Choisissez un format : CSV ou XLSX.")])


@blueprint.get("")
def choose() -> ViewResult:
    return exports_page(ExportForm(formdata=None), QueueReader.of(signed_in_admin(), QueueFilters.read(request.args)))


@blueprint.post("")
def download() -> ViewResult:
    """Send the file, whole before it leaves, with its line in the audit log."""
    admin, form = signed_in_admin(), ExportForm()
    reader, by = QueueReader.of(admin, QueueFilters.read(request.form)), Actor.editor(admin.id)
    if not form.is_sent():
        return exports_page(form, reader), 422
    purpose, format_ = ExportPurpose(form.usage.data), ExportFormat(form.format.data or "")
    db.session.rollback()  # on SQLite, nobody else could write while the file is written
    export = ExportFile.make(purpose, format_, reader)
    if not export.rows:
        export.content.close()
        form.usage.errors = ["Aucun retour de cette sélection n’est pour cet usage : il n’y a rien à exporter."]
        return exports_page(form, reader), 422
    reason = export.reason(purpose, format_, reader.filters)
    db.session.add(AuditEvent.of(Kind.TESTIMONIALS_EXPORTED, by, reason=reason))
    db.session.commit()
    response = Response(wrap_file(request.environ, export.content), mimetype=format_.mimetype, direct_passthrough=True)
    response.content_length = export.length  # the browser tells how far it is
    named = "retours", reader.filters.article, purpose.slug, now().astimezone(PARIS).date().isoformat()
    name = f"{'-'.join(filter(None, named))}.{format_.value}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def exports_page(form: ExportForm, reader: QueueReader) -> str:
    session = db.session()
    listed = whole_list(session, reader)
    rows = {each: count(count_rows(session, each, listed), "ligne", "lignes") for each in ExportPurpose}
    return render_template(
        "exports/choose.html",
        form=form,
        filters=reader.filters,
        selection=selection_in_words(session, reader.filters),
        total=session.scalar(select(func.count()).select_from(listed.subquery())),
        hints={each.value: f"{rows[each]}. {each.sentence}" for each in ExportPurpose},
        formats=list(ExportFormat),
    )


def selection_in_words(session: Session, filters: QueueFilters) -> list[str]:
    """Return the words of a list; its order is no part of it."""
    narrowing = (
        f"{each.label} : {value_in_words(session, filters, name)}"
        for name, each in FILTERS.items()
        if each.label and name != filters.list_name and getattr(filters, name)
    )
    return [filters.heading, *narrowing]


def value_in_words(session: Session, filters: QueueFilters, name: str) -> str:
    value: str = getattr(filters, name)
    chosen = FILTERS[name]
    if name == "auteur":
        return "les textes venus d’une même adresse"
    if name == "mots":
        return f"« {value} »" if terms(value) else "aucun qui se cherche"
    if chosen.named is None:
        return value if chosen.is_yes_or_no else chosen.choices[value]
    is_chosen = Theme.id == theme_id(filters, None) if name == "articulation" else chosen.named[0] == value
    return session.scalar(select(chosen.named[1]).where(is_chosen)) or "inconnu"
