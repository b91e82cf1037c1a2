"""Recording what was told by voice over HTTP: the article, the form, its correction, the sheet with the code."""

import uuid
from datetime import timedelta
from operator import attrgetter

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import ValidationError

from app.accounts.gate import signed_in
from app.accounts.queries import is_of_desk, within
from app.articles import queries as articles
from app.articles.call import Call
from app.articles.models import Article
from app.audit import Actor
from app.db import SAFE_METHODS, db, now
from app.features.voice.acts import Recording, correct_transcript, drawn_code, record, renew_code
from app.forms import Address, Day, choice, required
from app.french import paris_time
from app.moderation.queue.context import found_text
from app.moderation.review.forms import RevisionForm, labelled_values
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, TransitionRefused
from app.testimonials.question_fields import asks
from app.testimonials.questions import Part
from app.testimonials.submission.forms import AmendForm, TestimonialForm
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium
from app.testimonials.versions import Version
from app.web import ViewResult, commit_and_show

OLDEST = timedelta(days=366)  # what was told longer ago is asked about again


@asks(attrgetter("told"))
class ToldForm(TestimonialForm):
    """The testimonial's questions, worded for the editor who types: the teller alone answers for consents."""

    page = (
        *(Part.SITUATION, Part.ACCOUNT, Part.ADDITIONS, Part.MORE, Part.AUTHOR, Part.PLACE),
        *("medium", "told_on", "email"),
    )
    situation = RadioField(validators=[required("Choisissez une des trois réponses.")])
    department = SelectField("Département", [required("Choisissez le département dans la liste.")])
    attribution = HiddenField()  # type: ignore[assignment]  # the teller chooses it: until then, the one that tells least

    def ask(self, call: Call) -> None:
        super().ask(call)
        self.situation.label.text = "Où en est cette personne ?"

    def version(self, article: Article, session: Session) -> Version:
        self.attribution.data = Attribution.REGION.value
        return super().version(article, session)


class TranscriptForm(ToldForm):
    """What was told, and how: when, by telephone or face to face, and where its teller is written to."""

    email = Address("Son courriel")
    spoken_on = Day("Raconté le", [required("Dites quel jour cela vous a été raconté.")], name="told_on")
    medium = RadioField(
        "Comment vous l’a‑t‑on raconté ?",
        [required("Dites comment cela vous a été raconté.")],
        choices=[choice(each.value, each.label.capitalize()) for each in Medium],
    )

    def suggest(self, key: str) -> None:
        self.key.data, self.spoken_on.data = key, paris_time(now())

    def validate_email(self, field: Address) -> None:
        if field.data and is_of_desk(db.session(), field.data):
            raise ValidationError(
                "Cette adresse est, ou a été, celle d’un compte de l’équipe : donnez celle de qui a raconté. "
                "Sans adresse, vous imprimerez une feuille."
            )

    def validate_spoken_on(self, field: Day) -> None:
        today = paris_time(now())
        if field.data and not today - OLDEST <= field.data <= today:
            raise ValidationError("Choisissez le jour où c’était : aujourd’hui, ou il y a un an au plus.")

    def recording(self, article: Article, session: Session) -> Recording:
        """Return what is to be recorded. The form must be valid."""
        assert self.spoken_on.data is not None  # noqa: S101  # it is required; narrows the type
        return Recording(
            key=self.key.data or "",
            version=self.version(article, session),
            spoken_on=self.spoken_on.data,
            medium=Medium(self.medium.data),
            email=self.email.data or None,
        )


class SheetForm(RevisionForm):
    """The button that draws another code; `key` was drawn for its page."""

    key = HiddenField()


class CorrectionForm(RevisionForm, ToldForm, AmendForm):
    """What was typed, corrected before its teller answers."""

    message = None  # type: ignore[assignment]  # its teller reads the text itself

    def words(self) -> str:
        return labelled_values(self, self.asking)


blueprint = Blueprint("voice_desk", __name__, url_prefix="/moderation")


@blueprint.get("/recueillir")
def choose_article() -> ViewResult:
    listed = articles.public_articles().where(*within(signed_in().scope, Article.id))
    found = db.session.scalars(listed).all()
    if len(found) == 1:
        return redirect(url_for("voice_desk.write_transcript", slug=found[0].slug))
    return render_template("voice/choose_article.html", articles=found)


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
        page = render_template("voice/write_transcript.html", article=article, form=form)
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
    testimonial = found_text(public_id)
    if request.method not in SAFE_METHODS:
        CorrectionForm().check(testimonial)
    if testimonial.unanswered_transcript is None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    form, session = CorrectionForm.of(testimonial.latest, {}), db.session()
    form.offer(testimonial.article)
    if request.method in SAFE_METHODS:
        form.revision.data = str(testimonial.revision)
    if not form.is_sent():
        page = render_template("voice/correct.html", testimonial=testimonial, form=form)
        return page, 422 if form.errors else 200
    version = form.version(testimonial.article, session)
    correct_transcript(testimonial, version, by=Actor.editor(signed_in().id))
    return commit_and_show(url_for("review.show", public_id=public_id))


@blueprint.post("/<public_id>/feuille")
def sheet(public_id: str) -> ViewResult:
    """Draw another code for a sheet that was lost; the same page sent again shows the same one."""
    testimonial, form = found_text(public_id), SheetForm()
    if not form.is_sent():
        return redirect(url_for("review.show", public_id=public_id), 303)
    code = drawn_code(testimonial.transcript, form.key.data or "")
    if code is None:
        form.check(testimonial)
        code = renew_code(db.session(), testimonial, form.key.data or "", by=Actor.editor(signed_in().id))
        db.session.commit()
    return sheet_page(testimonial, code)


def sheet_page(testimonial: Testimonial, code: str) -> str:
    return render_template("voice/sheet.html", testimonial=testimonial, code=code)
