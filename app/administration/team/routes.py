"""The team's pages, for admins with a recent proof of identity: list, invitation, account."""

from flask import Blueprint, redirect, render_template, url_for

from app.accounts import queries, sessions, team
from app.accounts.gate import signed_in_admin
from app.accounts.models import Role, User
from app.accounts.team import TeamAct, possible_acts
from app.administration.team.forms import ActForm, InvitationForm
from app.audit import Actor
from app.db import db
from app.web import ViewResult

blueprint = Blueprint("team", __name__, url_prefix="/administration/equipe")


@blueprint.get("")
def editors() -> ViewResult:
    members = db.session.scalars(queries.team_members()).all()
    return render_template("team/editors.html", team=members, me=signed_in_admin())


@blueprint.route("/inviter", methods=["GET", "POST"])
def invitation() -> ViewResult:
    """Invite an editor: create an account, send a link to choose its password."""
    form = InvitationForm()
    if not form.is_sent():
        return render_template("team/invitation.html", form=form), 422 if form.errors else 200
    by, role = Actor.editor(signed_in_admin().id), Role(form.role.data)
    team.invite(db.session(), by, email=form.email.data or "", name=form.name.data or "", role=role)
    db.session.commit()
    return redirect(url_for("team.editors"), 303)


@blueprint.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
def editor(number: int) -> ViewResult:
    """Show an account, and perform an admin's act on it."""
    user, form = db.get_or_404(User, number), ActForm()
    if not form.is_sent():
        acts, open_sessions = possible_acts(user), len(sessions.sessions_of(db.session(), user))
        page = render_template("team/editor.html", user=user, form=form, acts=acts, open_sessions=open_sessions)
        return page, 422 if form.errors else 200
    team.perform_team_act(db.session(), Actor.editor(signed_in_admin().id), user, TeamAct(form.act.data))
    db.session.commit()
    return redirect(url_for("team.editor", number=number), 303)
