"""The questions of colleagues that an author has received, behind the private link; one alone, behind its letter's."""

from typing import Any, Self

from flask import Blueprint, redirect, render_template, url_for

from app.db import db, is_read_only
from app.features.questions.acts import REVEALED, decline_question, report_question
from app.features.questions.models import RECEIVED, ColleagueQuestion, by_question_link, received_by
from app.forms import ButtonForm, Form, Length, Prose
from app.testimonials.private_page.links import by_private_link
from app.testimonials.private_page.proofs import presented_version
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose, current_wordings
from app.web import ViewResult
from app.web.headers import keep_private

blueprint = Blueprint("received_questions", __name__)
blueprint.after_request(keep_private)


class ReportForm(Form):
    """What the editors should know of a question; nothing need be said."""

    report = Prose("Ce qui ne va pas (facultatif)", [Length(most=1000)])

    @classmethod
    def of(cls, question_id: str, **options: Any) -> Self:
        form = cls(**options)
        form.report.id = f"report-{question_id}"
        return form


@blueprint.get("/mon-temoignage/<token>/questions")
def received(token: str) -> ViewResult:
    return questions_page(token, by_private_link(token), Form())


@blueprint.post("/mon-temoignage/<token>/questions/<question_id>/refuser", defaults={"act": "refuser"})
@blueprint.post("/mon-temoignage/<token>/questions/<question_id>/signaler", defaults={"act": "signaler"})
def decline_or_report(token: str, question_id: str, act: str) -> ViewResult:
    """Decline a question, or report it with some words. A second click changes nothing."""
    testimonial, form = by_private_link(token), ReportForm.of(question_id)
    if not form.is_sent():
        return questions_page(token, testimonial, form, reported=question_id if act == "signaler" else ""), 422
    question = db.session.scalar(received_by(testimonial).where(ColleagueQuestion.public_id == question_id))
    if question is None:
        return questions_page(token, testimonial, Form(formdata=None), unsent=form.report.data or ""), 404
    perform(act, question, form.report.data or "")
    return redirect(url_for("received_questions.received", token=token, _anchor=question_id), 303)


@blueprint.get("/question/<token>/recue", defaults={"act": ""})
@blueprint.post("/question/<token>/recue/refuser", defaults={"act": "refuser"})
@blueprint.post("/question/<token>/recue/signaler", defaults={"act": "signaler"})
def from_letter(token: str, act: str) -> ViewResult:
    """Show one question to the holder of its letter, who may be its sender: that it was reported is said once.

    The testimonial is locked before the question is read, as an erasure locks it before the question goes.
    """
    selected, form = by_question_link(token, RECEIVED), ButtonForm()
    if not is_read_only():
        about = selected.join(ColleagueQuestion.testimonial).with_only_columns(Testimonial.id)
        db.session.execute(about.with_for_update(of=Testimonial))
    question = db.session.scalar(selected)
    if question is not None and form.is_sent():
        perform(act, question)
        return redirect(url_for("received_questions.from_letter", token=token, act="", fait=act), 303)
    page = render_template("received_questions/from_letter.html", question=question, form=form, token=token)
    return page, 410 if question is None else 422 if form.errors else 200


def perform(act: str, question: ColleagueQuestion, report: str = "") -> None:
    if act == "refuser":
        decline_question(db.session(), question)
    else:
        report_question(question, report)
    db.session.commit()


def questions_page(token: str, testimonial: Testimonial, form: Form, *, reported: str = "", **facts: Any) -> str:
    """Render the questions kept; `form` is that of this request, `reported` the question whose report it is."""
    about, version = testimonial.about, testimonial.shown or presented_version(testimonial)
    questions = db.session.scalars(received_by(testimonial)).all()
    forms = {each.public_id: ReportForm.of(each.public_id, formdata=None) for each in questions}
    return render_template(
        "received_questions/received.html",
        questions=questions,
        reveals=REVEALED[version.attribution],
        is_open=testimonial.consents_to(Purpose.QUESTIONS),
        purpose=Purpose.QUESTIONS,
        wordings=current_wordings(testimonial.article, about.public_id if about else None),
        token=token,
        form=form,
        reports=forms | ({reported: form} if reported in forms else {}),
        reported=reported,
        **({"unsent": None} | facts),
    )
