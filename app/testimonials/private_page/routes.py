"""Views of the private page: its status, and a POST for each act of the author; a second click changes nothing."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, after_this_request, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from app.audit import AUTHOR
from app.db import db, is_read_only, now
from app.forms import Form
from app.links import one_button
from app.pdf_files import answer_with_pdf, render_with_pdf
from app.testimonials import erasure
from app.testimonials.approval import ApprovalMissing
from app.testimonials.consent import ConsentMissing
from app.testimonials.lifecycle import Action, Status, TextKind, TransitionRefused, after
from app.testimonials.link_request import ask_for_link
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.private_page import consent_changes
from app.testimonials.private_page.capitalisation import capitalisation_sheet
from app.testimonials.private_page.forms import ConsentAgainForm, ConsentChangeForm, ContestForm, NewLinkForm, SignForm
from app.testimonials.private_page.links import by_private_link, is_erased, of_private_link
from app.testimonials.private_page.objections import contest_decision, is_contestable, is_ending
from app.testimonials.private_page.page import PrivatePage
from app.testimonials.private_page.proofs import amend_once, amended_version, is_signed, presented_version, sign_version
from app.testimonials.questions import EXAMINED, QUESTIONS
from app.testimonials.responses.forms import AmendResponseForm
from app.testimonials.submission.forms import AmendForm, ConsentForm
from app.testimonials.submission.steps import Done, Show, next_step
from app.testimonials.terms import may_be_kept
from app.testimonials.testimonial import Testimonial
from app.testimonials.updates import request as request_of_update
from app.testimonials.updates.forms import AskDayForm, UpdateForm
from app.testimonials.wordings import Purpose
from app.tokens import LinkRefused
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("private_page", __name__)
blueprint.after_request(keep_private)

# The fields too long to type again: their words are shown when they come too late.
LONG_FIELDS = ("words", *(name for name in QUESTIONS if name in EXAMINED))


@blueprint.route("/mon-temoignage/<token>/modifier", methods=["GET", "POST"])
def amend(token: str) -> ViewResult:
    """Amend a testimonial by the steps of the form. The published version does not change until an editor acts."""
    after_this_request(keep_for_back_button)
    testimonial = of_answered(token)
    after(testimonial.status, Action.AMEND)
    presented, asked, consents = amended_version(testimonial), testimonial.asked, ConsentForm.of(testimonial)
    about = testimonial.about
    form = AmendResponseForm.of(about, presented, asked) if about else AmendForm.of(presented, asked)
    return amended(token, testimonial, form, consents)


@blueprint.route("/mon-temoignage/<token>/suite", methods=["GET", "POST"])
def update(token: str) -> ViewResult:
    """Say what became of it, by the steps of the form: an amendment of a published text (decision 0053)."""
    after_this_request(keep_for_back_button)
    testimonial = with_sheet(token)
    if testimonial.status is not Status.PUBLISHED:
        raise TransitionRefused(testimonial.status, Action.AMEND)
    form = UpdateForm.of(testimonial, amended_version(testimonial))
    return amended(token, testimonial, form, ConsentForm.of(testimonial))


def amended(
    token: str, testimonial: Testimonial, form: AmendForm | AmendResponseForm | UpdateForm, consents: ConsentForm
) -> ViewResult:
    match next_step(testimonial.article, form, consents, testimonial):
        case Show(page, status):
            return page, status
        case Done(version):
            amend_once(testimonial, version, consents.answers(), seen=consents.seen.data or "")
            return commit_and_show(url_for("private_page.private", token=token))


@blueprint.post("/mon-temoignage/<token>/suite/date")
def choose_day(token: str) -> ViewResult:
    testimonial = with_sheet(token)
    form = AskDayForm.of(None, is_sent=True)
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    request_of_update.choose_day(testimonial, form.day, by=AUTHOR)
    return commit_and_show(url_for("private_page.private", token=token, _anchor="la-suite"))


@blueprint.get("/mon-temoignage/<token>")
def private(token: str) -> ViewResult:
    testimonial = by_private_link(token)
    if testimonial.unanswered_transcript is not None:
        return redirect(url_for("voice.answer", token=token), 303)
    return render_private_page(token, testimonial, Form())


@blueprint.get("/mon-temoignage/<token>/piste")
def capitalisation(token: str) -> ViewResult:
    return render_with_pdf("private_page/capitalisation.html", **facts_of_sheet(token))


@blueprint.post("/mon-temoignage/<token>/piste.pdf")
def capitalisation_file(token: str) -> ViewResult:
    page, facts = url_for("private_page.capitalisation", token=token), facts_of_sheet(token)
    return answer_with_pdf(page, "piste-de-capitalisation", "private_page/capitalisation.html", **facts)


def of_answered(token: str) -> Testimonial:
    """Return the testimonial of a private link; raise `TransitionRefused` until who told it has answered."""
    testimonial = by_private_link(token)
    if testimonial.unanswered_transcript is not None:
        raise TransitionRefused(testimonial.status, Action.SIGN_PROOF)
    return testimonial


def with_sheet(token: str) -> Testimonial:
    """Return the testimonial of a private link; an answer tells nothing to capitalise: 404."""
    testimonial = by_private_link(token)
    if testimonial.kind is not TextKind.TESTIMONIAL:
        raise NotFound
    return testimonial


def facts_of_sheet(token: str) -> dict[str, Any]:
    return {"sheet": capitalisation_sheet(with_sheet(token)), "token": token, "today": now()}


@blueprint.errorhandler(TransitionRefused)
@blueprint.errorhandler(ConsentMissing)
@blueprint.errorhandler(ApprovalMissing)
@blueprint.errorhandler(ObjectionUnanswered)
@blueprint.errorhandler(StaleDataError)
def refused_act(_: Exception) -> ViewResult:
    """Show the private page as it now is after an act that is no longer possible, with the words typed for it.

    Rolling back unlocks the text: it may be erased before it is read again.
    """
    db.session.rollback()
    token = (request.view_args or {})["token"]
    testimonial = db.session.scalar(of_private_link(token))
    if testimonial is None:
        return current_app.make_response(current_app.handle_user_exception(LinkRefused()))
    if testimonial.unanswered_transcript is not None:
        return redirect(url_for("voice.answer", token=token), 303)
    return too_late_page(token, testimonial)


def too_late_page(token: str, testimonial: Testimonial) -> ViewResult:
    """Render the private page as it now is, with the words that were sent too late."""
    words = "\n\n".join(filter(None, (request.form.get(name, "").strip() for name in LONG_FIELDS)))
    form = Form(formdata=None)
    return render_private_page(token, testimonial, form, is_too_late=True, unsent_words=words), 409


def render_private_page(
    token: str, testimonial: Testimonial, form: Form, *, is_too_late: bool = False, unsent_words: str = ""
) -> str:
    page = PrivatePage(
        testimonial=testimonial,
        token=token,
        form=form,
        is_too_late=is_too_late,
        calls_back=request.endpoint == "private_page.call_back",
        signs=request.endpoint == "private_page.sign_proof",
        unsent_words=unsent_words,
        changed_purpose=request.args.get("note", ""),
    )
    return render_template("private_page/private.html", page=page)


def do_once(
    token: str, testimonial: Testimonial, form: Form, act: Callable[[], object], *, is_done: bool
) -> ViewResult:
    """Do what a button of the private page asks; where that is done, a second click changes nothing."""
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if not is_done:
        act()
    return commit_and_show(url_for("private_page.private", token=token))


@blueprint.post("/mon-temoignage/<token>/confirmer")
def confirm(token: str) -> ViewResult:
    text = of_answered(token)
    return do_once(token, text, Form(), text.confirm, is_done=text.status is not Status.UNCONFIRMED)


@blueprint.post("/mon-temoignage/<token>/signer")
def sign_proof(token: str) -> ViewResult:
    text = of_answered(token)
    form = SignForm(text)
    seen = form.seen.data or ""
    return do_once(token, text, form, lambda: sign_version(text, seen), is_done=is_signed(text, seen))


@blueprint.post("/mon-temoignage/<token>/prolonger")
def renew(token: str) -> ViewResult:
    """Give a publication three years more, or a text that waits another year."""
    text = of_answered(token)
    act = text.keep_waiting if may_be_kept(text) else lambda: text.perform(Action.RENEW, by=AUTHOR)
    return do_once(token, text, Form(), act, is_done=not (is_ending(text) or may_be_kept(text)))


@blueprint.post("/mon-temoignage/<token>/accord")
def change_consent(token: str) -> ViewResult:
    testimonial = of_answered(token)
    form = ConsentChangeForm(testimonial)
    sent, gives = form.is_sent(), form.answer.data == "yes"
    if not sent or not consent_changes.is_open(testimonial, Purpose(form.purpose.data), gives=gives):
        return render_private_page(token, testimonial, form, is_too_late=sent), 422
    consent_changes.change_consent(testimonial, Purpose(form.purpose.data), gives=gives)
    return commit_and_show(url_for("private_page.private", token=token, note=form.purpose.data, _anchor="vos-accords"))


@blueprint.post("/mon-temoignage/<token>/remettre")
def consent_again(token: str) -> ViewResult:
    text = of_answered(token)
    is_done = text.status is Status.PENDING and not consent_changes.may_consent_again(text)
    return do_once(token, text, ConsentAgainForm(text), lambda: consent_changes.consent_again(text), is_done=is_done)


@blueprint.post("/mon-temoignage/<token>/contester")
def contest(token: str) -> ViewResult:
    text, form = of_answered(token), ContestForm()
    is_done = text.contested_at is not None and not is_contestable(text)
    return do_once(token, text, form, lambda: contest_decision(text, form.words.data or ""), is_done=is_done)


@blueprint.post("/mon-temoignage/<token>/retirer")
def withdraw(token: str) -> ViewResult:
    text = of_answered(token)
    return do_once(token, text, Form(), text.withdraw, is_done=text.status is Status.WITHDRAWN)


@blueprint.post("/mon-temoignage/<token>/revenir")
def call_back(token: str) -> ViewResult:
    text = of_answered(token)
    is_done = text.status is Status.PUBLISHED
    return do_once(token, text, Form(), lambda: consent_changes.call_back(text), is_done=is_done)


@blueprint.route("/mon-temoignage/<token>/effacer", methods=["GET", "POST"])
def erase(token: str) -> ViewResult:
    """Ask for a confirmation, since erasure cannot be undone, then erase everything."""
    said_at = url_for("private_page.erased")
    if not is_read_only() and Form().is_sent() and is_erased(token):
        return redirect(said_at, 303)
    testimonial = by_private_link(token)
    facts: dict[str, Any] = {"presented": presented_version(testimonial), "token": token, "said_at": said_at}
    return one_button("private_page/erase.html", testimonial, erasure.erase_testimonial, **facts)


@blueprint.get("/mon-temoignage/efface")
def erased() -> ViewResult:
    return render_template("private_page/erase.html", form=None, is_done=True)


@blueprint.route("/mon-temoignage/nouveau-lien", methods=["GET", "POST"])
def new_link() -> ViewResult:
    """Store the request: the deliverer looks the address up, so that the answer takes the same time for everybody."""
    form = NewLinkForm()
    if not form.is_sent():
        return render_template("private_page/new_link.html", form=form, sent=False), 422 if form.errors else 200
    ask_for_link(db.session(), form.email.data or "")
    db.session.commit()
    return render_template("private_page/new_link.html", form=form, sent=True)
