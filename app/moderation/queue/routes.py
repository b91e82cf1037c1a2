"""The queue over HTTP: its lists, claims, setting several aside at once, undo."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import load_only, selectinload
from werkzeug.wrappers import Response

from app.accounts import queries as accounts
from app.accounts.gate import signed_in
from app.articles.models import Article
from app.db import db
from app.forms import choice
from app.moderation import claims
from app.moderation.queue import bulk, pages
from app.moderation.queue.context import last_decision, queue_reader, remember_filters
from app.moderation.queue.deadlines import deadline_of
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.forms import ButtonForm, ChosenForm, SetAsideForm
from app.moderation.queue.pages import QueueReader
from app.moderation.queue.row_details import row_details
from app.territories.models import Crpv, Region
from app.testimonials import queries, undo
from app.testimonials.models import Testimonial
from app.testimonials.situation import Situation

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(deadline_of, "wait_of")

Page = str | tuple[str, int] | Response


@blueprint.get("")
def index() -> Page:
    """Show a list, as the address asks for it; what waits for the editors unless asked otherwise."""
    session = db.session()
    reading = QueueReader(signed_in().id, QueueFilters.read(request.args))
    remember_filters(reading.filters)
    start = QueueCursor.read(request.args.get("apres", ""))
    found = pages.queue_page(session, reading, start)
    texts = pages.load_testimonials(session, found.ids)
    named = load_only(Article.slug, Article.title), selectinload(Article.themes)
    return render_template(
        "queue/queue.html",
        filters=reading.filters,
        found=found,
        start=start,
        testimonials=texts,
        beside=row_details(session, texts),
        held=len(claims.claimed_by(session, reading.user_id)),
        contested=len(pages.contested_ids(session)),
        totals=pages.status_totals(session),
        counted=pages.COUNTED,
        rail=pages.RAIL,
        articles=session.scalars(select(Article).options(*named).order_by(Article.published_on.desc())).all(),
        situations=list(Situation),
        regions=session.scalars(select(Region).order_by(Region.name)).all(),
        crpvs=session.scalars(select(Crpv).order_by(Crpv.name)).all(),
        sorts=list(QueueSort),
        just=last_decision(session),
        sortable=bulk.SORTED,
    )


@blueprint.post("/<public_id>/prendre")
def claim(public_id: str) -> Page:
    """Say to colleagues that one is on a text; it locks nobody out."""
    testimonial = db.one_or_404(queries.by_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.take_claim(db.session(), testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **queue_reader().filters.query), 303)


@blueprint.post("/<public_id>/laisser")
def release(public_id: str) -> Page:
    """Say that one is not on it any more."""
    testimonial = db.one_or_404(queries.by_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.release_claim(db.session(), testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **queue_reader().filters.query), 303)


@blueprint.get("/ecarter")
def chosen() -> Page:
    """Show the texts that were ticked, once more, before anything is done to them."""
    return chosen_page(request.args.getlist("texte"), SetAsideForm(formdata=None))


@blueprint.post("/ecarter")
def set_aside() -> Page:
    """Decline the texts of the list, as they were read."""
    form = SetAsideForm()
    if not form.is_sent():
        return chosen_page([*form.read()], form), 422
    bulk.decline_several(db.session(), signed_in(), form.read(), form.reason())
    db.session.commit()
    return redirect(url_for("queue.done", texte=[*form.read()]), 303)


@blueprint.get("/fait")
def done() -> Page:
    """Show what has become of some texts, and offer to take it back while that can be."""
    session = db.session()
    loaded = bulk.by_public_ids(request.args.getlist("texte")).options(
        *pages.in_list_order(), selectinload(Testimonial.events)
    )
    texts = session.scalars(loaded).all()
    return render_template(
        "queue/done.html",
        testimonials=texts,
        reversible=[each for each in texts if undo.is_reversible(each.events)],
        names=accounts.names_by_id(session),
        back=queue_reader().filters.query,
    )


@blueprint.post("/annuler")
def take_back() -> Page:
    """Take back the latest decision on some texts."""
    form = ChosenForm()
    if not form.is_sent():
        abort(400)
    asked = form.texte.data or []
    session = db.session()
    only = session.scalar(bulk.by_public_ids(asked).with_for_update()) if len(asked) == 1 else None
    if only is None:
        bulk.undo_several(session, signed_in(), asked)
    else:
        bulk.undo_one(signed_in(), only)
    session.commit()
    if only is None:
        return redirect(url_for("queue.done", texte=asked), 303)
    return redirect(url_for("review.show", public_id=only.public_id, fait=only.public_id), 303)


def chosen_page(public_ids: list[str], form: SetAsideForm) -> str:
    """Return the page that shows what was ticked; what cannot be set aside unread is not in it."""
    session = db.session()
    found = session.scalars(bulk.by_public_ids(public_ids).options(*pages.in_list_order())).all()
    texts = [each for each in found if each.status in bulk.SORTED]
    form.raison.choices = [choice(reason.value, reason.label) for reason in bulk.common_reasons(texts)]
    return render_template(
        "queue/chosen.html",
        testimonials=texts,
        beside=row_details(session, texts),
        form=form,
        back=queue_reader().filters.query,
    )
