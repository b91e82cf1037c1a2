"""The queue over HTTP: its lists, claims, declining several testimonials at once, undo."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import load_only, selectinload

from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.accounts.queries import within
from app.articles.models import Article
from app.db import db
from app.forms import choice
from app.moderation import claims
from app.moderation.queue import bulk, pages
from app.moderation.queue.context import last_decision, queue_reader, remember_filters
from app.moderation.queue.deadlines import deadline_of
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.forms import ButtonForm, SelectionForm, SetAsideForm
from app.moderation.queue.pages import QueueReader
from app.moderation.queue.row_details import row_details
from app.territories.models import Partner, Region
from app.testimonials import queries, undo
from app.testimonials.models import Testimonial
from app.testimonials.situation import Situation
from app.web import ViewResult

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(deadline_of)


@blueprint.get("")
def index() -> ViewResult:
    session = db.session()
    reader = QueueReader.of(signed_in(), QueueFilters.read(request.args))
    remember_filters(reader.filters)
    start = QueueCursor.read(request.args.get("apres", ""))
    page = pages.queue_page(session, reader, start)
    texts = pages.load_testimonials(session, page.ids)
    article_names = load_only(Article.slug, Article.title), selectinload(Article.themes)
    articles = select(Article).options(*article_names).where(*within(reader.scope, Article.id))
    return render_template(
        "queue/queue.html",
        filters=reader.filters,
        page=page,
        start=start,
        testimonials=texts,
        details=row_details(session, texts),
        claimed=len(claims.claimed_by(session, reader.user_id, reader.scope)),
        contested=len(pages.contested_ids(session, reader.scope)),
        totals=pages.status_totals(session, reader.scope),
        count_limit=pages.COUNT_LIMIT,
        rail=pages.RAIL,
        articles=session.scalars(articles.order_by(Article.published_on.desc())).all(),
        situations=list(Situation),
        regions=session.scalars(select(Region).order_by(Region.name)).all(),
        partners=session.scalars(select(Partner).order_by(Partner.name)).all(),
        sorts=list(QueueSort),
        last_decision=last_decision(session),
        bulk_statuses=bulk.BULK_STATUSES,
    )


@blueprint.post("/<public_id>/prendre")
def claim(public_id: str) -> ViewResult:
    testimonial = db.one_or_404(queries.by_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.take_claim(db.session(), testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **queue_reader().filters.query), 303)


@blueprint.post("/<public_id>/laisser")
def release(public_id: str) -> ViewResult:
    testimonial = db.one_or_404(queries.by_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.release_claim(testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **queue_reader().filters.query), 303)


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
    bulk.decline_several(db.session(), signed_in(), form.read(), form.reason())
    db.session.commit()
    return redirect(url_for("queue.done", texte=[*form.read()]), 303)


@blueprint.get("/fait")
def done() -> ViewResult:
    """Show the outcome for some testimonials, with a button to undo what can be undone."""
    session = db.session()
    options = *pages.loader_options(), selectinload(Testimonial.events)
    texts = session.scalars(bulk.by_public_ids(signed_in(), request.args.getlist("texte")).options(*options)).all()
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
    only = (
        session.scalar(bulk.by_public_ids(signed_in(), public_ids).with_for_update()) if len(public_ids) == 1 else None
    )
    if only is None:
        bulk.undo_several(session, signed_in(), public_ids)
        following = url_for("queue.done", texte=public_ids)
    else:
        bulk.undo_one(signed_in(), only)
        following = url_for("review.show", public_id=only.public_id, fait=only.public_id)
    session.commit()
    return redirect(following, 303)


def selection_page(public_ids: list[str], form: SetAsideForm) -> str:
    """Return the page of the selected testimonials, without those that must be read one by one."""
    session = db.session()
    selected = session.scalars(bulk.by_public_ids(signed_in(), public_ids).options(*pages.loader_options())).all()
    texts = [each for each in selected if each.status in bulk.BULK_STATUSES]
    form.raison.choices = [choice(reason.value, reason.label) for reason in bulk.common_reasons(texts)]
    context = {"details": row_details(session, texts), "back": queue_reader().filters.query}
    return render_template("queue/chosen.html", testimonials=texts, form=form, **context)
