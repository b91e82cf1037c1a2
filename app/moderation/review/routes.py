"""The review page over HTTP: decision, editing, requests, comparison, notes; answers, day of the update."""

from collections.abc import Sequence
from functools import cache, partial
from uuid import uuid4

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, load_only
from sqlalchemy.sql.base import ExecutableOption
from wtforms import HiddenField
from wtforms.validators import ValidationError

from app import french
from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.antispam.signals import Sign
from app.articles.models import Article
from app.assistant.passages import marks_in_words
from app.audit import Actor, AuditEvent, Kind
from app.db import db, is_read_only
from app.forms import Address, Form
from app.moderation.authorship import limit_sentence
from app.moderation.choices import Choice
from app.moderation.decisions import choices, decide, is_answered_by_others, request_changes
from app.moderation.queue.context import (
    after_decision,
    compress_unless_searched,
    found_text,
    next_in_queue,
    queue_reader,
    review_context,
)
from app.moderation.review import letters
from app.moderation.review.editing import EditKind, allowed_kinds, base_version, edit_refusal, save_edit, verdict
from app.moderation.review.facts import load_facts, related
from app.moderation.review.forms import (
    ASKED,
    AskForm,
    DecisionForm,
    EditForm,
    LetterForm,
    MaskForm,
    NoteForm,
    known_number,
)
from app.moderation.review.letters import contact_with
from app.moderation.review.masks import marks_by_kind, mask_or_restore, masked_words
from app.testimonials import undo
from app.testimonials.answered import all_question_names, changed_answers, question_names, questions_answered
from app.testimonials.lifecycle import Action, Status, TransitionRefused, after
from app.testimonials.objections import contested_editors
from app.testimonials.queries import may_stand_beneath
from app.testimonials.questions import SPELT
from app.testimonials.refusals import refusals_by
from app.testimonials.responses.mails import invite
from app.testimonials.testimonial import Testimonial
from app.testimonials.updates.forms import AskDayForm
from app.testimonials.updates.request import asked_from
from app.testimonials.updates.request import choose_day as ask_from
from app.testimonials.usual_sentences import reason_sentences, request_sentences
from app.testimonials.versions import Version, correction_sentences
from app.testimonials.wordings import Purpose
from app.web import ViewResult, commit_and_show

MOST_INVITATIONS = 2  # once, and one reminder (product rule 4): no address is kept that would tell who was invited


class InvitationRefused(Exception):
    """Nobody can be invited to answer the text: readers do not have it, it has an answer, or enough were invited."""


class InviteForm(Form):
    """The address of an organisation; `sent` counts the invitations that its sender has read of."""

    email = Address("Courriel de l’organisation", "Indiquez l’adresse de l’organisation que vous invitez.")
    sent = HiddenField(default="0", validators=[known_number])
    invitations: Sequence[AuditEvent]

    def validate_email(self, field: Address) -> None:
        """Refuse an address that asked for no other, and a second sending not meant, such as a button pressed twice."""
        if refusals_by(db.session(), field.data or ""):
            raise ValidationError("Cette organisation a demandé à ne plus être invitée.")
        if self.invitations and self.sent.data != str(len(self.invitations)):
            self.sent.data = str(len(self.invitations))
            day = french.day(self.invitations[-1].at)
            raise ValidationError(
                f"Une invitation est déjà partie, le {day} : envoyez de nouveau si c’en est une autre."
            )


def answers_to(session: Session, testimonial: Testimonial) -> Sequence[Testimonial]:
    """Return the answers to a testimonial, the latest first; what was never published has none."""
    if testimonial.published_at is None or testimonial.about_id is not None:
        return []
    selected = select(Testimonial).where(Testimonial.about_id == testimonial.id).order_by(Testimonial.id.desc())
    versions = joinedload(Testimonial.current), joinedload(Testimonial.shown)
    return session.scalars(selected.options(*versions)).all()


def invitations_of(testimonial: Testimonial) -> list[AuditEvent]:
    return [each for each in testimonial.events if each.kind is Kind.ANSWER_INVITED]


def is_invitable(testimonial: Testimonial, answers: Sequence[Testimonial]) -> bool:
    """Whether an organisation can be invited: readers have the text, and no answer stands or is announced below."""
    is_answered = any(each.status is Status.PUBLISHED for each in answers)
    return testimonial.takes_response and not is_answered and len(invitations_of(testimonial)) < MOST_INVITATIONS


def no_place(testimonial: Testimonial) -> str:
    """Return why an answer that waits cannot stand under the text it is about, as a sentence; empty if it can."""
    about = testimonial.about
    if about is None or may_stand_beneath(testimonial):
        return ""
    if about.status is not Status.PUBLISHED:
        return "Le témoignage auquel elle répond n’est pas publié : cette réponse ne peut pas paraître."
    return "Une autre réponse à ce témoignage est déjà publiée ou annoncée : celle-ci ne peut pas paraître."


invitations = Blueprint("response_invitation", __name__, url_prefix="/moderation/<public_id>")
updates = Blueprint("updates", __name__, url_prefix="/moderation/<public_id>")
blueprint = Blueprint("review", __name__, url_prefix="/moderation/<public_id>")


@blueprint.get("")
def show(public_id: str) -> ViewResult:
    compress_unless_searched(queue_reader().filters)
    return review_page(db.one_or_404(Testimonial.named(public_id).options(*as_reviewed())))


# Made once: they cost more to make than to follow.
@cache
def as_reviewed() -> Sequence[ExecutableOption]:
    """Load, with a testimonial, what its page shows that has one row."""
    version = joinedload(Testimonial.current)
    of_article = load_only(Article.slug, Article.title, Article.call, Article.is_public)
    return (
        joinedload(Testimonial.article).options(of_article),
        version.undefer(Version.hints),
        version.joinedload(Version.partner),
        version.joinedload(Version.recognised),
        version.joinedload(Version.department),
    )


@blueprint.post("")
def decision(public_id: str) -> ViewResult:
    """Take a decision on the testimonial as it was read, and open the next one of the list.

    The row is locked: a colleague's concurrent decision commits first, then makes this one stale.
    """
    testimonial = found_text(public_id)
    form = DecisionForm()
    form.check(testimonial)
    offered = choices(signed_in(), testimonial)
    form.offer(offered, usual_sentences(testimonial, offered), is_noticed=testimonial.noticed_at is not None)
    if not form.is_sent():
        return review_page(testimonial, form=form), 422
    if form.action.data in ASKED and form.asks_about(testimonial.hint_count):
        return review_page(testimonial, form=form, asks_about_marks=True), 422
    following = next_in_queue(testimonial)
    decide(signed_in(), testimonial, Action(form.action.data), revision=int(form.revision.data or 0), note=form.note())
    return commit_and_show(after_decision(testimonial, following))


@blueprint.post("/masquer")
def mask(public_id: str) -> ViewResult:
    """Mask a passage, or bring it back, and return to the marks."""
    testimonial, form = found_text(public_id), MaskForm()
    if not form.is_sent():
        return review_page(testimonial, mask_form=form), 422
    mask_or_restore(signed_in(), testimonial, form.passage.data or "", revision=int(form.revision.data or 0))
    db.session.commit()
    query = queue_reader().filters.query
    return redirect(url_for("review.show", public_id=public_id, _anchor="a-regarder", **query), 303)


def review_page(
    testimonial: Testimonial,
    *,
    form: DecisionForm | None = None,
    note_form: NoteForm | None = None,
    dismissal: Form | None = None,
    mask_form: MaskForm | None = None,
    asks_about_marks: bool = False,
) -> str:
    """Return the review page, with any form that has errors; an erased testimonial has only its history.

    `asks_about_marks`: whether the decision waits for « Publier quand même ».
    """
    facts = load_facts(db.session(), testimonial)
    offered = choices(signed_in(), testimonial)
    if form is None:
        form = DecisionForm(formdata=None)
        form.revision.data = str(testimonial.revision)
        form.offer(offered, usual_sentences(testimonial, offered), is_noticed=testimonial.noticed_at is not None)
    answers_here = answers_to(db.session(), testimonial)
    return render_template(
        "review/review.html",
        testimonial=testimonial,
        answers=answers_here,
        invitations=invitations_of(testimonial),
        invitable=is_invitable(testimonial, answers_here),
        form=form,
        context=review_context(db.session(), testimonial, facts.hold),
        choices=offered,
        answered_by_others=is_answered_by_others(signed_in(), testimonial),
        contested_by=contested_editors(testimonial) if testimonial.contested_at else set(),
        sentences=form.sentences,
        names=accounts.names_by_id(db.session()),
        contact=contact_with(testimonial),
        failed_emails=facts.failed_emails(),
        related=related(db.session(), testimonial, signed_in().scope),
        editable=bool(allowed_kinds(testimonial)),
        askable=testimonial.status is Status.PENDING,
        note_form=note_form or NoteForm(formdata=None),
        team_decisions=undo.decisions_in_force(testimonial.decisions),
        marks=marks_by_kind(testimonial),
        marks_in_words=marks_in_words(version.passages) if (version := testimonial.at_hand) else "",
        masked=masked_words(testimonial),
        mask_form=mask_form or MaskForm(formdata=None),
        asks_about_marks=asks_about_marks,
        quotes=facts.quotes(version) if version else [],
        set_aside_numbers=testimonial.set_aside_numbers,
        question_names=all_question_names(testimonial.article.call, is_response=testimonial.about_id is not None),
        no_place=no_place(testimonial) or limit_sentence(signed_in(), testimonial, offered),
        signs=facts.signs,
        transcript=testimonial.transcript if facts.was_recorded else None,
        sheet_key=str(uuid4()),
        dismissal=dismissal,
        measures=correction_sentences(testimonial.versions),
        signs_by_code={sign.value: sign for sign in Sign},
    )


def usual_sentences(testimonial: Testimonial, offered: Sequence[Choice]) -> dict[str, str]:
    """Return the usual sentence of each reason, by code; nothing where no decision needs one."""
    needing = {choice.action for choice in offered if choice.needs_reason}
    return reason_sentences(db.session(), testimonial.article, hides=Action.HIDE in needing) if needing else {}


@blueprint.route("/relire", methods=["GET", "POST"])
def edit_text(public_id: str) -> ViewResult:
    """Show the text in a form, then what changes and what that is; then save it as a correction or as a proof."""
    testimonial = found_text(public_id)
    if request.method == "POST":
        EditForm().check(testimonial)
    if not allowed_kinds(testimonial):
        raise TransitionRefused(testimonial.status, Action.SEND_PROOF)
    form = EditForm.of(base_version(testimonial), {})
    form.offer(testimonial.article)
    form.offer_kinds(allowed_kinds(testimonial))
    if is_read_only():
        form.suggest(testimonial.revision)
        return edit_page(testimonial, form)
    if not form.is_sent():
        return edit_page(testimonial, form), 422
    version = form.version(testimonial.article, db.session())
    if form.is_preview:
        return edit_page(testimonial, form, version)
    kind = EditKind(form.kind.data)
    if refusal := edit_refusal(testimonial, version, kind) or marks_question(form, version, kind):
        form.kind.errors = [refusal]
        return edit_page(testimonial, form, version), 422
    following = next_in_queue(testimonial) if kind is EditKind.REWRITING else public_id
    save_edit(signed_in(), testimonial, version, kind, revision=int(form.revision.data or 0), note=form.note())
    return commit_and_show(after_decision(testimonial, following))


def marks_question(form: EditForm, version: Version, kind: EditKind) -> str:
    """Return the question about the marks of a rewriting, which nobody reads once signed; empty if none is due."""
    if kind is not EditKind.REWRITING or not form.asks_about(version.examine()):
        return ""
    words = ", ".join(f"«\u00a0{passage.words}\u00a0»" for passage in version.passages)
    return f"Il reste à regarder, dans ce qui part à la signature : {words}. Changez-le, ou enregistrez de nouveau."


def edit_page(testimonial: Testimonial, form: EditForm, draft: Version | None = None) -> str:
    """Return the edit page; `draft` is the version to preview, compared with the current one."""
    return render_template(
        "review/edit_text.html",
        testimonial=testimonial,
        version=base_version(testimonial),
        form=form,
        draft=draft,
        changes=changed_answers(base_version(testimonial), draft) if draft else [],
        verdict=verdict(testimonial, draft) if draft else "",
        kinds={kind.value: kind.sentence for kind in EditKind},
        names=all_question_names(testimonial.article.call, is_response=testimonial.about_id is not None),
        maskable=SPELT,
    )


@blueprint.route("/demander", methods=["GET", "POST"])
def ask_author(public_id: str) -> ViewResult:
    testimonial, form = found_text(public_id), AskForm()
    if request.method == "POST":
        form.check(testimonial)
    names = question_names(testimonial.article.call, is_response=testimonial.about_id is not None)
    form.offer(request_sentences(db.session(), testimonial.article), names)
    after(testimonial.status, Action.REQUEST_CHANGES)
    if is_read_only():
        form.suggest(testimonial.revision)
    if not form.is_sent():
        context = {"names": names, "given": questions_answered(testimonial.latest)}
        page = render_template("review/ask_author.html", testimonial=testimonial, form=form, **context)
        return page, 422 if form.errors else 200
    following = next_in_queue(testimonial)
    request_changes(signed_in(), testimonial, revision=int(form.revision.data or 0), note=form.note())
    return commit_and_show(after_decision(testimonial, following))


@blueprint.get("/versions/<int:old>-<int:new>")
def compare(public_id: str, old: int, new: int) -> ViewResult:
    testimonial = found_text(public_id)
    by_number = {version.number: version for version in testimonial.versions}
    if not {old, new} <= by_number.keys():
        abort(404)
    older, newer = by_number[old], by_number[new]
    changes = changed_answers(older, newer)
    return render_template("review/compare.html", testimonial=testimonial, old=older, new=newer, changes=changes)


@blueprint.get("/versions")
def any_two(public_id: str) -> ViewResult:
    old, new = (request.args.get(name, type=int) for name in ("de", "a"))
    if old is None or new is None:
        abort(404)
    return redirect(url_for("review.compare", public_id=public_id, old=old, new=new), 303)


@blueprint.post("/note")
def note(public_id: str) -> ViewResult:
    testimonial, form = found_text(public_id), NoteForm()
    if not form.is_sent():
        return review_page(testimonial, note_form=form), 422
    letters.leave_note(db.session(), signed_in(), testimonial, form.words.data or "")
    return commit_and_show(url_for("review.show", public_id=public_id, _anchor="notes"))


@blueprint.route("/ecrire", methods=["GET", "POST"])
def write_letter(public_id: str) -> ViewResult:
    session, testimonial, form = db.session(), found_text(public_id), LetterForm()
    form.refusal = partial(letters.letter_refusal, session, testimonial)
    consent = letters.contact_consent(testimonial, f"{form.subject.data or ''}\n\n{form.words.data or ''}".strip())
    if not form.is_sent():
        page = render_template("review/write_letter.html", testimonial=testimonial, form=form, consent=consent)
        return page, 422 if form.errors else 200
    letters.write_letter(session, signed_in(), testimonial, form.subject.data or "", form.words.data or "")
    return commit_and_show(url_for("review.show", public_id=public_id, _anchor="dit"))


@invitations.route("/inviter", methods=["GET", "POST"])
def compose(public_id: str) -> ViewResult:
    """Invite an organisation to answer a published testimonial."""
    reads = is_read_only()
    testimonial = found_text(public_id)
    if not is_invitable(testimonial, answers_to(db.session(), testimonial)):
        raise InvitationRefused
    form = InviteForm()
    form.invitations = invitations_of(testimonial)
    if reads:
        form.sent.data = str(len(form.invitations))
    if not form.is_sent():
        page = render_template("review/invite.html", testimonial=testimonial, form=form)
        return page, 422 if form.errors else 200
    invite(db.session(), testimonial, to=form.email.data or "", by=Actor.editor(signed_in().id))
    return commit_and_show(url_for("review.show", public_id=public_id, _anchor="reponses"))


@updates.route("/suite", methods=["GET", "POST"])
def choose_day(public_id: str) -> ViewResult:
    """Show the month, or change it, as long as the question has not been asked."""
    testimonial = found_text(public_id)
    day = asked_from(testimonial)
    form = AskDayForm.of(day, is_sent=not is_read_only())
    if not form.is_sent():
        agrees = testimonial.consents_to(Purpose.CONTACT)
        page = render_template("review/ask_day.html", testimonial=testimonial, form=form, day=day, agrees=agrees)
        return page, 422 if form.errors else 200
    ask_from(testimonial, form.day, by=Actor.editor(signed_in().id))
    return commit_and_show(url_for("review.show", public_id=public_id))
