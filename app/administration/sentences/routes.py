"""The usual sentences' pages, for admins with a recent proof of identity: the list, and one sentence."""

from flask import Blueprint, abort, redirect, render_template, url_for

from app.accounts import queries as accounts
from app.accounts.gate import acting_admin
from app.administration.sentences.forms import SentenceForm
from app.articles import queries as articles
from app.articles import sentences
from app.articles.sentences import UsualSentence
from app.db import db
from app.testimonials.reasons import USUAL_TEXTS
from app.web import ViewResult

blueprint = Blueprint("sentences", __name__, url_prefix="/administration/phrases")


@blueprint.get("")
def listed() -> str:
    """Show every usual sentence as it stands, refusals first."""
    kinds = {"refusals": "refus-", "hidings": "masque-", "requests": "demande-"}
    lists = {
        name: [text for text in USUAL_TEXTS.values() if text.code.startswith(kind)] for name, kind in kinds.items()
    }
    changed, names = sentences.changed_sentences(db.session()), accounts.names_by_id(db.session())
    return render_template("sentences/listed.html", **lists, changed=changed, names=names)


@blueprint.route("/<code>", methods=["GET", "POST"])
def sentence(code: str) -> ViewResult:
    """Show a sentence, and change it."""
    if code not in USUAL_TEXTS:
        abort(404)
    text, known = USUAL_TEXTS[code], db.session.get(UsualSentence, code)
    words = known.words if known and known.words else text.words
    form = SentenceForm(data={"words": words})
    form.number = known.number if known else 0
    if form.is_sent():
        typed = form.words.data or ""
        if (typed or text.words) != words:
            sentences.change_sentence(db.session(), code, typed, read=int(form.read.data or 0), by=acting_admin())
        db.session.commit()
        return redirect(url_for("sentences.sentence", code=code), 303)
    form.read.data = str(form.number)
    page = render_template(
        "sentences/sentence.html",
        text=text,
        form=form,
        words=words,
        placeholders=sentences.PLACEHOLDERS,
        examples=[
            (article.title, sentences.fill(words, article))
            for article in db.session.scalars(articles.public_articles())
        ],
    )
    return page, 422 if form.errors else 200
