"""Steps of the form: typing, preview, consents, sending. Storing what was sent is `submit()`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from flask import render_template, request, url_for
from werkzeug.exceptions import NotFound

from app.antispam.honeypot import HoneypotForm
from app.articles.models import Article
from app.assistant.passages import marks_in_words
from app.db import SAFE_METHODS, db
from app.territories.models import Partner
from app.testimonials import draft as drafts
from app.testimonials.attribution import OF_ANSWERS, Attribution
from app.testimonials.consent import is_given_today
from app.testimonials.draft import Draft
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.lists import Lists, cached_lists
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import WORDINGS_CHANGED, Purpose, current_wordings

if TYPE_CHECKING:
    from app.testimonials.responses.forms import ResponseForm
    from app.testimonials.updates.forms import UpdateForm

    TextForm: TypeAlias = TestimonialForm | ResponseForm | UpdateForm


@dataclass(frozen=True)
class Show:
    """The page that comes next, rendered, and its HTTP status."""

    page: str
    status: int = 200


@dataclass(frozen=True)
class Done:
    """The end of the form: the version that its author has just seen in the preview, and sent."""

    version: Version


Step = Show | Done


def next_step(
    article: Article, form: "TextForm", consents: ConsentForm, testimonial: Testimonial | None = None
) -> Step:
    """Return the next page of the form, or the version to store. `testimonial` is the one being amended, if any."""
    about = form.about.public_id if form.about else None
    if isinstance(form, TestimonialForm):
        form.offer(article)
    consents.ask(article, about)
    step, outdated = request.form.get("step", "preview"), consents.forget_outdated(article, about)
    if request.method in SAFE_METHODS or step == "edit":
        return Show(form_page(article, form, consents, testimonial))
    if not form.is_sent():
        return Show(form_page(article, form, consents, testimonial), 422)
    version = form.version(article, db.session())
    version.examine_for_author(form.data)
    if step != "send":
        return Show(preview_page(article, form, consents, version, testimonial))
    answered = consents.is_sent() and not outdated
    if outdated:
        consents.publish.errors = [WORDINGS_CHANGED]
    elif answered and consents.seen.data != version.compute_digest():
        consents.publish.errors = ["Le texte a changé depuis cet aperçu : relisez-le, puis envoyez."]
    elif answered and testimonial and testimonial.shown_number and not consents.answers()[Purpose.PUBLICATION]:
        consents.publish.errors = [
            "Votre texte paraît déjà : pour qu’il ne paraisse plus, retirez-le de votre page privée."
        ]
    elif answered:
        return Done(version)
    return Show(preview_page(article, form, consents, version, testimonial), 422)


def offline_page(slug: str) -> Show:
    """Return what was typed for an article that is offline: the form if a draft of it is kept, else the words alone.

    Without a draft nothing is told of the article, nor whether there is one: nobody reads an article that is offline.
    """
    form, consents = TestimonialForm(), ConsentForm()
    article = drafts.article_of_draft(db.session(), form.key.data or "", slug)
    if article is not None:
        form.offer(article)
        return Show(form_page(article, form, consents, None), 409)
    typed = [field for field in form if field.data and field.name in form.asking]
    if not typed:
        raise NotFound
    kept = {"form": form, "consents": consents, "typed": typed}
    step = request.form.get("step", "preview")
    return Show(render_template("submission/offline.html", address=request.path, step=step, **kept), 404)


def form_page(
    article: Article,
    form: "TextForm",
    consents: ConsentForm,
    testimonial: Testimonial | None,
    draft: Draft | None = None,
    *,
    invited: str | None = None,
) -> str:
    """Return the form, with the `draft` that it resumes, or the one that was kept of a page that was sent.

    `invited` is the token of the invitation whose link opens it.
    """
    facts: dict[str, Any] = {
        "article": article,
        "form": form,
        "consents": consents,
        "testimonial": testimonial,
        "back": back_address(testimonial),
        "sender": honeypot_of(form, testimonial),
    }
    if isinstance(form, TestimonialForm):
        if testimonial is None and request.method not in SAFE_METHODS:
            draft = drafts.find_draft(db.session(), form.key.data or "")
        return render_template(
            "submission/write.html",
            draft=draft,
            invited=invited,
            address=request.path if testimonial else url_for("submission.write", slug=article.slug),
            hints={each.value: each.sentence for each in Attribution},
            **facts,
        )
    if form.about is None:
        return render_template("updates/write.html", address=request.path, **facts)
    hints = {each.value: hint for each, (_, hint) in OF_ANSWERS.items()}
    return render_template("responses/write.html", address=request.path, hints=hints, **facts)


def preview_page(
    article: Article,
    form: "TextForm",
    consents: ConsentForm,
    version: Version,
    testimonial: Testimonial | None,
    *,
    doubt: bool = False,
) -> str:
    """Return the preview, with the consents below; `doubt` asks whether the sender is a person."""
    about = form.about.public_id if form.about else None
    lists = form.lists if isinstance(form, TestimonialForm) else cached_lists()
    facts: dict[str, Any] = {
        "article": article,
        "form": form,
        "consents": consents,
        "version": version,
        "marks_in_words": marks_in_words,
        "marks": [passage for passage in version.passages if passage.answer in form],
        "testimonial": testimonial,
        "address": request.path,
        "back": back_address(testimonial),
        "sender": honeypot_of(form, testimonial),
        "doubt": doubt,
        "digest": version.compute_digest(),
        "publication_wording": Purpose.PUBLICATION.wording(article, about),
        "current_wordings": current_wordings(article, about),
        "is_maintained": testimonial is not None and is_given_today(testimonial.consents, Purpose.PUBLICATION),
        "sites": lists.sites,
    }
    covering = unexpected_partners(lists, version) if isinstance(form, TestimonialForm) else []
    return render_template(form.preview, covering=covering, **facts)


def honeypot_of(form: "TextForm", testimonial: Testimonial | None) -> HoneypotForm | None:
    """Return the fields that programs fill in; None for what a private link has opened."""
    return None if testimonial else HoneypotForm.of(form["key"].data or "")


def unexpected_partners(lists: Lists, version: Version) -> list[Partner]:
    names = version.call.partner
    if names is None or not names.is_listed:
        return []
    covering, chosen = lists.covering(names.referential, version.department.code), version.listed_partner
    return [] if chosen and chosen.id in {each.id for each in covering} else covering


def back_address(testimonial: Testimonial | None) -> str | None:
    return url_for("private_page.private", **(request.view_args or {})) if testimonial else None
