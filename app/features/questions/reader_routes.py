"""Views of a colleague's question: its form, the page that says to look at one's mail, the page that sends it."""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, after_this_request, render_template, request, url_for
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import UUID

from app.antispam.honeypot import HoneypotForm
from app.catalog.testimonial_page import askable_testimonial
from app.db import SAFE_METHODS, db
from app.features.questions.acts import QuestionRefusal, ask_question, confirm_question, refusal_of
from app.features.questions.models import ColleagueQuestion, by_question_link
from app.forms import Address, Form, Length, Line, Prose, required
from app.links import one_button
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_for_back_button, keep_private

# The typed fields, in the order of the page.
TYPED = ("words", "name", "organisation", "email")


class QuestionForm(Form):
    """One question; `key` identifies the page that it was typed in, so that it is stored once."""

    words = Prose("Votre question", [required("Écrivez votre question."), Length(most=1000)])
    name = Line("Prénom et nom", [required("Indiquez votre prénom et votre nom."), Length(most=120)])
    organisation = Line("Votre organisation", [required("Indiquez votre organisation."), Length(most=120)])
    email = Address("Votre courriel professionnel", "Indiquez votre courriel : c’est là qu’on peut vous répondre.")
    shows_address = BooleanField(
        "J’accepte que l’auteur·e lise mon nom, mon organisation et mon adresse, pour pouvoir me répondre.",
        [required("Cochez cette case : sans votre adresse, personne ne peut vous répondre.")],
    )
    key = HiddenField(validators=[required("Rechargez la page pour recommencer."), UUID(message="Rechargez la page.")])

    def question(self, testimonial: Any) -> ColleagueQuestion:
        """Return a question that is not stored. The same page sent again with other words is another question."""
        typed: dict[str, Any] = {name: self[name].data or "" for name in TYPED}
        key = uuid.uuid5(uuid.UUID(self.key.data), "\0".join((testimonial.public_id, *typed.values())))
        return ColleagueQuestion(testimonial=testimonial, key=str(key), **typed)


blueprint = Blueprint("colleague_questions", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/temoignages/<string(length=20):public_id>/question", methods=["GET", "POST"])
def ask(public_id: str) -> ViewResult:
    """Store a question to the author of a visible testimonial; it leaves once its sender has confirmed the address.

    The answer is the same for every address. Where the text takes no question any more, the words typed are shown.
    Browsers may cache these pages for their back button, so that nothing typed is lost.
    """
    after_this_request(keep_for_back_button)
    testimonial = askable_testimonial(db.session(), public_id=public_id)
    if testimonial is None:
        # Reading a form sets a cookie.
        posted = () if request.method in SAFE_METHODS else QuestionForm()
        typed = [each for each in posted if each.name in TYPED and each.data]
        return ended_page(QuestionRefusal.GONE, typed=typed), 410
    form = QuestionForm()
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
    if not form.is_sent():
        return question_page(testimonial, form), 422 if form.errors else 200
    sender, key = HoneypotForm(), form.key.data or ""
    if sender.must_be_asked(key):
        return question_page(testimonial, form, doubt=True), 422
    ask_question(db.session(), form.question(testimonial))
    return commit_and_show(url_for("colleague_questions.sent"))


@blueprint.get("/temoignages/question")
def sent() -> str:
    """Say to look at one's mail, on a page that holds nothing about anybody."""
    return render_template("colleague_questions/sent.html")


@blueprint.route("/question/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ViewResult:
    """Show a question to its sender, whose address this link confirms; send it to the author, once.

    The testimonial is locked before the question is read, as an erasure locks it before the question goes.
    """
    selected, testimonial = by_question_link(token), None
    number = db.session.scalar(selected.with_only_columns(ColleagueQuestion.testimonial_id))
    if number is not None:
        testimonial = askable_testimonial(db.session(), number=number)
    question = db.session.scalar(selected)
    if question is None:
        return ended_page(QuestionRefusal.FORGOTTEN), 410
    is_confirmed = question.confirmed_at is not None
    refusal = None if is_confirmed else refusal_of(db.session(), question, testimonial)
    if refusal:
        return ended_page(refusal, words=question.words), 409
    facts: dict[str, Any] = {"question": question, "testimonial": testimonial}
    waiting, send = None if is_confirmed else testimonial, partial(confirm_question, question)
    return one_button("colleague_questions/confirm.html", waiting, send, **facts)


def ended_page(refusal: QuestionRefusal, *, typed: Sequence[Field] = (), words: str = "") -> str:
    """Render why a question does not go to the author, with the fields that were typed, or the words stored."""
    return render_template("colleague_questions/ended.html", refusal=refusal, typed=typed, words=words)


def question_page(testimonial: Any, form: QuestionForm, *, doubt: bool = False) -> str:
    """Render the form; `doubt` asks for a confirmation that a person sends it."""
    sender = HoneypotForm.of(form.key.data or "")
    return render_template(
        "colleague_questions/ask.html", testimonial=testimonial, form=form, sender=sender, doubt=doubt
    )
