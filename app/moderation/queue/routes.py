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
from app.moderation.queue.context import just, reader, remember
from app.moderation.queue.deadlines import wait
from app.moderation.queue.filters import Filters, Position, Sort
from app.moderation.queue.forms import ButtonForm, ChosenForm, SetAsideForm
from app.moderation.queue.pages import Reader
from app.moderation.queue.row_details import beside
from app.territories.models import Crpv, Region
from app.testimonials import queries, undo
from app.testimonials.models import Testimonial
from app.testimonials.situation import Situation

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")
blueprint.add_app_template_global(wait, "wait_of")

Page = str | tuple[str, int] | Response


@blueprint.get("")
def index() -> Page:
    """Show a list, as the address asks for it; what waits for the editors unless asked otherwise."""
    session = db.session()
    reading = Reader(signed_in().id, Filters.read(request.args))
    remember(reading.filters)
    start = Position.read(request.args.get("apres", ""))
    found = pages.stretch(session, reading, start)
    texts = pages.listed(session, found.ids)
    named = load_only(Article.slug, Article.title), selectinload(Article.themes)
    return render_template(
        "queue/queue.html",
        filters=reading.filters,
        found=found,
        start=start,
        testimonials=texts,
        beside=beside(session, texts),
        held=len(claims.held_by(session, reading.user_id)),
        contested=len(pages.contested(session)),
        totals=pages.totals(session),
        counted=pages.COUNTED,
        rail=pages.RAIL,
        articles=session.scalars(select(Article).options(*named).order_by(Article.published_on.desc())).all(),
        situations=list(Situation),
        regions=session.scalars(select(Region).order_by(Region.name)).all(),
        crpvs=session.scalars(select(Crpv).order_by(Crpv.name)).all(),
        sorts=list(Sort),
        just=just(session),
        sortable=bulk.SORTED,
    )


@blueprint.post("/<public_id>/prendre")
def claim(public_id: str) -> Page:
    """Say to colleagues that one is on a text; it locks nobody out."""
    testimonial = db.one_or_404(queries.with_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.take(db.session(), testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **reader().filters.query), 303)


@blueprint.post("/<public_id>/laisser")
def release(public_id: str) -> Page:
    """Say that one is not on it any more."""
    testimonial = db.one_or_404(queries.with_public_id(public_id).with_for_update())
    if not ButtonForm().is_sent():
        abort(400)
    claims.release(db.session(), testimonial, signed_in().id)
    db.session.commit()
    return redirect(url_for("review.show", public_id=public_id, **reader().filters.query), 303)


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
    bulk.decline(db.session(), signed_in(), form.read(), form.reason())
    db.session.commit()
    return redirect(url_for("queue.done", texte=[*form.read()]), 303)


@blueprint.get("/fait")
def done() -> Page:
    """Show what has become of some texts, and offer to take it back while that can be."""
    session = db.session()
    loaded = bulk.named(request.args.getlist("texte")).options(*pages.as_listed(), selectinload(Testimonial.events))
    texts = session.scalars(loaded).all()
    return render_template(
        "queue/done.html",
        testimonials=texts,
        reversible=[each for each in texts if undo.is_reversible(each.events)],
        names=accounts.names(session),
        back=reader().filters.query,
    )


@blueprint.post("/annuler")
def take_back() -> Page:
    """Take back the latest decision on some texts."""
    form = ChosenForm()
    if not form.is_sent():
        abort(400)
    asked = form.texte.data or []
    session = db.session()
    only = session.scalar(bulk.named(asked).with_for_update()) if len(asked) == 1 else None
    if only is None:
        bulk.take_back(session, signed_in(), asked)
    else:
        bulk.take_one_back(session, signed_in(), only)
    session.commit()
    if only is None:
        return redirect(url_for("queue.done", texte=asked), 303)
    return redirect(url_for("review.show", public_id=only.public_id, fait=only.public_id), 303)


def chosen_page(public_ids: list[str], form: SetAsideForm) -> str:
    """Return the page that shows what was ticked; what cannot be set aside unread is not in it."""
    session = db.session()
    found = session.scalars(bulk.named(public_ids).options(*pages.as_listed())).all()
    texts = [each for each in found if each.status in bulk.SORTED]
    form.raison.choices = [choice(reason.value, reason.label) for reason in bulk.reasons(texts)]
    return render_template(
        "queue/chosen.html",
        testimonials=texts,
        beside=beside(session, texts),
        form=form,
        back=reader().filters.query,
    )
