"""The referentials' pages, for admins with a recent proof of identity: lists, entries, import and export of a file."""

from flask import Blueprint, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.accounts.gate import acting_admin
from app.administration.referentials import answers
from app.administration.referentials.answers import show_new_names
from app.administration.referentials.forms import (
    AnswersForm,
    DetachForm,
    EntryForm,
    ImportForm,
    NewEntryForm,
    ReferentialForm,
)
from app.articles.models import Article
from app.articles.queries import all_articles
from app.db import db, is_read_only
from app.forms import ButtonForm, Form
from app.territories import entry_files, queries, referentials
from app.territories.models import Partner, Referential
from app.web import ViewResult, commit_and_show, csv_files

blueprint = Blueprint("referentials", __name__, url_prefix="/administration/listes")

NUMBER = "<int(max=2147483647):number>"


@blueprint.route("", methods=["GET", "POST"])
def lists() -> ViewResult:
    form = ReferentialForm()
    if not form.is_sent():
        counted = queries.referentials_with_totals(db.session())
        page = render_template("referentials/lists.html", form=form, lists=counted, articles=articles_by_list())
        return page, 422 if form.errors else 200
    name = form.name.data or ""
    slug = referentials.free_list_slug(db.session(), name)
    created = referentials.create_referential(db.session(), slug, name, by=acting_admin())
    return commit_and_show(url_for("referentials.entries", number=created.id))


@blueprint.route(f"/{NUMBER}", methods=["GET", "POST"])
def entries(number: int) -> ViewResult:
    referential = db.get_or_404(Referential, number)
    form = ReferentialForm(data={"name": referential.name})
    if not form.is_sent():
        return list_page(referential, form)
    referentials.rename_referential(db.session(), referential, form.name.data or "", by=acting_admin())
    return commit_and_show(url_for("referentials.entries", number=number))


def list_page(referential: Referential, form: ReferentialForm) -> ViewResult:
    page = render_template(
        "referentials/entries.html",
        referential=referential,
        form=form,
        entries=queries.entries_of(db.session(), referential),
        articles=articles_by_list().get(referential.slug, []),
    )
    return page, 422 if form.errors else 200


@blueprint.route(f"/{NUMBER}/ajouter", methods=["GET", "POST"])
def add(number: int) -> ViewResult:
    referential, form = db.get_or_404(Referential, number), NewEntryForm()
    if not form.is_sent():
        page = render_template(
            "referentials/entry.html", referential=referential, form=form, partner=None, recognised=[]
        )
        return page, 422 if form.errors else 200
    referentials.add_entry(db.session(), referential, form.entry(form.chosen_slug), by=acting_admin())
    return commit_and_show(url_for("referentials.entries", number=number, _anchor=form.chosen_slug))


@blueprint.route(f"/entrees/{NUMBER}", methods=["GET", "POST"])
def entry(number: int) -> ViewResult:
    """Change an entry; its new name is shown at once wherever it was chosen."""
    partner = locked_entry(number)
    form = EntryForm.of(partner)
    if not form.is_sent():
        return entry_page(partner, form), 422 if form.errors else 200
    if referentials.change_entry(db.session(), partner, form.entry(partner.slug), by=acting_admin()):
        show_new_names(db.session(), [partner])
    return commit_and_show(url_for("referentials.entries", number=partner.referential_id, _anchor=partner.slug))


@blueprint.post(f"/entrees/{NUMBER}/proposer")
def switch(number: int) -> ViewResult:
    partner, form = locked_entry(number), ButtonForm()
    if not form.is_sent():
        return entry_page(partner, EntryForm.of(partner), form), 422
    referentials.switch_entry(db.session(), partner, is_active=not partner.is_active, by=acting_admin())
    return commit_and_show(url_for("referentials.entries", number=partner.referential_id, _anchor=partner.slug))


@blueprint.post(f"/entrees/{NUMBER}/detacher")
def detach(number: int) -> ViewResult:
    partner, form = locked_entry(number), DetachForm()
    if not form.is_sent():
        return entry_page(partner, EntryForm.of(partner), form), 422
    answers.detach_answer(db.session(), partner, form.typed.data or "", by=acting_admin())
    return commit_and_show(url_for("referentials.entry", number=number))


def entry_page(partner: Partner, form: EntryForm, refused: Form | None = None) -> str:
    referential = db.session.get_one(Referential, partner.referential_id)
    recognised = answers.recognised_answers(db.session(), partner)
    context = {"partner": partner, "referential": referential, "refused": refused or form, "recognised": recognised}
    return render_template("referentials/entry.html", form=form, **context)


@blueprint.route(f"/{NUMBER}/reponses", methods=["GET", "POST"])
def typed(number: int) -> ViewResult:
    """Show what authors typed for a partner that the list had not, and make an entry of it."""
    session, referential = db.session(), locked_list(number)
    articles = articles_by_list().get(referential.slug, [])
    found = answers.typed_answers(session, articles)
    form = AnswersForm(found, queries.entries_of(session, referential))
    if not form.is_sent():
        page = render_template("referentials/typed.html", referential=referential, form=form, answers=found)
        return page, 422 if form.errors else 200
    if form.is_new:
        partner = referentials.add_entry(session, referential, form.entry(), by=acting_admin())
    else:
        partner = session.get_one(Partner, int(form.target.data))
    answers.recognise_answers(session, partner, articles, form.answers.data or [], by=acting_admin())
    return commit_and_show(url_for("referentials.typed", number=number))


@blueprint.get(f"/{NUMBER}/fichier")
def export(number: int) -> Response:
    referential = db.get_or_404(Referential, number)
    partners = queries.entries_of(db.session(), referential)
    rows = (csv_files.csv_row(row) for row in entry_files.file_rows(partners))
    response = Response("".join((csv_files.BYTE_ORDER_MARK, *rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{referential.slug}.csv")
    return response


@blueprint.route(f"/{NUMBER}/importer", methods=["GET", "POST"])
def import_file(number: int) -> ViewResult:
    """Show what a file would change; then change it, if that is still what the page had said."""
    session, referential = db.session(), locked_list(number)
    form = ImportForm(referential)
    if not form.is_sent() or form.plan is None:
        return import_page(referential, form), 422 if form.errors else 200
    if not form.has_been_read:
        return import_page(referential, form), 409 if form.seen.data else 200
    show_new_names(session, entry_files.apply_import(session, referential, form.plan, by=acting_admin()))
    return commit_and_show(url_for("referentials.entries", number=number))


def import_page(referential: Referential, form: ImportForm) -> str:
    columns = ", ".join(referentials.FIELD_NAMES.values())
    return render_template("referentials/import.html", referential=referential, form=form, columns=columns)


def locked_list(number: int) -> Referential:
    """Return a list, locked unless the request is read-only: what a page said of it then holds.

    Neither lock here makes an author wait whose text names an entry: it leaves keys to be referred to.
    """
    selected = select(Referential).where(Referential.id == number)
    referential: Referential = db.one_or_404(selected if is_read_only() else selected.with_for_update(key_share=True))
    return referential


def locked_entry(number: int) -> Partner:
    selected = select(Partner).where(Partner.id == number, Partner.referential_id.is_not(None))
    partner: Partner = db.one_or_404(selected if is_read_only() else selected.with_for_update(key_share=True))
    return partner


def articles_by_list() -> dict[str, list[Article]]:
    by_list: dict[str, list[Article]] = {}
    for article in db.session.scalars(all_articles()):
        if article.call.partner is not None and article.call.partner.is_listed:
            by_list.setdefault(article.call.partner.referential, []).append(article)
    return by_list
