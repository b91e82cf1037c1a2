"""The desk: the review page, the decision. The lists it is opened from are the board's."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.accounts import queries as accounts
from app.accounts.access import signed_in
from app.antispam import signals
from app.antispam.signals import Sign
from app.catalog import placements
from app.db import db
from app.forms import choice
from app.mail import outbox
from app.moderation.board.around import around, next_of, onward, reader
from app.moderation.decisions import CHOICES, choices, decide
from app.moderation.forms import DecisionForm
from app.moderation.notices import DismissForm, dismiss
from app.moderation.review.editing import kinds
from app.moderation.review.forms import NoteForm
from app.moderation.review.related import related
from app.testimonials import queries, undo
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import READERS
from app.testimonials.questions import HEADINGS, NAMES
from app.testimonials.reasons import Reason

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

Page = str | tuple[str, int] | AnyResponse


@blueprint.get("/<public_id>")
def review(public_id: str) -> Page:
    """Show one testimonial beside what its readers would see, with its consents and its history."""
    testimonial = db.one_or_404(queries.with_public_id(public_id))
    return review_page(testimonial)


@blueprint.post("/<public_id>")
def decision(public_id: str) -> Page:
    """Take a decision on the testimonial as it was read, and open the next one of the list.

    A colleague's at the same instant is waited for, then seen.
    """
    testimonial = db.one_or_404(queries.with_public_id(public_id).with_for_update())
    form = DecisionForm()
    form.check(testimonial)
    form.action.choices = [choice(action.value, action.value) for action in CHOICES]
    if not form.is_sent():
        return review_page(testimonial, form=form), 422
    following = next_of(testimonial)
    decide(signed_in(), testimonial, Action(form.action.data), revision=int(form.revision.data or 0), note=form.note())
    db.session.commit()
    return redirect(onward(testimonial, following), 303)


@blueprint.post("/<public_id>/signalements")
def dismiss_notices(public_id: str) -> Page:
    """Answer what readers reported of a text, where nothing follows from it."""
    testimonial = db.one_or_404(queries.with_public_id(public_id).with_for_update())
    form = DismissForm()
    if not form.is_sent():
        return review_page(testimonial, dismissal=form), 422
    read = {"revision": int(form.revision.data or 0), "latest": int(form.latest.data or 0)}
    dismiss(signed_in(), testimonial, **read, answer=form.answer.data or "")
    db.session.commit()
    asked = reader().filters.query | {"fait": public_id}
    return redirect(url_for("moderation.review", public_id=public_id, **asked), 303)


def review_page(
    testimonial: Testimonial,
    *,
    form: DecisionForm | None = None,
    note_form: NoteForm | None = None,
    dismissal: DismissForm | None = None,
) -> str:
    """Return the review page, with what was typed in one of its forms where it must be mended.

    An erased testimonial has nothing left to read but its history.
    """
    if form is None:
        form = DecisionForm(formdata=None)
        form.revision.data = str(testimonial.revision)
    return render_template(
        "moderation/review.html",
        testimonial=testimonial,
        form=form,
        around=around(db.session(), testimonial),
        choices=choices(signed_in(), testimonial),
        reasons=list(Reason),
        wordings=HEADINGS,
        names=accounts.names(db.session()),
        lost=outbox.given_up(db.session(), testimonial.id, testimonial.email),
        related=related(db.session(), testimonial),
        editable=bool(kinds(testimonial)),
        askable=testimonial.status is Status.PENDING,
        note_form=note_form or NoteForm(formdata=None),
        sent=undo.sent(testimonial.decisions),
        quotes=placements.quotes(db.session(), version) if (version := testimonial.at_hand) else [],
        aside=undo.set_aside(testimonial.events),
        names_of_questions=NAMES,
        signs=signals.signs_of(db.session(), testimonial.id),
        dismissal=dismissal or DismissForm(formdata=None).about(testimonial),
        readers=READERS,
        every_sign={sign.value: sign for sign in Sign},
    )
