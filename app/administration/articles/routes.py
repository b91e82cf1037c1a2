"""Admins' pages of articles: list, editing with preview, source, themes, settings."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts import queries as accounts
from app.accounts.gate import acting_admin
from app.administration.articles.call_form import NEW, CallForm
from app.administration.articles.forms import (
    ArticleForm,
    ArticleSourceForm,
    NewArticleForm,
    RevisionForm,
    SettingsForm,
    SourceForm,
    ThemeAct,
    ThemeForm,
    retire_theme,
    testimonials_by_theme,
)
from app.administration.articles.version_diff import NOT_RESTORED, TABLES, changed_in_source
from app.articles import addresses, editing, queries, source
from app.articles.models import Article
from app.articles.passages import passages
from app.articles.sites import active_sites
from app.articles.versions import ArticleVersion, versions_of
from app.catalog import article_page, sync
from app.catalog.article_page import ArticlePage
from app.catalog.facet_counts import count_testimonials
from app.catalog.filters import WHOLE_COLLECTION
from app.db import db, is_read_only
from app.territories import queries as territories
from app.territories import referentials
from app.territories.models import Referential
from app.testimonials.diff import Change, compare_words
from app.testimonials.draft import Draft
from app.web import ViewResult, commit_and_show
from app.web.headers import let_self_fetch


def visibility_facts(session: Session, article: Article) -> dict[str, Any]:
    """Return what an article gathers, and whom it concerns when its pages come or go."""
    drafts = select(func.count()).select_from(Draft).where(Draft.article_id == article.id)
    others = select(func.count()).select_from(Article).where(Article.is_public, Article.id != article.id)
    return {
        "counts": count_testimonials(session, article.id),
        "drafts": session.scalar(drafts) or 0,
        "sites": [site.name for site in active_sites(session)],
        "is_only_one": not session.scalar(others),
    }


blueprint = Blueprint("articles", __name__, url_prefix="/administration/articles")


@blueprint.get("")
def former() -> ViewResult:
    return redirect(url_for("hub.articles"), 301)


@blueprint.route("/nouveau", methods=["GET", "POST"])
def begin() -> ViewResult:
    form = NewArticleForm()
    if is_writing():
        return write_page(form, None)
    if not form.is_sent():
        return write_page(form, None), 422
    return save_or_preview(
        form, editing.create_article(db.session(), form.slug.data or "", form.text(), by=acting_admin())
    )


@blueprint.route("/nouveau/source", methods=["GET", "POST"])
def begin_from_source() -> ViewResult:
    form = SourceForm()
    if is_writing():
        return render_template("articles/source.html", form=form)
    if not form.is_sent():
        return render_template("articles/source.html", form=form), 422
    return save_or_preview(form, editing.create_from_source(db.session(), form.source.data or "", by=acting_admin()))


@blueprint.route("/<slug>", methods=["GET", "POST"])
def write(slug: str) -> ViewResult:
    article = article_or_404(slug)
    form = ArticleForm.of(article)
    if is_writing():
        return write_page(form, article)
    if form.is_stale(article):
        return write_page(form, article, meanwhile=True), 409
    if not form.is_sent():
        return write_page(form, article), 422
    editing.rewrite_article(article, form.text(), by=acting_admin())
    return save_or_preview(form, article)


def is_writing() -> bool:
    """Whether to show the form: on GET, and on going back from the preview."""
    return is_read_only() or request.form.get("step") == "edit"


def save_or_preview(form: ArticleForm | SourceForm | ArticleSourceForm, article: Article) -> ViewResult:
    if request.form.get("step") == "save":
        page = url_for("hub.text", slug=article.slug)
        commit_words(article)
        return redirect(page, 303)
    context = {"was_public": article.is_public, "address": request.path}
    return render_template("articles/preview.html", form=form, page=load_preview(article), **context)


def commit_words(article: Article) -> None:
    """Commit a change of an article, then show what is published in the words of its call."""
    db.session.commit()
    for _ in sync.renew_article(db.session(), article):
        db.session.commit()


def write_page(form: ArticleForm, article: Article | None, *, meanwhile: bool = False) -> str:
    """Render the form; `meanwhile` if somebody has saved a change since the form was opened.

    What was typed is then shown beside the saved text, which saving would replace.
    """
    differing, changed = [], None
    if meanwhile and article is not None:
        differing = differences(article, form)
        changed = db.session.scalar(queries.last_change(article.slug))
        form.revision.data = str(article.revision)
    return render_template(
        "articles/write.html",
        form=form,
        article=article,
        meanwhile=meanwhile,
        changed=changed,
        differing=differing,
        names=accounts.names_by_id(db.session()) if changed else {},
    )


@blueprint.get("/<slug>/source")
def source_file(slug: str) -> Response:
    response = Response(source.serialize_source(article_or_404(slug)), mimetype="text/markdown")
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}.md")
    return response


@blueprint.route("/<slug>/source/modifier", methods=["GET", "POST"])
def rewrite_source(slug: str) -> ViewResult:
    """Edit the source of an article: its call, its themes, all that it is; preview, save."""
    article = article_or_404(slug)
    form = ArticleSourceForm.of(article)
    if is_writing():
        return source_page(form, article)
    if form.is_stale(article):
        form.revision.data = str(article.revision)
        return source_page(form, article, meanwhile=True), 409
    if not form.is_sent():
        return source_page(form, article), 422
    editing.overwrite_article(article, form.source.data or "", form.uses, by=acting_admin())
    return save_or_preview(form, article)


def source_page(form: ArticleSourceForm, article: Article, *, meanwhile: bool = False) -> str:
    """Render the form of the source; `meanwhile` with what differs from the article as somebody else saved it."""
    present = source.serialize_source(article)
    differing = [Change("Source", compare_words(present, form.source.data or ""))] if meanwhile else []
    return render_template(
        "articles/rewrite_source.html", form=form, article=article, differing=differing, meanwhile=meanwhile
    )


@blueprint.get("/<slug>/versions")
def versions(slug: str) -> ViewResult:
    article = article_or_404(slug)
    return render_template(
        "articles/versions.html",
        article=article,
        versions=db.session.scalars(versions_of(article)).all(),
        names=accounts.names_by_id(db.session()),
    )


@blueprint.route("/<slug>/versions/<int(max=2147483647):number>", methods=["GET", "POST"])
def version(slug: str, number: int) -> ViewResult:
    """Show what a version changed, and what going back to it would; go back to it, which makes one more version."""
    article = article_or_404(slug)
    version: ArticleVersion = db.one_or_404(versions_of(article).where(ArticleVersion.number == number))
    form = RevisionForm()
    if form.is_stale(article):
        return version_page(form, article, version, meanwhile=True), 409
    if not form.is_sent():
        return version_page(form, article, version), 422 if form.errors else 200
    editing.restore_version(article, version, testimonials_by_theme(db.session(), article), by=acting_admin())
    commit_words(article)
    return redirect(url_for("articles.versions", slug=slug), 303)


def version_page(form: RevisionForm, article: Article, version: ArticleVersion, *, meanwhile: bool = False) -> str:
    earlier = versions_of(article).where(ArticleVersion.number < version.number).limit(1)
    before, back = db.session.scalar(earlier), changed_in_source(source.serialize_source(article), version.source)
    return render_template(
        "articles/version.html",
        form=form,
        article=article,
        version=version,
        changes=changed_in_source(before.source if before else "", version.source),
        back=[each for each in back if each.heading not in NOT_RESTORED],
        names=accounts.names_by_id(db.session()),
        meanwhile=meanwhile,
    )


@blueprint.route("/<slug>/appel", methods=["GET", "POST"])
def call(slug: str) -> ViewResult:
    """Edit the call of an article; « Voir » shows what an author would read, and stores nothing."""
    article = article_or_404(slug)
    form = CallForm.of(article)
    if form.is_stale(article):
        return call_page(form, article, meanwhile=True, status=409)
    if not form.is_sent():
        return call_page(form, article, status=422 if form.errors else 200)
    if request.form.get("step") == "preview":
        form.show(form.call())
        return call_page(form, article)
    return save_call(form, article)


def save_call(form: CallForm, article: Article) -> ViewResult:
    """Save a call; a new list is then to be given, an article that is offline to be put online."""
    by, session, created = acting_admin(), db.session(), None
    if form.is_of_new_list:
        name = form.long_plural.data or ""
        name = f"{name[:1].upper()}{name[1:]}"
        slug = referentials.free_list_slug(session, name)
        created = referentials.create_referential(session, slug, name, by=by)
    editing.rewrite_call(article, form.call(created.slug if created else NEW), by=by)
    days = form.opens_on.data, form.closes_on.data
    editing.change_settings(article, is_public=article.is_public, is_open=bool(form.is_open.data), days=days, by=by)
    page = url_for("hub.text", slug=article.slug)
    if created is not None:
        page = url_for("referentials.import_file", number=created.id)
    elif not article.is_public:
        page = url_for("articles.visibility", slug=article.slug)
    commit_words(article)
    return redirect(page, 303)


def call_page(form: CallForm, article: Article, *, meanwhile: bool = False, status: int = 200) -> Response:
    names, session = form.before.names, db.session()
    listed = select(Referential).where(Referential.slug == names.referential) if names and names.is_listed else None
    referential = session.scalar(listed) if listed is not None else None
    entries = territories.entries_of(session, referential) if referential else []
    page = render_template(
        "articles/call.html",
        form=form,
        article=article,
        referential=referential,
        entries=[each for each in entries if each.is_active],
        headings=TABLES,
        meanwhile=meanwhile,
    )
    return let_self_fetch(make_response(page, status))


@blueprint.route("/<slug>/articulations", methods=["GET", "POST"])
def themes(slug: str) -> ViewResult:
    article = article_or_404(slug)
    form = ThemeForm(article)
    if form.is_stale(article):
        return themes_page(form, meanwhile=True), 409
    if not form.is_sent():
        return themes_page(form), 422 if form.errors else 200
    apply_theme_act(form)
    return commit_and_show(url_for("articles.themes", slug=slug, _anchor=form.theme.data or None))


def apply_theme_act(form: ThemeForm) -> None:
    article, theme, label, choice = form.article, form.chosen_theme, form.label.data or "", form.choice.data or ""
    if theme is None:
        editing.add_theme(article, label, choice, form.passage.data or "", by=acting_admin())
    elif form.act.data == ThemeAct.RENAME:
        editing.rename_theme(article, theme, label, choice, by=acting_admin())
    elif form.act.data == ThemeAct.RAISE:
        editing.raise_theme(article, theme, by=acting_admin())
    else:
        retire_theme(db.session(), theme, by=acting_admin())


def themes_page(form: ThemeForm, *, meanwhile: bool = False) -> str:
    return render_template(
        "articles/themes.html",
        form=form,
        article=form.article,
        counts=testimonials_by_theme(db.session(), form.article),
        described={passage.theme for passage in passages(form.article)},
        meanwhile=meanwhile,
    )


@blueprint.route("/<slug>/reglages", methods=["GET", "POST"])
def settings(slug: str) -> ViewResult:
    """Change the address of an article."""
    article = article_or_404(slug)
    form = SettingsForm.of(article)
    if form.is_stale(article):
        return settings_page(form, article, meanwhile=True), 409
    if not form.is_sent():
        return settings_page(form, article), 422 if form.errors else 200
    editing.change_address(article, form.slug.data or "", by=acting_admin())
    return commit_and_show(url_for("hub.text", slug=article.slug))


def settings_page(form: SettingsForm, article: Article, *, meanwhile: bool = False) -> str:
    former = addresses.former_slugs(db.session(), article)
    return render_template("articles/settings.html", form=form, article=article, former=former, meanwhile=meanwhile)


@blueprint.get("/<slug>/partenaires")
def partners(slug: str) -> ViewResult:
    """Lead to the list of the article's call, or to all lists where the call has none."""
    partner = article_or_404(slug).call.partner
    named = select(Referential.id).where(Referential.slug == partner.referential) if partner else None
    number = db.session.scalar(named) if named is not None else None
    return redirect(url_for("referentials.entries", number=number) if number else url_for("referentials.lists"))


@blueprint.route("/<slug>/mise-en-ligne", methods=["GET", "POST"])
def visibility(slug: str) -> ViewResult:
    """Say what follows from putting an article online or taking it offline, then do it."""
    article = article_or_404(slug)
    form = RevisionForm()
    if form.is_stale(article):
        return visibility_page(form, article, meanwhile=True), 409
    if not form.is_sent():
        return visibility_page(form, article), 422 if form.errors else 200
    editing.put_online(article, is_public=not article.is_public, by=acting_admin())
    return commit_and_show(url_for("hub.text", slug=slug))


def visibility_page(form: RevisionForm, article: Article, *, meanwhile: bool = False) -> str:
    return render_template(
        "articles/visibility.html",
        form=form,
        article=article,
        following=visibility_facts(db.session(), article),
        meanwhile=meanwhile,
    )


def article_or_404(slug: str) -> Article:
    query = queries.by_slug_public_or_not(slug)
    article: Article = db.one_or_404(query if is_read_only() else query.with_for_update())
    return article


COMPARED_FIELDS = ("title", "summary", "body", "call_title", "invitation")


def load_preview(article: Article) -> ArticlePage:
    """Load the article's page as readers would see it once these changes are saved.

    The article is written to the database within a transaction that nobody commits.
    """
    article.is_public = True
    db.session.flush()
    page = article_page.load(db.session(), article.slug, WHOLE_COLLECTION)
    assert page is not None  # noqa: S101  # it has just been written; narrows the type
    return page


def differences(article: Article, form: ArticleForm) -> list[Change]:
    result = []
    call = {"call_title": article.call.title, "invitation": article.call.invitation}
    for name in COMPARED_FIELDS:
        saved, typed = (call.get(name) or getattr(article, name)).strip(), (form[name].data or "").strip()
        if saved != typed:
            result.append(Change(form[name].label.text, compare_words(saved, typed)))
    return result
