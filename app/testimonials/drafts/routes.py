"""Views of drafts: saving an unfinished form, resuming it, erasing it."""

from functools import partial
from typing import Any

from flask import Blueprint, after_this_request, render_template, request, url_for
from wtforms import HiddenField
from wtforms.validators import UUID

from app.articles import queries as articles
from app.db import db
from app.forms import Address, Form, required
from app.french import count
from app.links import one_button
from app.testimonials import draft as drafts
from app.testimonials.draft import DRAFT_SAVED
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.steps import form_page, offline_page
from app.testimonials.submission.submit import AlreadyReceived, find_by_key
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("drafts", __name__)
blueprint.after_request(keep_private)

MAX_SIGNS = 20_000  # signs: more than twice the form's bounds, so that a draft may be shortened later


class SaveForm(Form):
    """The address to which the link goes."""

    email = Address("Votre courriel", "Indiquez le courriel où envoyer le lien.")
    key = HiddenField(validators=[required("Repartez de l’article."), UUID(message="Repartez de l’article.")])


def draft_answers(form: TestimonialForm) -> dict[str, Any]:
    """Return the answers by field, valid or not, without the address and the key, which have their own columns."""
    apart = {"csrf_token", "email", "key"}
    return {field.name: field.data for field in form if field.data and field.name not in apart}


@blueprint.post("/articles/<slug>/brouillon")
def save(slug: str) -> ViewResult:
    """Save the form as it is, however incomplete; without an address, ask for the address alone.

    A draft of an article that was taken offline can be saved again; a first one cannot.
    """
    after_this_request(keep_for_back_button)
    article = db.session.scalar(articles.by_slug(slug))
    if article is None:
        article = drafts.article_of_draft(db.session(), request.form.get("key", ""), slug)
    if article is None:
        refused = offline_page(slug)
        return refused.page, refused.status
    form, consents, save_form = TestimonialForm(), ConsentForm(), SaveForm()
    answers = draft_answers(form)
    if (excess := sum(len("".join(answer)) for answer in answers.values()) - MAX_SIGNS) > 0:
        form.offer(article)
        form["account"].errors = [
            f"C’est trop long pour être gardé : retirez {count(excess, 'signe', 'signes')} en tout."
        ]
        return form_page(article, form, consents, None), 422
    if not save_form.is_sent():
        if request.form.get("step") == "keep" and not save_form.email.data:
            save_form.email.errors = ()  # the form has not asked for it yet
        page = render_template("drafts/save.html", article=article, form=form, consents=consents, save_form=save_form)
        return page, 422 if save_form.errors else 200
    if sent := find_by_key(db.session(), save_form.key.data or ""):
        raise AlreadyReceived(sent)  # that text is erased from its private page, which would not delete this draft
    draft = drafts.save_draft(
        db.session(), article, key=save_form.key.data or "", email=save_form.email.data or "", answers=answers
    )
    return commit_and_show(DRAFT_SAVED.url(draft.public_id))


@blueprint.get("/brouillon/garde/<token>")
def saved(token: str) -> ViewResult:
    """Confirm that a draft is saved: until when, and to which address its link went. This page does not open it."""
    draft = drafts.by_draft_link(db.session(), token, DRAFT_SAVED)
    email_leaves = drafts.was_emailed(db.session(), draft, since=draft.kept_at)
    return render_template("drafts/saved.html", draft=draft, email_leaves=email_leaves)


@blueprint.get("/brouillon/<token>")
def resume(token: str) -> ViewResult:
    """Show the form as it was saved, whether or not its article is still online."""
    after_this_request(keep_for_back_button)
    draft = drafts.by_draft_link(db.session(), token)
    form = TestimonialForm(data=draft.answers | {"email": draft.email, "key": draft.key})
    form.offer(draft.article)
    return form_page(draft.article, form, ConsentForm(), None, draft)


@blueprint.post("/brouillon/<token>/effacer")
def erase(token: str) -> ViewResult:
    draft, erase_draft = drafts.by_draft_link(db.session(), token), partial(drafts.KEPT.erase, db.session())
    return one_button("drafts/erase.html", draft, erase_draft, said_at=url_for("drafts.erased_draft"), draft=draft)


@blueprint.get("/brouillon/efface")
def erased_draft() -> ViewResult:
    return render_template("drafts/erased_draft.html")
