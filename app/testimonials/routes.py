"""The form, the preview, the receipt, the author's private page."""

import uuid

from flask import Blueprint, Response, after_this_request, redirect, render_template, request, url_for
from sqlalchemy.orm.exc import StaleDataError

from app import tokens
from app.antispam.honeypot import SenderForm
from app.articles import queries as articles
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import SAFE_METHODS, db, scrub
from app.forms import Form
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials import erasures, queries
from app.testimonials.accords import consent_again, may_consent, open_to, reconsider
from app.testimonials.consent import Answer, ConsentMissing, Purpose, latest_of_each
from app.testimonials.conversation import Page, converse, preview_page
from app.testimonials.drafts import models as drafts
from app.testimonials.forms import (
    AccordForm,
    ActForm,
    AmendForm,
    ConsentAgainForm,
    ConsentForm,
    ContestForm,
    NewLinkForm,
    SignForm,
    TestimonialForm,
)
from app.testimonials.history import UNTOLD, told
from app.testimonials.lifecycle import Action, Party, Status, TransitionRefused, actions_from, after
from app.testimonials.links import behind, received
from app.testimonials.links import renew as renew_link
from app.testimonials.models import Testimonial
from app.testimonials.objections import contest, is_contestable, objection
from app.testimonials.proofs import corrections, is_signed, presented, proposed_changes, sign, words_with
from app.testimonials.questions import HEADINGS, NAMES
from app.testimonials.standing import answer, standing
from app.testimonials.submission import Submission, submit
from app.testimonials.versions import ApprovalMissing

blueprint = Blueprint("testimonials", __name__)

# The fields that take someone more than a moment to type again.
TYPED = ("words", "title", "account", "outcome", "obstacles", "advice", "partners")


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep what an author is shown out of caches and search engines."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def keep_for_going_back(response: Response) -> Response:
    """Let this browser alone keep the page, and ask again before it shows it as new."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.route("/articles/<slug>/temoigner", methods=["GET", "POST"])
def write(slug: str) -> Page:
    """Ask (GET), then show as it would stand, take back for a change, or receive: `step` says which.

    The browser may keep these pages, for its back button: a text is not lost for having been sent. Where an article
    takes no more texts, nobody begins one; whoever has begun, or kept a draft, may finish it.
    """
    after_this_request(keep_for_going_back)
    # What is sent holds its article, which is not taken offline before that is stored.
    asked = articles.named(slug)
    held = asked if request.method in SAFE_METHODS else asked.with_for_update(read=True, key_share=True)
    article = db.one_or_404(held)
    if request.method in SAFE_METHODS and not article.is_open:
        return render_template("testimonials/closed.html", article=article)
    form, consents, sender = TestimonialForm(), ConsentForm(), SenderForm()
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
    page, version = converse(article, form, consents)
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
    return redirect(url_for("testimonials.receipt", token=tokens.sign("receipt", [testimonial.public_id])), 303)


@blueprint.route("/mon-temoignage/<token>/modifier", methods=["GET", "POST"])
def amend(token: str) -> Page:
    """Let an author change a text already sent, by the same steps; what is shown meanwhile stays as it is."""
    after_this_request(keep_for_going_back)
    testimonial = behind(token)
    after(testimonial.status, Action.AMEND)
    form, consents = AmendForm.of(presented(testimonial), testimonial.asked), ConsentForm.of(testimonial)
    page, version = converse(testimonial.article, form, consents, testimonial)
    if version is None:
        return page
    testimonial.amend(version, consents.answers(), seen=consents.seen.data or "")
    testimonial.write_to_author(Message.AMENDED)
    db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.get("/recu/<token>")
def receipt(token: str) -> Page:
    """Say what was received, and what happens next."""
    return render_template("testimonials/receipt.html", testimonial=received(token))


@blueprint.get("/mon-temoignage/<token>")
def private(token: str) -> Page:
    """Show an author where their text stands, and what they can do. Shows only (product rule 5)."""
    return private_page(token, behind(token), ActForm())


@blueprint.errorhandler(TransitionRefused)
@blueprint.errorhandler(ConsentMissing)
@blueprint.errorhandler(ApprovalMissing)
@blueprint.errorhandler(StaleDataError)
def as_it_is_now(_: Exception) -> Page:
    """Answer an act that is no longer possible with the private page as it now is; what was begun is undone.

    What was typed is given back.
    """
    db.session.rollback()
    token = (request.view_args or {})["token"]
    lost = "\n\n".join(filter(None, (request.form.get(name, "").strip() for name in TYPED)))
    return private_page(token, behind(token), ActForm(formdata=None), too_late=True, lost=lost), 409


def private_page(token: str, testimonial: Testimonial, form: Form, *, too_late: bool = False, lost: str = "") -> str:
    """Return the private page of a testimonial as it now is.

    `too_late` where it has just been asked for more, with the words that went with it: they would be `lost`.
    """
    answered = latest_of_each(testimonial.consents)
    return render_template(
        "testimonials/private.html",
        testimonial=testimonial,
        answered=answered,
        answered_before=[line for line in testimonial.consents if line not in answered],
        standing=standing(testimonial),
        answer=answer(testimonial),
        possible=actions_from(testimonial.status, Party.AUTHOR),
        wordings=HEADINGS,
        token=token,
        form=form,
        objection=form if isinstance(form, ContestForm) else ContestForm(formdata=None),
        contestable=is_contestable(testimonial),
        contested=objection(testimonial),
        presented=presented(testimonial),
        corrected=corrections(testimonial),
        corrected_with=words_with(testimonial),
        again=form if isinstance(form, ConsentAgainForm) else ConsentAgainForm(formdata=None),
        aside=open_to(testimonial),
        changes=proposed_changes(testimonial),
        names_of_questions=NAMES,
        publication=Purpose.PUBLICATION,
        reused=testimonial.consents_to(Purpose.REUSE),
        reuse_taken_back=testimonial.status is Status.WITHDRAWN
        and any(line.purpose is Purpose.REUSE and line.answer is Answer.WITHDRAWN for line in answered),
        consentable=may_consent(testimonial),
        history=[(event.at, told(event)) for event in testimonial.events if event.kind not in UNTOLD],
        too_late=too_late,
        lost=lost,
    )


@blueprint.post("/mon-temoignage/<token>/confirmer")
def confirm(token: str) -> Page:
    """The author shows that the address is theirs; a second click finds it done."""
    testimonial, form = behind(token), ActForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if testimonial.status is Status.UNCONFIRMED:
        testimonial.confirm()
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/signer")
def sign_proof(token: str) -> Page:
    """The author signs the proof they were shown; a second click finds it done."""
    testimonial, form = behind(token), SignForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if not is_signed(testimonial, form.seen.data or ""):
        sign(testimonial, form.seen.data or "")
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/prolonger")
def renew(token: str) -> Page:
    """The author lets the text stand for another period; a second click finds it done."""
    testimonial, form = behind(token), ActForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if testimonial.is_ending:
        testimonial.perform(Action.RENEW, by=AUTHOR)
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/accord")
def accord(token: str) -> Page:
    """The author gives or takes back a consent that stands by itself."""
    testimonial, form = behind(token), AccordForm()
    sent = form.is_sent()
    if not sent or form.purpose.data not in open_to(testimonial):
        return private_page(token, testimonial, form, too_late=sent), 422
    reconsider(testimonial, Purpose(form.purpose.data), gives=form.answer.data == "yes")
    db.session.commit()
    return redirect(url_for("testimonials.private", token=token, _anchor="vos-accords"), 303)


@blueprint.post("/mon-temoignage/<token>/remettre")
def again(token: str) -> Page:
    """The author consents to publication, for the first time or again; a second click finds it done."""
    testimonial, form = behind(token), ConsentAgainForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if testimonial.status is not Status.PENDING or may_consent(testimonial):
        consent_again(testimonial)
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/contester")
def object_to(token: str) -> Page:
    """The author contests a decision or a correction; a second click finds it done."""
    testimonial, form = behind(token), ContestForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if testimonial.contested_at is None:
        contest(testimonial, form.words.data or "")
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/retirer")
def withdraw(token: str) -> Page:
    """The author takes the text back, at once; a second click finds it done."""
    testimonial, form = behind(token), ActForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    if testimonial.status is not Status.WITHDRAWN:
        testimonial.withdraw()
        db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


@blueprint.route("/mon-temoignage/<token>/effacer", methods=["GET", "POST"])
def erase(token: str) -> Page:
    """Ask once (it cannot be undone), then erase everything."""
    testimonial, form = behind(token), ActForm()
    if not form.is_sent():
        before = presented(testimonial)
        page = render_template("testimonials/erase.html", presented=before, token=token, form=form)
        return page, 422 if form.errors else 200
    erasures.erase(testimonial)
    db.session.commit()
    scrub()
    return redirect(url_for("testimonials.erased"), 303)


@blueprint.get("/mon-temoignage/efface")
def erased() -> Page:
    """Say that nothing is left; the page knows nothing of whose text it was."""
    return render_template("testimonials/erased.html")


@blueprint.route("/mon-temoignage/nouveau-lien", methods=["GET", "POST"])
def new_link() -> Page:
    """Send a new private link, or a draft’s again; the answer is the same whether the address is known or not."""
    form = NewLinkForm()
    if not form.is_sent():
        return render_template("testimonials/new_link.html", form=form, sent=False), 422 if form.errors else 200
    # Held in the order in which everyone holds several.
    written = queries.written_from(form.email.data or "").order_by(None).order_by(Testimonial.id)
    for testimonial in db.session.scalars(written.with_for_update()).all():
        outbox.renew_link(db.session(), testimonial.id, renew_link(testimonial))
        testimonial.events.append(AuditEvent.of(Kind.LINK_RENEWED, AUTHOR))
        testimonial.write_to_author(Message.NEW_LINK, heading=presented(testimonial).heading)
    drafts.send_again(db.session(), form.email.data or "")
    db.session.commit()
    return render_template("testimonials/new_link.html", form=form, sent=True)
