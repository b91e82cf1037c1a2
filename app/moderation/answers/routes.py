"""The invitation to answer a testimonial over HTTP: a page with one field."""

from flask import Blueprint, redirect, render_template, request, url_for

from app.accounts.gate import signed_in
from app.audit import Actor
from app.db import SAFE_METHODS, db
from app.moderation.review.answers import InvitationRefused, InviteForm, answers_to, invitations_of, is_invitable
from app.testimonials import queries
from app.testimonials.answers.invitation import invite
from app.web import ViewResult

blueprint = Blueprint("answer_invitation", __name__, url_prefix="/moderation/<public_id>")


@blueprint.route("/inviter", methods=["GET", "POST"])
def compose(public_id: str) -> ViewResult:
    """Invite an organisation to answer a published testimonial."""
    reads = request.method in SAFE_METHODS
    selected = queries.by_public_id(public_id)
    testimonial = db.one_or_404(selected if reads else selected.with_for_update())
    if not is_invitable(testimonial, answers_to(db.session(), testimonial)):
        raise InvitationRefused
    form = InviteForm()
    form.invitations = invitations_of(testimonial)
    if reads:
        form.sent.data = str(len(form.invitations))
    if not form.is_sent():
        page = render_template("review/invite.html", testimonial=testimonial, form=form)
        return page, 422 if form.errors else 200
    invite(db.session(), testimonial, to=form.email.data or "", by=Actor.editor(signed_in().id))
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, _anchor="reponses"), 303)
