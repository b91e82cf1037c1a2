"""The invitations' pages, for admins with a recent proof of identity: the list, the form and its check, erasure."""

from flask import Blueprint, redirect, render_template, request, url_for

from app.accounts.gate import acting_admin
from app.administration.invitations.forms import InviteForm
from app.articles import queries
from app.db import db, scrub_wal
from app.forms import ButtonForm
from app.testimonials.invitations.letters import invite_organisations, plan_invitations
from app.testimonials.invitations.models import Invitation, erase_invitation, latest_invitations
from app.testimonials.submission.lists import kept_lists
from app.web import ViewResult

blueprint = Blueprint("invitations", __name__, url_prefix="/administration/invitations")


@blueprint.get("")
def listed() -> ViewResult:
    return list_page(ButtonForm()), 200


@blueprint.route("/nouvelles", methods=["GET", "POST"])
def prepare() -> ViewResult:
    """Show the form, then whom it would write to (`step` « check »), then write to them (« send »).

    A list that has changed since its check is checked again.
    """
    form = InviteForm()
    articles = [each for each in db.session.scalars(queries.public_articles()) if each.takes_testimonials]
    form.offer(articles)
    if not form.is_sent():
        return render_template("invitations/prepare.html", form=form, plan=None), 422 if form.errors else 200
    sends, seen = request.form.get("step") == "send", form.digest()
    if not sends or form.seen.data != seen:
        form.seen.data, plan = seen, plan_invitations(db.session(), form.organisations)
        return render_template("invitations/prepare.html", form=form, plan=plan, changed=sends)
    (article,) = (each for each in articles if each.slug == form.article.data)
    invite_organisations(db.session(), article, form.organisations, by=acting_admin())
    db.session.commit()
    return redirect(url_for("invitations.listed"), 303)


@blueprint.post("/<int(max=2147483647):number>/effacer")
def erase_one(number: int) -> ViewResult:
    """Erase an invitation with its address; a letter that has not left yet leaves no more."""
    invitation, form = db.get_or_404(Invitation, number), ButtonForm()
    if not form.is_sent():
        return list_page(form), 422
    erase_invitation(db.session(), invitation)
    db.session.commit()
    scrub_wal()
    return redirect(url_for("invitations.listed"), 303)


def list_page(form: ButtonForm) -> str:
    invitations, departments = latest_invitations(db.session()), kept_lists().departments
    return render_template("invitations/listed.html", form=form, invitations=invitations, departments=departments)
