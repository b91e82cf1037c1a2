"""The queue over HTTP: its lists, holds, declining several testimonials at once, undo."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, load_only, selectinload
from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.accounts.models import Scope, User
from app.accounts.queries import within
from app.articles.models import Article, Theme
from app.articles.sentences import changed_sentences
from app.audit import Actor
from app.db import db
from app.forms import ButtonForm, Form, Line, choice, required, tidy_email
from app.french import by_name
from app.moderation import holds
from app.moderation.decisions import TooLate, decide
from app.moderation.queue import pages
from app.moderation.queue.context import compress_unless_searched, last_decision, queue_reader, remember_filters
from app.moderation.queue.deadlines import deadline_of, is_overdue, keeping_sentence
from app.moderation.queue.filters import EVERY_LIST, FILTERS, Filter, QueueCursor, QueueFilters
from app.moderation.queue.found import find
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.row_details import load_places, load_rows, loader_options, row_details
from app.moderation.queue.totals import list_totals
from app.territories.models import Partner, Region
from app.testimonials import queries, undo
from app.testimonials.changes import locked
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.usual_sentences import refusal_code, usual_words
from app.web import ViewResult, commit_and_show
from app.words import PEOPLE

MAX_AT_ONCE = 100
# The statuses that each reason may decline without a reading of each text.
STATUSES_BY_REASON: Mapping[Reason, frozenset[Status]] = {
    reason: frozenset(status for status in Status if reason in status.facts.declined_unread)
    for reason in (Reason.SPAM, Reason.NOT_CONFIRMED)
}
BULK_STATUSES = frozenset[Status]().union(*STATUSES_BY_REASON.values())


def by_public_ids(user: User, public_ids: Sequence[str]) -> Select[Testimonial]:
    """Select testimonials by identifier, in order of id; those of articles that others edit are passed over."""
    named = Testimonial.public_id.in_(public_ids[:MAX_AT_ONCE])
    return select(Testimonial).where(named, *within(user.scope, Testimonial.article_id)).order_by(Testimonial.id)


def common_reasons(testimonials: Sequence[Testimonial]) -> list[Reason]:
    given = {each.status for each in testimonials}
    return [reason for reason, statuses in STATUSES_BY_REASON.items() if given <= statuses]


def decline_several(session: Session, user: User, revisions: Mapping[str, int], reason: Reason) -> None:
    """Decline testimonials at the revisions that were read, with one decision and one audit event each.

    A changed testimonial is skipped: its address may have been confirmed, or a colleague may have decided.
    """
    changed = changed_sentences(session)
    for testimonial in session.scalars(locked(by_public_ids(user, [*revisions]))).all():
        revision = revisions[testimonial.public_id]
        if testimonial.revision == revision and testimonial.status in STATUSES_BY_REASON[reason]:
            note = DecisionNote(reason, usual_words(changed, refusal_code(reason), testimonial.article))
            decide(user, testimonial, Action.DECLINE, revision=revision, note=note)


def undo_several(session: Session, user: User, public_ids: Sequence[str]) -> None:
    """Undo the latest decision on each testimonial; one that can no longer be undone is skipped."""
    for testimonial in session.scalars(locked(by_public_ids(user, public_ids))).all():
        if undo.is_reversible(testimonial.events):
            undo_one(user, testimonial)


def undo_one(user: User, testimonial: Testimonial) -> None:
    """Undo the latest decision on a testimonial, which the caller has locked. Raises `TooLate`.

    Its e-mails, untrue from now on, never leave (`stale_emails`).
    """
    if not undo.is_reversible(testimonial.events):
        raise TooLate(testimonial)
    testimonial.perform(Action.TAKE_BACK, by=Actor.editor(user.id))


ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
MAX_DIGITS = 10  # of a revision
REASON_CHOICES = [choice(reason.value, reason.label) for reason in STATUSES_BY_REASON]


class SelectionForm(Form):
    """Testimonials by identifier."""

    texte = SelectMultipleField("Textes", validate_choice=False)


class SearchForm(Form):
    """What is looked for: words, or the address of an author, which is sent by POST and never in a query string."""

    mots = Line(f"Mots du texte, {PEOPLE}, nom ou courriel de la personne")

    def address(self) -> str:
        """Return the address that is looked for; empty for words."""
        return tidy_email(self.mots.data) if "@" in (self.mots.data or "") else ""

    def validate_mots(self, field: Field) -> None:
        """Refuse a part of an address: only a whole one is looked for."""
        if "@" in field.data and not ADDRESS.fullmatch(field.data):
            raise ValidationError("Écrivez l’adresse entière, comme prenom.nom@ville.fr.")


class SetAsideForm(Form):
    """A reason, and the testimonials as they were read: « identifier:revision »."""

    raison = RadioField("Raison", [required("Choisissez une raison.")], choices=REASON_CHOICES)
    lu = SelectMultipleField("Textes", validate_choice=False)

    def read(self) -> dict[str, int]:
        """Return the revision read of each testimonial; a malformed value is ignored."""
        parts = (each.partition(":") for each in self.lu.data or [])
        return {
            name: int(revision) for name, _, revision in parts if revision.isdecimal() and len(revision) < MAX_DIGITS
        }

    def reason(self) -> Reason:
        return Reason(self.raison.data)


TICKED = "coche"  # the parameter that ticks every row of a page

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(deadline_of)
blueprint.add_app_template_global(keeping_sentence)
blueprint.add_app_template_global(is_overdue)


@blueprint.get("")
def index() -> ViewResult:
    reader = QueueReader.of(signed_in(), QueueFilters.read(request.args))
    remember_filters(reader.filters)
    compress_unless_searched(reader.filters)
    return list_page(reader, SearchForm(formdata=None))


@blueprint.post("")
def search() -> ViewResult:
    """Search by words, or by an author's address: the address of the page has a testimonial's identifier instead."""
    reader, form = QueueReader.of(signed_in(), QueueFilters.read(request.form)), SearchForm()
    if not form.is_sent():
        return list_page(reader, form), 422
    if not form.address():
        return redirect(url_for("queue.index", **reader.filters.query), 303)
    sent = queries.sent_from(form.address()).where(*within(reader.scope, Testimonial.article_id))
    testimonial = db.session.scalar(sent.limit(1))
    if testimonial is None:
        form.mots.errors = ["Aucun texte n’est venu de cette adresse. Vérifiez-la, ou cherchez le nom de la personne."]
        return list_page(reader, form), 422
    return redirect(url_for("queue.index", etat=EVERY_LIST, auteur=testimonial.public_id), 303)


def list_page(reader: QueueReader, form: SearchForm) -> str:
    """Return the page of a list; `form` has the search that found nothing, with what was typed."""
    session = db.session()
    start = QueueCursor.read(request.args.get("apres", ""))
    found = find(session, reader)
    page = pages.queue_page(session, reader, start, found=found)
    articles = session.scalars(articles_query(reader.scope)).unique().all()
    texts, details = load_rows(session, page.ids, articles)
    regions = sorted(session.scalars(select(Region)), key=by_name)
    if not form.errors:
        form.mots.data = reader.filters.mots
    all_ticked = request.args.get(TICKED) == "1"
    address = reader.filters.query | ({"apres": str(start)} if start else {}) | ({} if all_ticked else {TICKED: "1"})
    referentials = {article.call.partner.referential for article in articles if article.call.partner}
    return render_template(
        "queue/queue.html",
        all_ticked=all_ticked,
        tick_all=url_for("queue.index", **address),
        filters=reader.filters,
        page=page,
        start=start,
        form=form,
        testimonials=texts,
        details=details,
        totals=list_totals(session, reader, found),
        rail=pages.RAIL,
        articles=articles,
        lists=filter_lists(articles, regions, load_places(session, texts, regions, referentials)),
        sorts=reader.filters.sorts,
        last_decision=last_decision(session),
        bulk_statuses=BULK_STATUSES,
    )


def filter_lists(
    articles: Iterable[Article], regions: Iterable[Region], partners: Iterable[Partner]
) -> list[tuple[str, Filter, Mapping[str, str]]]:
    """Return the lists of the form: the name of each, its filter, and its options by value."""
    offered: Mapping[Any, Mapping[str, str]] = {
        Article: {each.slug: each.title for each in articles},
        Theme: {f"{each.slug}.{theme.slug}": theme.label for each in articles for theme in each.themes},
        Region: {each.code: each.name for each in regions},
        Partner: {each.slug: each.name for each in partners},
    }
    lists = (
        (name, each, offered[each.named[1].class_] if each.named else each.choices)
        for name, each in FILTERS.items()
        if each.everything
    )
    return sorted((each for each in lists if len(each[2]) >= each[1].least), key=lambda each: not each[1].leads)


# Made once for each scope: it costs more to make than to answer.
@lru_cache(maxsize=64)
def articles_query(scope: Scope) -> Any:
    """Select a reader's articles, the latest first, with what the filters offer of them."""
    names = load_only(Article.slug, Article.title, Article.call), joinedload(Article.themes)
    selected = select(Article).options(*names).where(*within(scope, Article.id))
    return selected.order_by(Article.published_on.desc())


@blueprint.post("/<public_id>/prendre")
def hold(public_id: str) -> ViewResult:
    testimonial = db.one_or_404(Testimonial.named(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    holds.take_hold(db.session(), testimonial, signed_in().id)
    return commit_and_show(url_for("review.show", public_id=public_id, **queue_reader().filters.query))


@blueprint.post("/<public_id>/laisser")
def release(public_id: str) -> ViewResult:
    testimonial = db.one_or_404(Testimonial.named(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    holds.release_hold(testimonial, signed_in().id)
    return commit_and_show(url_for("review.show", public_id=public_id, **queue_reader().filters.query))


@blueprint.get("/ecarter")
def chosen() -> ViewResult:
    """Show the selected testimonials again, before they are declined."""
    return selection_page(request.args.getlist("texte"), SetAsideForm(formdata=None))


@blueprint.post("/ecarter")
def set_aside() -> ViewResult:
    """Decline the selected testimonials, at the revisions that were read."""
    form = SetAsideForm()
    if not form.is_sent():
        return selection_page([*form.read()], form), 422
    decline_several(db.session(), signed_in(), form.read(), form.reason())
    return commit_and_show(url_for("queue.done", texte=[*form.read()]))


@blueprint.get("/fait")
def done() -> ViewResult:
    """Show the outcome for some testimonials, with a button to undo what can be undone."""
    session = db.session()
    options = *loader_options(), selectinload(Testimonial.events)
    texts = session.scalars(by_public_ids(signed_in(), request.args.getlist("texte")).options(*options)).all()
    return render_template(
        "queue/done.html",
        testimonials=texts,
        reversible=[each for each in texts if undo.is_reversible(each.events)],
        names=accounts.names_by_id(session),
        back=queue_reader().filters.query,
    )


@blueprint.post("/annuler")
def take_back() -> ViewResult:
    """Undo the latest decision on some testimonials; for a single one, `TooLate` is shown."""
    form = SelectionForm()
    public_ids = form.texte.data or []
    if not form.is_sent():
        return redirect(url_for("queue.done", texte=public_ids), 303)
    session = db.session()
    only = session.scalar(by_public_ids(signed_in(), public_ids).with_for_update()) if len(public_ids) == 1 else None
    if only is None:
        undo_several(session, signed_in(), public_ids)
        following = url_for("queue.done", texte=public_ids)
    else:
        undo_one(signed_in(), only)
        following = url_for("review.show", public_id=only.public_id, fait=only.public_id)
    return commit_and_show(following)


def selection_page(public_ids: list[str], form: SetAsideForm) -> str:
    """Return the page of the selected testimonials, without those that must be read one by one."""
    session = db.session()
    selected = session.scalars(by_public_ids(signed_in(), public_ids).options(*loader_options())).all()
    texts = [each for each in selected if each.status in BULK_STATUSES]
    reasons = common_reasons(texts)
    form.raison.choices = [choice(reason.value, reason.label) for reason in reasons]
    if len(reasons) == 1:
        form.raison.data = reasons[0].value
    context = {"details": row_details(session, texts), "back": queue_reader().filters.query}
    return render_template("queue/chosen.html", testimonials=texts, form=form, **context)
