"""Submission over HTTP: the form, its preview, the receipt."""

import uuid

from flask import Blueprint, after_this_request, redirect, render_template, request, url_for

from app import tokens
from app.antispam.honeypot import HoneypotForm
from app.articles import queries as articles
from app.db import SAFE_METHODS, db
from app.testimonials import queries
from app.testimonials.models import Testimonial
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.steps import Page, next_step, preview_page
from app.testimonials.submission.submit import Submission, submit
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("submission", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/articles/<slug>/temoigner", methods=["GET", "POST"])
def write(slug: str) -> Page:
    """Ask (GET), then show as it would stand, take back for a change, or receive: `step` says which.

    The browser may keep these pages, for its back button: a text is not lost for having been sent. Where an article
    takes no more texts, nobody begins one; whoever has begun, or kept a draft, may finish it.
    """
    after_this_request(keep_for_back_button)
    # What is sent holds its article, which is not taken offline before that is stored.
    asked = articles.by_slug(slug)
    held = asked if request.method in SAFE_METHODS else asked.with_for_update(read=True, key_share=True)
    article = db.one_or_404(held)
    if request.method in SAFE_METHODS and not article.is_open:
        return render_template("submission/closed.html", article=article)
    form, consents, sender = TestimonialForm(), ConsentForm(), HoneypotForm()
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
    page, version = next_step(article, form, consents)
    if version is None:
        return page
    if sender.must_be_asked(form.key.data or ""):
        return preview_page(article, form, consents, version, None, doubt=True), 422
    sent = Submission(
        key=form.key.data or "",
        version=version,
        answers=consents.answers(),
        email=form.email.data or "",
        seen=consents.seen.data or "",
        signs=sender.signs(form.key.data or ""),
    )
    testimonial = submit(db.session(), article, sent)
    db.session.commit()
    return redirect(url_for("submission.receipt", token=tokens.sign_token("receipt", [testimonial.public_id])), 303)


@blueprint.get("/recu/<token>")
def receipt(token: str) -> Page:
    """Say what was received, and what happens next."""
    return render_template("submission/receipt.html", testimonial=by_receipt_link(token))


def by_receipt_link(token: str) -> Testimonial:
    """Return the testimonial whose receipt a token shows; raise `LinkRefused` for any other, and once it is erased."""
    return queries.or_refused(queries.by_public_id(tokens.claimed_receipt(token)).where(Testimonial.email.is_not(None)))
