"""Views of an invitation to testify, by its link: the form with what is known filled in; the refusal of any other."""

from flask import Blueprint, after_this_request, redirect, render_template, request, url_for

from app.db import db, scrub_wal
from app.forms import ButtonForm, is_one_click
from app.testimonials.invitations.letters import refuse_by_link
from app.testimonials.invitations.models import by_link, invited_address, refusal_of
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
    """Ask whether an address is never to be invited again; store it, once.

    A mail program that has a button for it sends no form (RFC 8058): the link, which nobody else has, suffices. It is
    answered without a redirection, which it would not follow.
    """
    digest, form = invited_address(token), ButtonForm()
    if is_one_click() or form.is_sent():
        refuse_by_link(db.session(), digest)
        db.session.commit()
        scrub_wal()
        if not is_one_click():
            return redirect(url_for("invited.refuse", token=token), 303)
    is_refused = refusal_of(db.session(), digest) is not None
    page = render_template(
        "answers/refuse.html",
        form=form,
        address=request.path,
        back=url_for("invited.open_form", token=token),
        is_refused=is_refused,
    )
    return page, 422 if form.errors else 200
