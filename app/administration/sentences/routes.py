"""The usual sentences' pages, for admins with a recent proof of identity: list, one sentence with its versions."""

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, url_for

from app.accounts import queries as accounts
from app.accounts.gate import acting_admin
from app.administration.sentences.forms import GoBackForm, SentenceForm
from app.administration.sentences.history import SentenceVersion, history_of
from app.articles import queries as articles
from app.articles import sentences
from app.db import db
from app.testimonials.reasons import USUAL_TEXTS, UsualText
from app.web import ViewResult

blueprint = Blueprint("sentences", __name__, url_prefix="/administration/phrases")


@blueprint.get("")
def listed() -> str:
    """Show every usual sentence as it stands, refusals first."""
    changed = sentences.latest_sentences(db.session())
    names = accounts.names_by_id(db.session())
    kinds = {"refusals": "refus-", "hidings": "masque-", "requests": "demande-"}
    lists = {
        name: [text for text in USUAL_TEXTS.values() if text.code.startswith(kind)] for name, kind in kinds.items()
    }
    return render_template("sentences/listed.html", **lists, changed=changed, names=names)


@blueprint.route("/<code>", methods=["GET", "POST"])
def sentence(code: str) -> ViewResult:
    """Show a sentence with its versions, and change it."""
    text = text_or_404(code)
    versions = history_of(db.session(), text)
    form = SentenceForm(data={"words": versions[0].words})
    form.about(text, versions[0].number)
    if not form.is_sent():
        return sentence_page(text, form, versions)
    if (words := form.words.data or "") != versions[0].words:
        sentences.change_sentence(db.session(), code, words, read=int(form.read.data or 0), by=acting_admin())
    db.session.commit()
    return redirect(url_for("sentences.sentence", code=code, _anchor="versions"), 303)


@blueprint.post("/<code>/revenir")
def go_back(code: str) -> ViewResult:
    """Make the words of an earlier version the latest one."""
    text, form = text_or_404(code), GoBackForm()
    versions = history_of(db.session(), text)
    if not form.is_sent():
        return sentence_page(text, SentenceForm(formdata=None), versions, refused=form)
    by_number = {each.number: each.words for each in versions}
    if (number := int(form.number.data or 0)) not in by_number:
        abort(404)
    sentences.change_sentence(db.session(), code, by_number[number], read=int(form.read.data or 0), by=acting_admin())
    db.session.commit()
    return redirect(url_for("sentences.sentence", code=code, _anchor="versions"), 303)


def sentence_page(
    text: UsualText, form: SentenceForm, versions: Sequence[SentenceVersion], *, refused: GoBackForm | None = None
) -> ViewResult:
    """Return the page of a sentence; what was typed stays in a form with errors, about the version now shown."""
    form.read.data = str(versions[0].number)
    if not form.errors:
        form.words.data = versions[0].words
    page = render_template(
        "sentences/sentence.html",
        text=text,
        form=form,
        refused=refused or form,
        versions=versions,
        placeholders=sentences.PLACEHOLDERS,
        examples=[
            (article.title, sentences.fill(versions[0].words, article))
            for article in db.session.scalars(articles.public_articles())
        ],
        names=accounts.names_by_id(db.session()),
    )
    return page, 422 if form.errors or (refused and refused.errors) else 200


def text_or_404(code: str) -> UsualText:
    text = USUAL_TEXTS.get(code)
    return text if text is not None else abort(404)
