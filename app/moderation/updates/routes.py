"""The month from which an author is asked what became of a project, as editors change it."""

from flask import Blueprint, redirect, render_template, request, url_for

from app.accounts.gate import signed_in
from app.audit import Actor
from app.db import SAFE_METHODS, db
from app.testimonials import queries
from app.testimonials.updates.forms import AskDayForm
from app.testimonials.updates.request import asked_from
from app.testimonials.updates.request import choose_day as ask_from
from app.testimonials.wordings import Purpose
from app.web import ViewResult

blueprint = Blueprint("updates", __name__, url_prefix="/moderation/<public_id>")


@blueprint.route("/suite", methods=["GET", "POST"])
def choose_day(public_id: str) -> ViewResult:
    """Show the month, or change it, as long as the question has not been asked."""
    reads = request.method in SAFE_METHODS
    selected = queries.by_public_id(public_id)
    testimonial = db.one_or_404(selected if reads else selected.with_for_update())
    day = asked_from(testimonial)
    form = AskDayForm.of(day, is_sent=not reads)
    if not form.is_sent():
        agrees = testimonial.consents_to(Purpose.CONTACT)
        page = render_template("review/ask_day.html", testimonial=testimonial, form=form, day=day, agrees=agrees)
        return page, 422 if form.errors else 200
    ask_from(testimonial, form.day, by=Actor.editor(signed_in().id))
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id), 303)
