"""The form, the preview, the receipt, the author's private page."""

import uuid

from flask import Blueprint, Response, after_this_request, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import security
from app.articles import queries as articles
from app.articles.models import Article
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import SAFE_METHODS, db, scrub
from app.forms import Form
from app.mail import outbox
from app.mail.messages import Message
from app.security import LinkRefused
from app.testimonials import queries
from app.testimonials.accords import consent_again, open_to, reconsider
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Purpose
from app.testimonials.forms import (
    HEADINGS,
    WORDINGS,
    AccordForm,
    ActForm,
    AmendForm,
    ConsentAgainForm,
    ConsentForm,
    NewLinkForm,
    TestimonialForm,
)
from app.testimonials.lifecycle import Action, Party, Status, actions_from, after
from app.testimonials.links import behind
from app.testimonials.models import Testimonial
from app.testimonials.standing import standing
from app.testimonials.submission import Submission, submit
from app.testimonials.versions import Version

blueprint = Blueprint("testimonials", __name__)

Page = str | tuple[str, int] | AnyResponse


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

    The browser may keep these pages, for its back button: a text is not lost for having been sent.
    """
    after_this_request(keep_for_going_back)
    article = db.one_or_404(articles.named(slug))
    form, consents = TestimonialForm(), ConsentForm()
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
    page, version = converse(article, form, consents)
    if version is None:
        return page
    sent = Submission(
        key=form.key.data or "",
        version=version,
        answers=consents.answers(),
        email=form.email.data or "",
        seen=consents.seen.data or "",
    )
    testimonial = submit(db.session(), article, sent)
    db.session.commit()
    return redirect(url_for("testimonials.receipt", token=security.sign("receipt", [testimonial.public_id])), 303)


@blueprint.route("/mon-temoignage/<token>/modifier", methods=["GET", "POST"])
def amend(token: str) -> Page:
    """Let an author change a text already sent, by the same steps; what is shown meanwhile stays as it is."""
    after_this_request(keep_for_going_back)
    testimonial = behind(token)
    after(testimonial.status, Action.AMEND)
    form, consents = AmendForm.of(testimonial.latest), ConsentForm.of(testimonial)
    page, version = converse(testimonial.article, form, consents, testimonial)
    if version is None:
        return page
    testimonial.amend(version, consents.answers(), seen=consents.seen.data or "")
    testimonial.write_to_author(Message.AMENDED)
    db.session.commit()
    return redirect(url_for("testimonials.private", token=token), 303)


def converse(
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
        "testimonials/write.html",
        article=article,
        form=form,
        consents=consents,
        testimonial=testimonial,
        address=request.path,
        wordings=WORDINGS,
        attributions=list(Attribution),
    )


def preview_page(
    article: Article, form: TestimonialForm, consents: ConsentForm, version: Version, testimonial: Testimonial | None
) -> str:
    """Return the testimonial as it would stand, and the questions beneath."""
    return render_template(
        "testimonials/preview.html",
        article=article,
        form=form,
        consents=consents,
        version=version,
        testimonial=testimonial,
        address=request.path,
        digest=version.compute_digest(),
        wordings=HEADINGS,
        publication_wording=Purpose.PUBLICATION.wording,
    )


@blueprint.get("/recu/<token>")
def receipt(token: str) -> Page:
    """Say what was received, and what happens next."""
    match security.read("receipt", token):
        case [str(public_id)]:
            testimonial = db.session.scalar(queries.with_public_id(public_id))
        case _:
            raise LinkRefused
    if testimonial is None or testimonial.email is None:
        raise LinkRefused
    return render_template("testimonials/receipt.html", testimonial=testimonial)


@blueprint.get("/mon-temoignage/<token>")
def private(token: str) -> Page:
    """Show an author where their text stands, and what they can do. Shows only (product rule 5)."""
    return private_page(token, behind(token), ActForm())


def private_page(token: str, testimonial: Testimonial, form: Form) -> str:
    """Return the private page of a testimonial as it now is."""
    return render_template(
        "testimonials/private.html",
        testimonial=testimonial,
        standing=standing(testimonial),
        possible=actions_from(testimonial.status, Party.AUTHOR),
        wordings=HEADINGS,
        token=token,
        form=form,
        again=form if isinstance(form, ConsentAgainForm) else ConsentAgainForm(formdata=None),
        aside=open_to(testimonial),
        publication=Purpose.PUBLICATION,
        names={},
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
    if not form.is_sent() or form.purpose.data not in open_to(testimonial):
        return private_page(token, testimonial, form), 422
    reconsider(testimonial, Purpose(form.purpose.data), gives=form.answer.data == "yes")
    db.session.commit()
    return redirect(url_for("testimonials.private", token=token, _anchor="vos-accords"), 303)


@blueprint.post("/mon-temoignage/<token>/remettre")
def again(token: str) -> Page:
    """The author consents to publication again; the editors read the text once more."""
    testimonial, form = behind(token), ConsentAgainForm()
    if not form.is_sent():
        return private_page(token, testimonial, form), 422
    consent_again(testimonial)
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
        page = render_template("testimonials/erase.html", testimonial=testimonial, token=token, form=form)
        return page, 422 if form.errors else 200
    testimonial.erase()
    db.session.commit()
    scrub()
    return redirect(url_for("testimonials.erased"), 303)


@blueprint.get("/mon-temoignage/efface")
def erased() -> Page:
    """Say that nothing is left; the page knows nothing of whose text it was."""
    return render_template("testimonials/erased.html")


@blueprint.route("/mon-temoignage/nouveau-lien", methods=["GET", "POST"])
def new_link() -> Page:
    """Send a new private link; the answer is the same whether the address is known or not."""
    form = NewLinkForm()
    if not form.is_sent():
        return render_template("testimonials/new_link.html", form=form, sent=False), 422 if form.errors else 200
    for testimonial in db.session.scalars(queries.written_from(form.email.data or "").with_for_update()):
        testimonial.link_generation += 1
        outbox.renew_link(db.session(), testimonial.id, testimonial.link_generation)
        testimonial.events.append(AuditEvent.of(Kind.LINK_RENEWED, AUTHOR))
        testimonial.write_to_author(Message.NEW_LINK, heading=testimonial.latest.heading)
    db.session.commit()
    return render_template("testimonials/new_link.html", form=form, sent=True)
