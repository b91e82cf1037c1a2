"""Answering notices over HTTP: the form on the review page, which dismisses; the page that answers a right of reply."""

import re
from dataclasses import dataclass
from typing import Self

from flask import Blueprint, abort, redirect, render_template, url_for
from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from app.accounts.gate import signed_in
from app.db import db, is_read_only
from app.features.notices.acts import answer_right_of_reply, dismiss_open_notices
from app.forms import Form, Length, Prose, choice, required
from app.moderation.queue.context import found_text, queue_reader
from app.moderation.review.forms import known_number
from app.moderation.review.routes import review_page
from app.testimonials.answered import names_on_page
from app.testimonials.notices import Notice, Outcome
from app.testimonials.questions import EXAMINED
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show


class DismissForm(Form):
    """An answer to the notices that were read: the text at `revision`, the notices up to id `latest`."""

    answer = Prose(
        "Votre réponse",
        [required("Écrivez une phrase : elle dit pourquoi le texte reste tel quel."), Length(most=1500)],
    )
    revision = HiddenField("Version lue", [known_number])
    latest = HiddenField("Signalement lu", [known_number])

    @classmethod
    def about(cls, testimonial: Testimonial) -> Self:
        form = cls(formdata=None)
        form.revision.data = str(testimonial.revision)
        form.latest.data = str(max((notice.id for notice in testimonial.notices), default=0))
        return form


class ReplyForm(Form):
    """Whether a reply is published under the text at `revision`; a refusal has its reasons (LCEN 1-1, III)."""

    outcome = RadioField(
        "Cette réponse",
        [required("Dites si cette réponse paraît.")],
        choices=[
            choice(Outcome.REPLY_ACCEPTED.value, "Paraît aussitôt sous le texte, signée de son nom"),
            choice(Outcome.REPLY_REFUSED.value, "Ne paraît pas"),
        ],
    )
    answer = Prose("Vos raisons", [Length(most=1500)])
    revision = HiddenField("Version lue", [known_number])

    def validate_answer(self, field: Prose) -> None:
        if self.outcome.data == Outcome.REPLY_REFUSED.value and not field.data:
            raise ValidationError("Dites pourquoi : la personne le lira, et peut saisir la justice.")


# The answers in which a passage is looked for.
SOUGHT_IN = frozenset({*EXAMINED, "author_role"})
AROUND = 200  # signs of the text shown on either side of a passage


@dataclass(frozen=True)
class FoundPassage:
    """A passage in an answer of the text reported: the question, the passage, and the words around it."""

    question: str
    before: str
    words: str
    after: str


def found_passages(testimonial: Testimonial) -> dict[int, FoundPassage]:
    """Return, by the id of each notice, the passage that it quotes, where it stands word for word."""
    found = ((notice.id, found_passage(testimonial, notice)) for notice in testimonial.notices if notice.passage)
    return {number: place for number, place in found if place}


def found_passage(testimonial: Testimonial, notice: Notice) -> FoundPassage | None:
    """Find a passage as readers copy it: spaces, apostrophes, and guillemets around it do not count."""
    words = notice.passage.strip('\u00a0\u202f «»“”"').split()
    if not words:
        return None
    quoted = re.compile(r"\s+".join(re.escape(word).replace("'", "’").replace("’", "['’]") for word in words))
    version = testimonial.versions[notice.version_number - 1]
    for name, question in names_on_page(version).items():
        text = getattr(version, name) if name in SOUGHT_IN else ""
        if match := quoted.search(text):
            before, after = text[: match.start()][-AROUND:], text[match.end() :][:AROUND]
            cut = "…" if match.start() > AROUND else "", "…" if len(text) - match.end() > AROUND else ""
            return FoundPassage(question, cut[0] + before, match[0], after + cut[1])
    return None


blueprint = Blueprint("notices_desk", __name__, url_prefix="/moderation/<public_id>/signalements")
# The review page asks for both.
blueprint.add_app_template_global(DismissForm.about, "dismissal_of")
blueprint.add_app_template_global(found_passages)


@blueprint.post("")
def dismiss(public_id: str) -> ViewResult:
    testimonial = found_text(public_id)
    form = DismissForm()
    if not form.is_sent():
        return review_page(testimonial, dismissal=form), 422
    read = {"revision": int(form.revision.data or 0), "latest": int(form.latest.data or 0)}
    dismiss_open_notices(signed_in(), testimonial, **read, answer=form.answer.data or "")
    db.session.commit()
    query = queue_reader().filters.query | {"fait": public_id}
    return redirect(url_for("review.show", public_id=public_id, **query), 303)


@blueprint.route("/<int:number>/reponse", methods=["GET", "POST"])
def answer_reply(public_id: str, number: int) -> ViewResult:
    """Accept or refuse a reply, by the id of its notice; one that was answered shows its text's page."""
    reads = is_read_only()
    testimonial = found_text(public_id)
    notice = next((each for each in testimonial.notices if each.id == number and each.is_reply), None) or abort(404)
    query = queue_reader().filters.query
    if reads and not notice.is_open:
        return redirect(url_for("review.show", public_id=public_id, **query), 303)
    form = ReplyForm()
    if reads:
        form.revision.data = str(testimonial.revision)
    if not form.is_sent():
        page = render_template("notices/answer_reply.html", testimonial=testimonial, notice=notice, form=form)
        return page, 422 if form.errors else 200
    revision, answer = int(form.revision.data or 0), form.answer.data or ""
    answer_right_of_reply(
        signed_in(), testimonial, notice, Outcome(form.outcome.data), revision=revision, answer=answer
    )
    return commit_and_show(url_for("review.show", public_id=public_id, **query | {"fait": public_id}))
