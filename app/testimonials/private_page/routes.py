"""The private page over HTTP: where a text stands, and what its author can do about it."""

from flask import Blueprint, after_this_request, redirect, render_template, request, url_for
from sqlalchemy.orm.exc import StaleDataError

from app.audit import AUTHOR, AuditEvent, Kind
from app.db import db, scrub_wal
from app.forms import Form
from app.mail import outbox
from app.mail.messages import Message
from app.testimonials import draft as drafts
from app.testimonials import erasure, queries
from app.testimonials.consent import ConsentDecision, ConsentMissing, Purpose, latest_of_each
from app.testimonials.lifecycle import Action, Party, Status, TransitionRefused, actions_from, after
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import (
    change_consent,
    consent_again,
    may_consent_again,
    open_purposes,
)
from app.testimonials.private_page.forms import (
    ActForm,
    ConsentAgainForm,
    ConsentChangeForm,
    ContestForm,
    NewLinkForm,
    SignForm,
)
from app.testimonials.private_page.history import HIDDEN_KINDS, sentence_to_author
from app.testimonials.private_page.links import by_private_link
from app.testimonials.private_page.links import renew_private_link as renew_link
from app.testimonials.private_page.objections import contest_decision, is_contestable, open_objection
from app.testimonials.private_page.proofs import (
    corrections,
    is_signed,
    presented_version,
    proposed_changes,
    sign_version,
    words_with_correction,
)
from app.testimonials.private_page.status_sentence import answer, status_sentence
from app.testimonials.questions import HEADINGS, QUESTION_NAMES
from app.testimonials.submission.forms import AmendForm, ConsentForm
from app.testimonials.submission.steps import Done, Page, Show, next_step
from app.testimonials.versions import ApprovalMissing
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("private_page", __name__)
blueprint.after_request(keep_private)

# The fields that take someone more than a moment to type again.
TYPED = ("words", "title", "account", "outcome", "obstacles", "advice", "partners")


@blueprint.route("/mon-temoignage/<token>/modifier", methods=["GET", "POST"])
def amend(token: str) -> Page:
    """Let an author change a text already sent, by the same steps; what is shown meanwhile stays as it is."""
    after_this_request(keep_for_back_button)
    testimonial = by_private_link(token)
    after(testimonial.status, Action.AMEND)
    form, consents = AmendForm.of(presented_version(testimonial), testimonial.asked), ConsentForm.of(testimonial)
    match next_step(testimonial.article, form, consents, testimonial):
        case Show(page, status):
            return page, status
        case Done(version):
            testimonial.amend(version, consents.answers(), seen=consents.seen.data or "")
            testimonial.write_to_author(Message.AMENDED)
            db.session.commit()
            return redirect(url_for("private_page.private", token=token), 303)


@blueprint.get("/mon-temoignage/<token>")
def private(token: str) -> Page:
    """Show an author where their text stands, and what they can do. Shows only (product rule 5)."""
    return render_private_page(token, by_private_link(token), ActForm())


@blueprint.errorhandler(TransitionRefused)
@blueprint.errorhandler(ConsentMissing)
@blueprint.errorhandler(ApprovalMissing)
@blueprint.errorhandler(StaleDataError)
def refused_act(_: Exception) -> Page:
    """Answer an act that is no longer possible with the private page as it now is; what was begun is undone.

    What was typed is given back.
    """
    db.session.rollback()
    token = (request.view_args or {})["token"]
    lost = "\n\n".join(filter(None, (request.form.get(name, "").strip() for name in TYPED)))
    return render_private_page(token, by_private_link(token), ActForm(formdata=None), too_late=True, lost=lost), 409


def render_private_page(
    token: str, testimonial: Testimonial, form: Form, *, too_late: bool = False, lost: str = ""
) -> str:
    """Return the private page of a testimonial as it now is.

    `too_late` where it has just been asked for more, with the words that went with it: they would be `lost`.
    """
    answered = latest_of_each(testimonial.consents)
    return render_template(
        "private_page/private.html",
        testimonial=testimonial,
        answered=answered,
        answered_before=[line for line in testimonial.consents if line not in answered],
        standing=status_sentence(testimonial),
        answer=answer(testimonial),
        possible=actions_from(testimonial.status, Party.AUTHOR),
        wordings=HEADINGS,
        token=token,
        form=form,
        objection=form if isinstance(form, ContestForm) else ContestForm(formdata=None),
        contestable=is_contestable(testimonial),
        contested=open_objection(testimonial),
        presented=presented_version(testimonial),
        corrected=corrections(testimonial),
        corrected_with=words_with_correction(testimonial),
        again=form if isinstance(form, ConsentAgainForm) else ConsentAgainForm(formdata=None),
        aside=open_purposes(testimonial),
        changes=proposed_changes(testimonial),
        names_of_questions=QUESTION_NAMES,
        publication=Purpose.PUBLICATION,
        reused=testimonial.consents_to(Purpose.REUSE),
        reuse_taken_back=testimonial.status is Status.WITHDRAWN
        and any(line.purpose is Purpose.REUSE and line.answer is ConsentDecision.WITHDRAWN for line in answered),
        consentable=may_consent_again(testimonial),
        history=[
            (event.at, sentence_to_author(event)) for event in testimonial.events if event.kind not in HIDDEN_KINDS
        ],
        too_late=too_late,
        lost=lost,
    )


@blueprint.post("/mon-temoignage/<token>/confirmer")
def confirm(token: str) -> Page:
    """The author shows that the address is theirs; a second click finds it done."""
    testimonial, form = by_private_link(token), ActForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if testimonial.status is Status.UNCONFIRMED:
        testimonial.confirm()
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/signer")
def sign_proof(token: str) -> Page:
    """The author signs the proof they were shown; a second click finds it done."""
    testimonial, form = by_private_link(token), SignForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if not is_signed(testimonial, form.seen.data or ""):
        sign_version(testimonial, form.seen.data or "")
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/prolonger")
def renew(token: str) -> Page:
    """The author lets the text stand for another period; a second click finds it done."""
    testimonial, form = by_private_link(token), ActForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if testimonial.is_ending:
        testimonial.perform(Action.RENEW, by=AUTHOR)
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/accord")
def accord(token: str) -> Page:
    """The author gives or takes back a consent that stands by itself."""
    testimonial, form = by_private_link(token), ConsentChangeForm()
    sent = form.is_sent()
    if not sent or form.purpose.data not in open_purposes(testimonial):
        return render_private_page(token, testimonial, form, too_late=sent), 422
    change_consent(testimonial, Purpose(form.purpose.data), gives=form.answer.data == "yes")
    db.session.commit()
    return redirect(url_for("private_page.private", token=token, _anchor="vos-accords"), 303)


@blueprint.post("/mon-temoignage/<token>/remettre")
def again(token: str) -> Page:
    """The author consents to publication, for the first time or again; a second click finds it done."""
    testimonial, form = by_private_link(token), ConsentAgainForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if testimonial.status is not Status.PENDING or may_consent_again(testimonial):
        consent_again(testimonial)
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/contester")
def object_to(token: str) -> Page:
    """The author contests a decision or a correction; a second click finds it done."""
    testimonial, form = by_private_link(token), ContestForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if testimonial.contested_at is None:
        contest_decision(testimonial, form.words.data or "")
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.post("/mon-temoignage/<token>/retirer")
def withdraw(token: str) -> Page:
    """The author takes the text back, at once; a second click finds it done."""
    testimonial, form = by_private_link(token), ActForm()
    if not form.is_sent():
        return render_private_page(token, testimonial, form), 422
    if testimonial.status is not Status.WITHDRAWN:
        testimonial.withdraw()
        db.session.commit()
    return redirect(url_for("private_page.private", token=token), 303)


@blueprint.route("/mon-temoignage/<token>/effacer", methods=["GET", "POST"])
def erase(token: str) -> Page:
    """Ask once (it cannot be undone), then erase everything."""
    testimonial, form = by_private_link(token), ActForm()
    if not form.is_sent():
        before = presented_version(testimonial)
        page = render_template("private_page/erase.html", presented=before, token=token, form=form)
        return page, 422 if form.errors else 200
    erasure.erase_testimonial(testimonial)
    db.session.commit()
    scrub_wal()
    return redirect(url_for("private_page.erased"), 303)


@blueprint.get("/mon-temoignage/efface")
def erased() -> Page:
    """Say that nothing is left; the page knows nothing of whose text it was."""
    return render_template("private_page/erased.html")


@blueprint.route("/mon-temoignage/nouveau-lien", methods=["GET", "POST"])
def new_link() -> Page:
    """Send a new private link, or a draft’s again; the answer is the same whether the address is known or not."""
    form = NewLinkForm()
    if not form.is_sent():
        return render_template("private_page/new_link.html", form=form, sent=False), 422 if form.errors else 200
    # Held in the order in which everyone holds several.
    written = queries.sent_from(form.email.data or "").order_by(None).order_by(Testimonial.id)
    for testimonial in db.session.scalars(written.with_for_update()).all():
        outbox.rewrite_links(db.session(), testimonial.id, renew_link(testimonial))
        testimonial.events.append(AuditEvent.of(Kind.LINK_RENEWED, AUTHOR))
        testimonial.write_to_author(Message.NEW_LINK, heading=presented_version(testimonial).heading)
    drafts.resend_draft_links(db.session(), form.email.data or "")
    db.session.commit()
    return render_template("private_page/new_link.html", form=form, sent=True)
