"""The recueils' pages: all of them, composing one, one with its file, the document itself."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from wtforms import SelectField

from app import french
from app.accounts.gate import acting_editor, signed_in
from app.articles import queries as articles
from app.articles.models import Article
from app.audit import Kind
from app.catalog.article_text import ArticleText, load_article_text
from app.catalog.facet_counts import FacetCounts, count_article_facets
from app.catalog.filters import FACETS, FILTERS, Filters
from app.db import db, now
from app.forms import ButtonForm, Form, Length, Line, Prose, choice, required
from app.moderation.recueils import files
from app.moderation.recueils.contents import MOST_SHEETS, Contents, RecueilOffline, count_outdated, load_contents
from app.moderation.recueils.models import WATCHED_PAGES, Recueil, recueil_of, recueils_of
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_private
from app.web.pdf import is_available, pdf_response

ALL = ""


class RecueilForm(Form):
    """A recueil; the lists have the values that testimonials of its article have."""

    title = Line("Titre", [required("Donnez un titre au recueil : il est sur la couverture."), Length(most=120)])
    introduction = Prose("Introduction", [Length(most=6_000)])
    theme = SelectField("Articulation")
    situation = SelectField("Situation")
    region = SelectField("Région")
    partner = SelectField("Partenaire")
    words = Line("Mots du texte", [Length(most=200)])

    def __init__(self, article: ArticleText, counts: FacetCounts, recueil: Recueil | None = None) -> None:
        data = {"title": article.title}
        if recueil is not None:
            data = {"title": recueil.title, "introduction": recueil.introduction, **recueil.chosen}
        super().__init__(data=data)
        names = {**article.names, **counts.names}
        partner = article.call.partner
        for name in FACETS:
            options = [choice(value, names[name][value]) for value in counts.choices(name, names[name], Filters())]
            everything = partner.all_of_them if partner and name == "partner" else "Toutes"
            field: Any = self[name]
            field.choices = [choice(ALL, everything), *options]
        if partner and partner.is_listed:
            self.partner.label.text = partner.concerned
        else:
            del self.partner

    def chosen(self) -> dict[str, str]:
        return {name: str(self[name].data) for name in FILTERS if name in self and self[name].data}

    def filters(self) -> Filters:
        return Filters(**self.chosen())

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the choice, at the first field that narrows it."""
        narrowing: Iterable[Any] = (self[name] for name in FILTERS if name in self and self[name].data)
        field = next(iter(narrowing), self["theme"])
        field.errors = [sentence]


blueprint = Blueprint("recueils", __name__, url_prefix="/moderation")
blueprint.after_request(keep_private)

OF_ONE = "/articles/<slug>/recueils/<int(max=2147483647):number>"
SECONDS_BETWEEN_LOOKS = 2


@blueprint.get("/articles/<slug>/recueils")
def of_article(slug: str) -> str:
    article = db.one_or_404(articles.by_slug_public_or_not(slug))
    recueils = db.session.scalars(recueils_of(article)).all()
    return render_template("recueils/of_article.html", article=article, recueils=recueils)


@blueprint.route("/articles/<slug>/recueils/nouveau", methods=["GET", "POST"])
def compose(slug: str) -> ViewResult:
    article = db.one_or_404(articles.by_slug_public_or_not(slug))
    form = form_of(article)
    if not form.is_sent() or is_refused(form, contents_of(article, form.filters())):
        return render_template("recueils/compose.html", article=article, form=form), 422 if form.errors else 200
    recueil = Recueil(
        article=article,
        author=signed_in(),
        title=form.title.data or "",
        introduction=form.introduction.data or "",
        chosen=form.chosen(),
    )
    db.session.add(recueil)
    db.session.flush()
    files.record(db.session(), Kind.RECUEIL_COMPOSED, recueil, acting_editor())
    return commit_and_show(url_for("recueils.recueil", slug=slug, number=recueil.id))


@blueprint.route(OF_ONE, methods=["GET", "POST"])
def recueil(slug: str, number: int) -> ViewResult:
    """Show a recueil, what it holds and where its file stands; change its title, its introduction, its choice."""
    # Locked from the POST's first look: a file kept meanwhile would have the words of before.
    found = locked(slug, number) if request.method == "POST" else db.one_or_404(recueil_of(slug, number))
    if not found.article.is_public:
        return recueil_page(found)
    form = form_of(found.article, found)
    if not form.is_sent() or is_refused(form, contents_of(found.article, form.filters())):
        return recueil_page(found, form)
    composed = (form.title.data or "", form.introduction.data or "", form.chosen())
    if composed != (found.title, found.introduction, found.chosen):
        found.title, found.introduction, found.chosen = composed
        found.delete_file()
        files.record(db.session(), Kind.RECUEIL_CHANGED, found, acting_editor())
    return commit_and_show(url_for("recueils.recueil", slug=slug, number=number))


@blueprint.get(f"{OF_ONE}/document")
def document(slug: str, number: int) -> ViewResult:
    """Show the whole document, as a browser prints it: always of what may be reused now."""
    found = db.one_or_404(recueil_of(slug, number))
    contents = contents_of(found.article, found.filters)
    contents.require_sheets()
    return files.render_document(db.session(), found, contents, is_file=False)


@blueprint.post(f"{OF_ONE}/pdf")
def file(slug: str, number: int) -> ViewResult:
    """Hand the file out; one that is not there yet is asked of the loop, and the page says how far it is."""
    found = locked(slug, number)
    if not ButtonForm().is_sent():
        return recueil_page(found)
    pdf = files.hand_out(db.session(), found, contents_of(found.article, found.filters), signed_in())
    db.session.commit()
    if pdf is None:
        return redirect(url_for("recueils.recueil", slug=slug, number=number, _anchor="fichier"), 303)
    return pdf_response(pdf, f"recueil-{slug}-{french.paris_time(now()).isoformat()}")


@blueprint.post(f"{OF_ONE}/refaire")
def make_again(slug: str, number: int) -> ViewResult:
    found = locked(slug, number)
    if not ButtonForm().is_sent():
        return recueil_page(found)
    contents = contents_of(found.article, found.filters)
    contents.require_sheets()
    files.ask_for_file(db.session(), found, contents, signed_in())
    return commit_and_show(url_for("recueils.recueil", slug=slug, number=number, _anchor="fichier"))


@blueprint.post(f"{OF_ONE}/supprimer")
def remove(slug: str, number: int) -> ViewResult:
    found = locked(slug, number)
    if not ButtonForm().is_sent():
        return recueil_page(found)
    files.record(db.session(), Kind.RECUEIL_DELETED, found, acting_editor())
    db.session.delete(found)
    return commit_and_show(url_for("recueils.of_article", slug=slug))


def locked(slug: str, number: int) -> Recueil:
    found: Recueil = db.one_or_404(recueil_of(slug, number).with_for_update(of=Recueil))
    return found


def contents_of(article: Article, filters: Filters) -> Contents:
    contents = load_contents(db.session(), article, filters)
    if contents is None:
        raise RecueilOffline
    return contents


def form_of(article: Article, recueil: Recueil | None = None) -> RecueilForm:
    text = load_article_text(db.session(), article.slug)
    if text is None:
        raise RecueilOffline
    return RecueilForm(text, count_article_facets(db.session(), text, Filters()), recueil)


def is_refused(form: RecueilForm, contents: Contents) -> bool:
    """Refuse a choice that collects nothing, or too much, at the field that makes it so."""
    if contents.is_cut:
        form.refuse(f"Ce choix a plus de {MOST_SHEETS} fiches, ce qu’un recueil ne tient pas : restreignez-le.")
    elif not contents.sheets and not contents.others:
        form.refuse("Aucun retour publié ne répond à ce choix, il n’y a rien à réunir : élargissez-le.")
    elif not contents.sheets:
        form.refuse(
            "Aucun retour de ce choix n’est ouvert à la réutilisation, il n’y a rien à réunir : élargissez-le. "
            f"{french.count(contents.others, 'retour se lit', 'retours se lisent')} seulement à côté de l’article."
        )
    return bool(form.errors)


def recueil_page(recueil: Recueil, form: RecueilForm | None = None) -> ViewResult:
    """Show a recueil: its form, as sent if it was; of an article that is offline, that alone."""
    if not recueil.article.is_public:
        return render_template("recueils/recueil.html", recueil=recueil, contents=None, form=None)
    form = form or form_of(recueil.article, recueil)
    contents = contents_of(recueil.article, recueil.filters)
    in_file = {each.testimonial_id for each in recueil.file.entries} if recueil.file else set()
    page = render_template(
        "recueils/recueil.html",
        recueil=recueil,
        form=form,
        contents=contents,
        is_long=contents.pages_expected > WATCHED_PAGES,
        is_outdated=recueil.file is not None and count_outdated(db.session(), recueil) > 0,
        added=len({each.testimonial.id for each in contents.sheets} - in_file) if in_file else 0,
        has_pdf=is_available(),
    )
    response = make_response(page, 422 if form.errors else 200)
    if recueil.is_awaited:
        response.headers["Refresh"] = str(SECONDS_BETWEEN_LOOKS)
    return response
