"""Keeping a text unfinished, taking it up again, erasing it."""

from flask import Blueprint, after_this_request, redirect, render_template, request, url_for

from app import tokens
from app.articles import queries as articles
from app.db import db, scrub_wal
from app.forms import Form
from app.french import count
from app.testimonials import draft as drafts
from app.testimonials.draft import TELLING
from app.testimonials.drafts.forms import KeepForm, draft_answers, excess_signs
from app.testimonials.submission.forms import ConsentForm, TestimonialForm
from app.testimonials.submission.steps import Page, form_page
from app.testimonials.submission.submit import AlreadyReceived, find_by_key
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("drafts", __name__)
blueprint.after_request(keep_private)


@blueprint.post("/articles/<slug>/brouillon")
def keep(slug: str) -> Page:
    """Keep the form as it is, however incomplete; where it has no address, ask for that alone."""
    after_this_request(keep_for_back_button)
    article = db.one_or_404(articles.by_slug(slug))
    form, consents, where = TestimonialForm(), ConsentForm(), KeepForm()
    typed = draft_answers(form)
    if (over := excess_signs(typed)) > 0:
        form.offer(article, db.session())
        form.account.errors = [f"C’est trop long pour être gardé : retirez {count(over, 'signe', 'signes')} en tout."]
        return form_page(article, form, consents, None), 422
    if not where.is_sent():
        if request.form.get("step") == "keep" and not where.email.data:
            where.email.errors = ()  # nobody has asked for it yet
        page = render_template("drafts/keep.html", article=article, form=form, consents=consents, where=where)
        return page, 422 if where.errors else 200
    if sent := find_by_key(db.session(), where.key.data or ""):
        raise AlreadyReceived(sent)  # its author erases that text from its own page, which knows of no draft
    draft = drafts.keep_draft(
        db.session(), article, key=where.key.data or "", email=where.email.data or "", answers=typed
    )
    db.session.commit()
    return redirect(url_for("drafts.kept", token=tokens.sign_token(TELLING, [draft.public_id])), 303)


@blueprint.get("/brouillon/garde/<token>")
def kept(token: str) -> Page:
    """Say until when a draft is kept, and where its link went; this page does not open it."""
    draft = drafts.by_draft_link(db.session(), token, TELLING)
    leaves = drafts.was_emailed(db.session(), draft, since=draft.kept_at)
    return render_template("drafts/kept.html", draft=draft, email_leaves=leaves)


@blueprint.get("/brouillon/<token>")
def resume(token: str) -> Page:
    """Show the form as its author left it, be its article online or not. Shows only (product rule 5)."""
    after_this_request(keep_for_back_button)
    draft = drafts.by_draft_link(db.session(), token)
    form = TestimonialForm(data=draft.answers | {"email": draft.email, "key": draft.key})
    form.offer(draft.article, db.session())
    return form_page(draft.article, form, ConsentForm(), None)


@blueprint.post("/brouillon/<token>/effacer")
def erase(token: str) -> Page:
    """Erase a draft, at once."""
    draft, form = drafts.by_draft_link(db.session(), token), Form()
    if not form.is_sent():
        return render_template("drafts/erase.html", draft=draft, form=form), 422
    drafts.erase_draft(db.session(), draft)
    db.session.commit()
    scrub_wal()
    return redirect(url_for("drafts.erased"), 303)


@blueprint.get("/brouillon/efface")
def erased() -> Page:
    """Say that nothing is left; the page knows nothing of whose draft it was."""
    return render_template("drafts/erased.html")
