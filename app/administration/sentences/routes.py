"""The usual sentences' pages, for admins with a recent proof of identity: the list, and one sentence."""

from flask import Blueprint, abort, render_template, url_for
from wtforms import Field, HiddenField
from wtforms.validators import Regexp, ValidationError

from app.accounts import queries as accounts
from app.accounts.gate import acting_admin
from app.articles import queries as articles
from app.articles import sentences
from app.articles.sentences import LONGEST_SENTENCE, UsualSentence, placeholder_problem
from app.db import db
from app.forms import Form, Length, Prose
from app.testimonials.usual_sentences import USUAL_TEXTS
from app.web import ViewResult, commit_and_show

known_number = Regexp(r"\A[0-9]{1,6}\Z", message="Ouvrez de nouveau la page : elle ne dit plus ce que vous avez lu.")


class SentenceForm(Form):
    """The words of a usual sentence, empty for those of the code; `read` is the number of the change that was read."""

    read = HiddenField("Phrase lue", [known_number])
    words = Prose("La phrase", [Length(most=LONGEST_SENTENCE)])
    number = 0

    def validate_words(self, field: Field) -> None:
        if self.read.data != str(self.number):
            raise ValidationError(
                "Quelqu’un d’autre a changé cette phrase entre-temps : lisez plus bas ce qu’elle dit. Vos mots sont "
                "encore là ; enregistrez de nouveau s’ils conviennent toujours."
            )
        if problem := placeholder_problem(field.data or ""):
            raise ValidationError(problem)


blueprint = Blueprint("sentences", __name__, url_prefix="/administration/phrases")


@blueprint.get("")
def listed() -> str:
    kinds = {"refusals": "refus-", "hidings": "masque-", "requests": "demande-"}
    lists = {
        name: [text for text in USUAL_TEXTS.values() if text.code.startswith(kind)] for name, kind in kinds.items()
    }
    changed, names = sentences.changed_sentences(db.session()), accounts.names_by_id(db.session())
    return render_template("sentences/listed.html", **lists, changed=changed, names=names)


@blueprint.route("/<code>", methods=["GET", "POST"])
def sentence(code: str) -> ViewResult:
    if code not in USUAL_TEXTS:
        abort(404)
    text, known = USUAL_TEXTS[code], db.session.get(UsualSentence, code)
    words = known.words if known and known.words else text.words
    form = SentenceForm(data={"words": words})
    form.number = known.number if known else 0
    if form.is_sent():
        typed = "" if form.words.data == text.words else form.words.data or ""
        if (typed or text.words) != words:
            sentences.change_sentence(db.session(), code, typed, read=int(form.read.data or 0), by=acting_admin())
        return commit_and_show(url_for("sentences.sentence", code=code))
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
