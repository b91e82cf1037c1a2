"""Views of who told a testimonial: entering a code, signing what an editor typed, drawing a code that lasts."""

import uuid
from collections.abc import Mapping
from typing import Any, Self

from flask import Blueprint, after_this_request, redirect, render_template, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from wtforms import Field, HiddenField, RadioField
from wtforms.validators import ValidationError

from app.db import SAFE_METHODS, db
from app.features.voice import acts
from app.forms import Form, Line, choice, required
from app.links import PRIVATE_PAGE
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import TransitionRefused
from app.testimonials.private_page.links import by_private_link, of_private_link
from app.testimonials.private_page.routes import too_late_page
from app.testimonials.submission.forms import AmendForm, ConsentForm, SentField
from app.testimonials.submission.steps import Done, Show, next_step, preview_page
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.tokens import LinkRefused
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_for_back_button, keep_private

blueprint = Blueprint("voice", __name__)
blueprint.after_request(keep_private)

CODE_REFUSED = (
    "Ce code n’ouvre rien : il a peut-être été remplacé, ou son délai est passé. Vérifiez-le signe par signe ; "
    "sinon, demandez une nouvelle feuille à l’équipe."
)


class CodeForm(Form):
    """The code of a printed sheet."""

    code = Line("Votre code", [required("Écrivez le code de votre feuille.")])

    def validate_code(self, field: Line) -> None:
        """Tell a code that was not wholly typed: what follows tells nothing of a code."""
        if not acts.is_code(acts.tidy_code(field.data or "")):
            raise ValidationError("Ce code a 16 signes, en quatre groupes de quatre : vérifiez-le sur votre feuille.")


class CodeButton(Form):
    """The button that draws a code; `key` was drawn for its page."""

    key = HiddenField()


class TypedForm(AmendForm):
    """The words that were typed, without a signature: who told them chooses it with the consents."""

    attribution = None  # type: ignore[assignment]  # WTForms: a None takes the field away
    preview = "voice/answer.html"
    was_corrected = False  # by an editor, since the teller opened it

    def signatures(self, version: Version) -> Mapping[str, str]:
        return {each.value: version.edited(attribution=each).byline_set for each in Attribution}


class TellerForm(ConsentForm):
    """The signature and each consent, nothing preselected; `proof` is the digest of the typed version that was read.

    `key` is drawn when the page is first shown: a second click is told the same code.
    """

    attribution = RadioField(
        "Comment vous nommer ?",
        [required("Choisissez comment le texte sera signé.")],
        choices=[choice(each.value, each.label) for each in Attribution],
    )
    proof = SentField()
    key = SentField()

    @classmethod
    def of_teller(cls, testimonial: Testimonial, **options: Any) -> Self:
        """Return the form; who gave no address is not asked to be written to."""
        form = cls(**options)
        form.key.data = form.key.data or str(uuid.uuid4())
        if testimonial.email is None:
            del form.contact, form.questions
        return form

    @property
    def fields_in_error(self) -> list[Field]:
        """The fields in error, in the order of the page: the signature is above the consents."""
        return sorted(super().fields_in_error, key=lambda field: field.name != "attribution")


@blueprint.route("/mon-temoignage", methods=["GET", "POST"])
def enter_code() -> ViewResult:
    """Open the private page of a code. Unknown, replaced or past its time, a code gets one answer."""
    form = CodeForm()
    opened = acts.open_by_code(db.session(), form.code.data or "") if form.is_sent() else None
    if opened is None:
        if request.method not in SAFE_METHODS and not form.errors:
            form.code.errors = [CODE_REFUSED]
        return render_template("voice/enter_code.html", form=form), 422 if form.errors else 200
    return commit_and_show(PRIVATE_PAGE.url(opened.public_id, opened.link_generation))


@blueprint.route("/mon-temoignage/<token>/signature", methods=["GET", "POST"])
def answer(token: str) -> ViewResult:
    """Show what was typed, with all that its teller alone may answer; record the answer, once.

    Who gave no address gets a code, shown on this answer alone: no page after it can show it again.
    """
    testimonial = db.session.scalar(of_private_link(token))
    if testimonial is None:
        return second_click(token)
    if testimonial.unanswered_transcript is None:
        return answered_page(token, testimonial)
    form, consents = TypedForm.of(testimonial.latest, {}), TellerForm.of_teller(testimonial)
    if request.method in SAFE_METHODS:
        return typed_page(testimonial, form, consents)
    match next_step(testimonial.article, form, consents, testimonial):
        case Show(page, status):
            after_this_request(keep_for_back_button)  # not the page of a code
            return page, status
        case Done(version):
            version.attribution = Attribution(consents.attribution.data)
            seen, key = consents.proof.data or "", consents.key.data or ""
            code = acts.answer_transcript(testimonial, version, consents.answers(), seen=seen, key=key)
            db.session.commit()
            return code_page(testimonial, code) if code else redirect(private_page(token), 303)


@blueprint.post("/mon-temoignage/<token>/code")
def new_code(token: str) -> ViewResult:
    """Draw another lasting code, which voids the former and its pages, and show it on this answer alone."""
    testimonial, form = db.session.scalar(of_private_link(token)), CodeButton()
    if testimonial is None:
        return second_click(token)
    if not form.is_sent():
        return redirect(private_page(token), 303)
    code = acts.renew_own_code(db.session(), testimonial, form.key.data or "")
    db.session.commit()
    return code_page(testimonial, code)


def second_click(token: str) -> ViewResult:
    """Tell again the code that the same button drew, which has replaced its link; raise `LinkRefused` otherwise."""
    drawn = acts.drawn_before(db.session(), token, CodeButton().key.data or "")
    if drawn is None:
        raise LinkRefused
    return code_page(*drawn)


@blueprint.errorhandler(TransitionRefused)
@blueprint.errorhandler(StaleDataError)
def refused_act(_: Exception) -> ViewResult:
    """Show what was typed as it now is: an editor corrected it, or its teller answered, meanwhile."""
    db.session.rollback()
    token = (request.view_args or {})["token"]
    testimonial = by_private_link(token)
    if testimonial.unanswered_transcript is None:
        return answered_page(token, testimonial)
    form = TypedForm.of(testimonial.latest, {}, formdata=None)
    consents = TellerForm.of_teller(testimonial, formdata=None)
    form.was_corrected = True
    return typed_page(testimonial, form, consents), 409


def answered_page(token: str, testimonial: Testimonial) -> ViewResult:
    """Lead to the private page who has answered already; say that an answer in other terms came too late."""
    if request.method in SAFE_METHODS or is_second_click(testimonial):
        return redirect(private_page(token), 303)
    return too_late_page(token, testimonial)


def is_second_click(testimonial: Testimonial) -> bool:
    """Whether the form has the answers and the words that were stored: the button was pressed twice."""
    consents, latest = TellerForm.of_teller(testimonial), testimonial.latest
    same_answers = all(testimonial.consents_to(purpose) is yes for purpose, yes in consents.answers().items())
    sent = request.form.keys() & TypedForm.asking
    typed = ((request.form[name], getattr(latest, name)) for name in sent)
    same_words = all(words.split() == stored.split() for words, stored in typed)
    return same_answers and same_words and consents.attribution.data == latest.attribution


def typed_page(testimonial: Testimonial, form: TypedForm, consents: TellerForm) -> str:
    after_this_request(keep_for_back_button)
    form.offer(testimonial.article)
    consents.ask(testimonial.article)
    return preview_page(testimonial.article, form, consents, testimonial.latest, testimonial)


def code_page(testimonial: Testimonial, code: str) -> str:
    token = PRIVATE_PAGE.make(testimonial.public_id, testimonial.link_generation)
    return render_template("voice/code.html", code=code, token=token, testimonial=testimonial)


def private_page(token: str) -> str:
    return url_for("private_page.private", token=token)
