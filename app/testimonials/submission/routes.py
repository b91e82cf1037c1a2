"""Views of the submission: the form with its preview, and the receipt."""

import uuid

from flask import Blueprint, after_this_request, render_template, request

from app.antispam.honeypot import HoneypotForm
from app.articles import queries as articles
from app.articles.addresses import found_online
from app.db import SAFE_METHODS, db
from app.links import or_refused
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.steps import Done, Show, next_step, offline_page, preview_page
from app.testimonials.submission.submit import RECEIPT, Submission, submit
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show
from app.web.compression import compress_page
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("submission", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/articles/<slug>/temoigner", methods=["GET", "POST"])
def write(slug: str) -> ViewResult:
    """Show the form (GET), the preview, the form again for a change; or store the testimonial: `step` says which.

    Browsers may cache these pages for their back button, so that no text is lost. A closed article takes no new text;
    an author who had begun one, or saved a draft, may finish it. One that is offline takes none at all.
    """
    after_this_request(keep_for_back_button)
    selected = articles.by_slug(slug)
    if request.form.get("step") == "send":
        # Locked: the article is not taken offline before the testimonial is stored.
        selected = selected.with_for_update(read=True, key_share=True)
    elif not db.session().in_transaction():
        # A preview stores nothing: on SQLite it waits for nobody who writes.
        db.session.connection(execution_options={"read_only": True})
    article = db.session.scalar(selected)
    if article is None:
        return refused_offline(slug)
    if request.method in SAFE_METHODS and not article.takes_testimonials:
        return render_template("submission/closed.html", article=article)
    form, consents, sender = TestimonialForm(), ConsentForm(), HoneypotForm()
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
        after_this_request(compress_page)
    match next_step(article, form, consents):
        case Show(page, status):
            return page, status
        case Done(version) if sender.must_be_asked(form.key.data or ""):
            return preview_page(article, form, consents, version, None, doubt=True), 422
        case Done(version):
            sent = Submission(
                key=form.key.data or "",
                version=version,
                answers=consents.answers(),
                email=form.email.data or "",
                seen=consents.seen.data or "",
                signs=sender.signs(form.key.data or ""),
            )
            receipt_url = RECEIPT.url(submit(db.session(), article, sent).public_id)
            return commit_and_show(receipt_url)


def refused_offline(slug: str) -> ViewResult:
    """Refuse a text for an article that is offline, and lose none of it; a GET finds nothing."""
    if request.method in SAFE_METHODS:
        found_online(db.session(), slug, None)
    refused = offline_page(slug)
    return refused.page, refused.status


@blueprint.get("/recu/<token>")
def receipt(token: str) -> ViewResult:
    selected = Testimonial.named(*RECEIPT.read(token)).where(Testimonial.email.is_not(None))
    return render_template("submission/receipt.html", testimonial=or_refused(selected))
