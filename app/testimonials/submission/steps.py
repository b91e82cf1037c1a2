"""Leading an author through the form: which page comes next, and at the last step the version they have just seen."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.antispam.honeypot import HoneypotForm
from app.articles.models import Article
from app.db import SAFE_METHODS, db
from app.testimonials import draft as drafts
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Purpose
from app.testimonials.models import Testimonial
from app.testimonials.questions import HEADINGS, WORDINGS
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.versions import Version

Page = str | tuple[str, int] | Response


def next_step(
    article: Article, form: TestimonialForm, consents: ConsentForm, testimonial: Testimonial | None = None
) -> tuple[Page, Version | None]:
    """Lead one step: return the page that comes next, and at the last step the version its author has just seen.

    `testimonial` is the one that is being changed, or None for a new one.
    """
    form.offer(article, db.session())
    step = request.form.get("step", "preview")
    if request.method in SAFE_METHODS or step == "edit":
        return form_page(article, form, consents, testimonial), None
    if not form.is_sent():
        return (form_page(article, form, consents, testimonial), 422), None
    version = form.version(article, db.session())
    if step != "send":
        return preview_page(article, form, consents, version, testimonial), None
    answered = consents.is_sent()
    if answered and consents.seen.data != version.compute_digest():
        consents.publish.errors = ["Le texte a changé depuis cet aperçu : relisez-le, puis envoyez."]
    elif answered and testimonial and testimonial.shown_number and not consents.answers()[Purpose.PUBLICATION]:
        consents.publish.errors = [
            "Votre texte paraît déjà : pour qu’il ne paraisse plus, retirez-le de votre page privée."
        ]
    elif answered:
        return "", version
    return (preview_page(article, form, consents, version, testimonial), 422), None


def form_page(article: Article, form: TestimonialForm, consents: ConsentForm, testimonial: Testimonial | None) -> str:
    """Return the form, with what was typed."""
    return render_template(
        "submission/write.html",
        article=article,
        form=form,
        consents=consents,
        testimonial=testimonial,
        draft=drafts.kept_draft(db.session(), form.key.data or "") if testimonial is None else None,
        address=request.path if testimonial else url_for("submission.write", slug=article.slug),
        back=back_address(testimonial),
        sender=None if testimonial else HoneypotForm.of(form.key.data or ""),
        wordings=WORDINGS,
        attributions=list(Attribution),
    )


def preview_page(
    article: Article,
    form: TestimonialForm,
    consents: ConsentForm,
    version: Version,
    testimonial: Testimonial | None,
    *,
    doubt: bool = False,
) -> str:
    """Return the testimonial as it would stand, and the questions beneath; `doubt` asks whether a person sends it."""
    return render_template(
        "submission/preview.html",
        article=article,
        form=form,
        consents=consents,
        version=version,
        testimonial=testimonial,
        address=request.path,
        back=back_address(testimonial),
        sender=None if testimonial else HoneypotForm.of(form.key.data or ""),
        doubt=doubt,
        digest=version.compute_digest(),
        wordings=HEADINGS,
        publication_wording=Purpose.PUBLICATION.wording,
    )


def back_address(testimonial: Testimonial | None) -> str | None:
    """Return where to go without changing anything: the private page of what is being changed, which led here."""
    return url_for("private_page.private", **(request.view_args or {})) if testimonial else None
