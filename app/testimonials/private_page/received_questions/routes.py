"""The questions of colleagues that an author has received: « non merci », reporting one, receiving no more."""

from typing import Any, Self

from flask import Blueprint, redirect, render_template, url_for

from app.db import db
from app.forms import Form, Prose, Signs
from app.testimonials.colleague_questions.acts import REVEALED, decline_question, report_question
from app.testimonials.colleague_questions.models import ColleagueQuestion, received_by
from app.testimonials.models import Testimonial
from app.testimonials.private_page.links import by_private_link
from app.testimonials.private_page.proofs import presented_version
from app.testimonials.wordings import Purpose, current_wordings
from app.web import ViewResult
from app.web.headers import keep_private

blueprint = Blueprint("received_questions", __name__, url_prefix="/mon-temoignage/<token>/questions")
blueprint.after_request(keep_private)


class ReportForm(Form):
    """What the editors should know of a question; nothing need be said."""

    report = Prose("Ce qui ne va pas (facultatif)", [Signs(most=1000)])

    @classmethod
    def of(cls, question_id: str, **options: Any) -> Self:
        """Return the form of one question of the page, which has several."""
        form = cls(**options)
        form.report.id = f"report-{question_id}"
        return form


@blueprint.get("")
def received(token: str) -> ViewResult:
    return questions_page(token, by_private_link(token), Form())


@blueprint.post("/<question_id>/refuser")
def decline(token: str, question_id: str) -> ViewResult:
    """Answer « non merci »: its sender is told so, and nothing else. A second click changes nothing."""
    testimonial, form = by_private_link(token), Form()
    if not form.is_sent():
        return questions_page(token, testimonial, form), 422
    question = received_question(testimonial, question_id)
    if question is None:
        return gone_page(token, testimonial), 404
    decline_question(db.session(), question)
    db.session.commit()
    return redirect(url_for("received_questions.received", token=token, _anchor=question_id), 303)


@blueprint.post("/<question_id>/signaler")
def report(token: str, question_id: str) -> ViewResult:
    testimonial, form = by_private_link(token), ReportForm.of(question_id)
    if not form.is_sent():
        return questions_page(token, testimonial, form, reported=question_id), 422
    question = received_question(testimonial, question_id)
    if question is None:
        return gone_page(token, testimonial, form.report.data or ""), 404
    report_question(question, form.report.data or "")
    db.session.commit()
    return redirect(url_for("received_questions.received", token=token, _anchor=question_id), 303)


def received_question(testimonial: Testimonial, question_id: str) -> ColleagueQuestion | None:
    return db.session.scalar(received_by(testimonial).where(ColleagueQuestion.public_id == question_id))


def gone_page(token: str, testimonial: Testimonial, unsent: str = "") -> str:
    """Render the questions kept, after an act on one that is no more, with the words typed for it."""
    return questions_page(token, testimonial, Form(formdata=None), is_gone=True, unsent=unsent)


def questions_page(token: str, testimonial: Testimonial, form: Form, *, reported: str = "", **facts: Any) -> str:
    """Render the questions kept; `form` is that of this request, `reported` the question whose report it is."""
    about, version = testimonial.about, testimonial.shown or presented_version(testimonial)
    questions = db.session.scalars(received_by(testimonial)).all()
    forms = {each.public_id: ReportForm.of(each.public_id, formdata=None) for each in questions}
    return render_template(
        "received_questions/received.html",
        testimonial=testimonial,
        questions=questions,
        reveals=REVEALED[version.attribution],
        is_open=testimonial.consents_to(Purpose.QUESTIONS),
        purpose=Purpose.QUESTIONS,
        wordings=current_wordings(testimonial.article, about.public_id if about else None),
        token=token,
        form=form,
        reports=forms | ({reported: form} if reported in forms else {}),
        reported=reported,
        **({"is_gone": False, "unsent": ""} | facts),
    )
