"""Recording what was told by voice over HTTP: the article, the form, its correction, the sheet with the code."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for

from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles import queries as articles
from app.articles.models import Article
from app.audit import Actor
from app.db import SAFE_METHODS, db
from app.moderation.transcripts.forms import CorrectionForm, SheetForm, TranscriptForm
from app.testimonials import queries
from app.testimonials.lifecycle import Action, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.codes import drawn_code
from app.testimonials.transcripts.models import transcript_of, unanswered_transcript
from app.testimonials.transcripts.record import correct_transcript, record, renew_code
from app.web import ViewResult

blueprint = Blueprint("transcripts", __name__, url_prefix="/moderation")


@blueprint.get("/recueillir")
def choose_article() -> ViewResult:
    """Show the articles that the editor edits, or the form of the only one."""
    listed = articles.public_articles().where(*within(signed_in().scope, Article.id))
    found = db.session.scalars(listed).all()
    if len(found) == 1:
        return redirect(url_for("transcripts.write_transcript", slug=found[0].slug))
    return render_template("transcripts/choose_article.html", articles=found)


@blueprint.route("/articles/<slug>/recueillir", methods=["GET", "POST"])
def write_transcript(slug: str) -> ViewResult:
    """Record what was told. Who has no address gets a sheet, which answers the form: no URL leads to its code."""
    selected, session = articles.by_slug(slug), db.session()
    if request.method not in SAFE_METHODS:
        selected = selected.with_for_update(read=True, key_share=True)  # not taken offline before it is stored
    article = db.one_or_404(selected)
    form = TranscriptForm()
    if request.method in SAFE_METHODS:
        form.suggest(str(uuid.uuid4()))
    form.offer(article)
    if not form.is_sent():
        page = render_template("transcripts/write_transcript.html", article=article, form=form)
        return page, 422 if form.errors else 200
    by = Actor.editor(signed_in().id)
    testimonial, code = record(session, article, form.recording(article, session), by=by)
    session.commit()
    if code is None:
        return redirect(url_for("review.show", public_id=testimonial.public_id), 303)
    return sheet_page(testimonial, code)


@blueprint.route("/<public_id>/recueilli", methods=["GET", "POST"])
def correct(public_id: str) -> ViewResult:
    """Correct what was typed, until its teller answers."""
    testimonial = found_testimonial(public_id)
    if request.method not in SAFE_METHODS:
        CorrectionForm().check(testimonial)
    if unanswered_transcript(testimonial) is None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    form, session = CorrectionForm.of(testimonial.latest, {}), db.session()
    form.offer(testimonial.article)
    if request.method in SAFE_METHODS:
        form.revision.data = str(testimonial.revision)
    if not form.is_sent():
        page = render_template("transcripts/correct.html", testimonial=testimonial, form=form)
        return page, 422 if form.errors else 200
    version = form.version(testimonial.article, session)
    correct_transcript(testimonial, version, by=Actor.editor(signed_in().id))
    session.commit()
    return redirect(url_for("review.show", public_id=public_id), 303)


@blueprint.post("/<public_id>/feuille")
def sheet(public_id: str) -> ViewResult:
    """Draw another code for a sheet that was lost; the same page sent again shows the same one."""
    testimonial, form = found_testimonial(public_id), SheetForm()
    if not form.is_sent():
        return redirect(url_for("review.show", public_id=public_id), 303)
    code = drawn_code(transcript_of(testimonial), form.key.data or "")
    if code is None:
        form.check(testimonial)
        code = renew_code(db.session(), testimonial, form.key.data or "", by=Actor.editor(signed_in().id))
        db.session.commit()
    return sheet_page(testimonial, code)


def sheet_page(testimonial: Testimonial, code: str) -> str:
    """Return the sheet to hand over: the code, how to enter it, and the text."""
    transcript = transcript_of(testimonial)
    return render_template("transcripts/sheet.html", testimonial=testimonial, transcript=transcript, code=code)


def found_testimonial(public_id: str) -> Testimonial:
    """Return a testimonial or 404; on a POST its row is locked, so that a concurrent act commits first."""
    selected = queries.by_public_id(public_id)
    testimonial: Testimonial = db.one_or_404(selected if request.method in SAFE_METHODS else selected.with_for_update())
    return testimonial
