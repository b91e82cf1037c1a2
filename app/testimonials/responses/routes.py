"""Views of an invitation to answer a testimonial: the form, its preview, its sending."""

from flask import Blueprint, after_this_request, render_template, request

from app.antispam.honeypot import HoneypotForm
from app.db import db
from app.testimonials.responses.forms import ResponseForm
from app.testimonials.responses.invitation import answer_sent, invited
from app.testimonials.responses.refusal import ResponseRefusal, refusal_of
from app.testimonials.submission.forms import ConsentForm
from app.testimonials.submission.steps import Done, Show, next_step, preview_page
from app.testimonials.submission.submit import RECEIPT, AlreadyReceived, Submission, submit
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("responses", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/repondre/<token>", methods=["GET", "POST"])
def write(token: str) -> ViewResult:
    """Show the form of an invitation, its preview, the form again for a change; or store the answer.

    A second click of the same words leads to the same receipt. Where the link opens no form any more, the page says so
    with the words typed.
    """
    after_this_request(keep_for_back_button)
    about, key = invited(token)
    sent = answer_sent(key)
    form, consents, sender = ResponseForm.to(about, key, replaces=sent is not None), ConsentForm(), HoneypotForm()
    if refusal := refusal_of(about, sent, is_sending=request.form.get("step") == "send"):
        return closed_page(form, consents, refusal), 409
    match next_step(about.article, form, consents):
        case Show(page, status):
            return page, status
        case Done(version) if sender.must_be_asked(key):
            return preview_page(about.article, form, consents, version, None, doubt=True), 422
        case Done(version):
            submission = Submission(
                key=key,
                version=version,
                answers=consents.answers(),
                email=form.email.data or "",
                seen=consents.seen.data or "",
                signs=sender.signs(key),
                about=about,
            )
            answer = submit(db.session(), about.article, submission)
            return commit_and_show(RECEIPT.url(answer.public_id))


@blueprint.errorhandler(AlreadyReceived)
def already_received(_: AlreadyReceived) -> ViewResult:
    """Say that the answer has arrived, with the other words that came after it was confirmed."""
    db.session.rollback()
    about, key = invited((request.view_args or {})["token"])
    return closed_page(ResponseForm.to(about, key), ConsentForm(), ResponseRefusal.RECEIVED), 409


def closed_page(form: ResponseForm, consents: ConsentForm, refusal: ResponseRefusal) -> str:
    typed = [field for field in form if field.data and field.name in form.asking]
    facts = {"article": form.about.article, "form": form, "consents": consents, "typed": typed}
    facts |= {"sender": HoneypotForm(), "address": request.path, "step": request.form.get("step", "preview")}
    return render_template("responses/closed.html", refusal=refusal, **facts)
