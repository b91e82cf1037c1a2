"""Views of an invitation to testify, by its link: the form with what is known filled in; the refusal of any other."""

from flask import Blueprint, after_this_request, render_template, url_for

from app.db import db
from app.features.invitations.mails import refusal_page
from app.features.invitations.models import by_link, invited_address
from app.testimonials.responses.invitation import invited_address as answering_address
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.steps import form_page
from app.web import ViewResult
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("invited", __name__)
blueprint.after_request(keep_private)


@blueprint.get("/invitation/<token>")
def open_form(token: str) -> ViewResult:
    """Show the form with the organisation's name and département; what is typed goes where the form always sends it."""
    after_this_request(keep_for_back_button)
    invitation = by_link(db.session(), token)
    if invitation is None or not invitation.article.is_public:
        return render_template("invitations/ended.html", token=token, invitation=invitation), 404
    article = invitation.article
    if not article.takes_testimonials:
        return render_template("submission/closed.html", article=article, invited=token)
    known = {"clsm": invitation.organisation, "department": invitation.department_code}
    form = TestimonialForm(data=known | {"key": invitation.new_key()})
    form.offer(article)
    return form_page(article, form, ConsentForm(), None, invited=token)


@blueprint.route("/invitation/<token>/refuser", methods=["GET", "POST"])
def refuse(token: str) -> ViewResult:
    """Ask whether an address is never to be invited again; store it, once."""
    return refusal_page(invited_address(token), back=url_for("invited.open_form", token=token), one_click=True)


@blueprint.route("/repondre/<token>/refuser", methods=["GET", "POST"])
def refuse_answering(token: str) -> ViewResult:
    """The same, by the link of an invitation to answer a testimonial."""
    return refusal_page(answering_address(token), back=url_for("responses.write", token=token))
