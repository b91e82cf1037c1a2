"""Answering a right of reply over HTTP: a page of its own, for one reply."""

from flask import Blueprint, abort, redirect, render_template, request, url_for

from app.accounts.gate import signed_in
from app.db import SAFE_METHODS, db
from app.moderation.queue.context import queue_reader
from app.moderation.review.notices import ReplyForm, answer_right_of_reply, found_passages
from app.testimonials import queries
from app.testimonials.notices import Outcome
from app.web import ViewResult

blueprint = Blueprint("notices", __name__, url_prefix="/moderation/<public_id>/signalements")


@blueprint.route("/<int:number>/reponse", methods=["GET", "POST"])
def answer_reply(public_id: str, number: int) -> ViewResult:
    """Accept or refuse a reply, by the id of its notice; one that was answered shows its text's page."""
    reads = request.method in SAFE_METHODS
    selected = queries.by_public_id(public_id)
    testimonial = db.one_or_404(selected if reads else selected.with_for_update())
    notice = next((each for each in testimonial.notices if each.id == number and each.is_reply), None) or abort(404)
    query = queue_reader().filters.query
    if reads and not notice.is_open:
        return redirect(url_for("review.show", public_id=public_id, **query), 303)
    form = ReplyForm()
    if reads:
        form.revision.data = str(testimonial.revision)
    if not form.is_sent():
        found = found_passages(testimonial)
        page = render_template(
            "notices/answer_reply.html", testimonial=testimonial, notice=notice, form=form, found=found
        )
        return page, 422 if form.errors else 200
    revision, answer = int(form.revision.data or 0), form.answer.data or ""
    answer_right_of_reply(
        signed_in(), testimonial, notice, Outcome(form.outcome.data), revision=revision, answer=answer
    )
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **query | {"fait": public_id}), 303)
