"""The team's pages, for admins with a recent proof of identity: list, invitation, account."""

from flask import Blueprint, redirect, render_template, url_for

from app.accounts import queries, sessions, team
from app.accounts.gate import acting_admin, signed_in_admin
from app.accounts.models import Role, User
from app.accounts.team import TeamAct, possible_acts
from app.administration.team.forms import ActForm, GivenArticlesForm, InvitationForm
from app.articles.queries import all_articles
from app.db import db
from app.web import ViewResult

blueprint = Blueprint("team", __name__, url_prefix="/administration/equipe")


@blueprint.get("")
def editors() -> ViewResult:
    members = queries.team_members(db.session())
    return render_template("team/editors.html", team=members, me=signed_in_admin(), titles=article_titles())


@blueprint.route("/inviter", methods=["GET", "POST"])
def invitation() -> ViewResult:
    """Invite an editor: create an account, send a link to choose its password."""
    form = InvitationForm(article_titles())
    if not form.is_sent():
        return render_template("team/invitation.html", form=form), 422 if form.errors else 200
    by, role = acting_admin(), Role(form.role.data)
    team.invite(db.session(), by, email=form.email.data or "", name=form.name.data or "", role=role, scope=form.scope)
    db.session.commit()
    return redirect(url_for("team.editors"), 303)


@blueprint.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
def editor(number: int) -> ViewResult:
    """Show an account, and perform an admin's act on it."""
    user, form = db.get_or_404(User, number), ActForm()
    if not form.is_sent():
        return editor_page(user, form), 422 if form.errors else 200
    team.perform_team_act(db.session(), acting_admin(), user, TeamAct(form.act.data))
    db.session.commit()
    return redirect(url_for("team.editor", number=number), 303)


@blueprint.post("/<int(max=2147483647):number>/articles")
def articles(number: int) -> ViewResult:
    """Give an account the articles that it edits."""
    user, form = db.get_or_404(User, number), GivenArticlesForm(article_titles())
    if not form.is_sent():
        return editor_page(user, form), 422
    team.give_articles(db.session(), acting_admin(), user, form.scope)
    db.session.commit()
    return redirect(url_for("team.editor", number=number, _anchor="articles"), 303)


def editor_page(user: User, form: ActForm | GivenArticlesForm) -> str:
    """Render an account's page; one of its forms may have errors."""
    titles, session = article_titles(), db.session()
    is_last_admin = team.is_last_admin(session, user)
    return render_template(
        "team/editor.html",
        user=user,
        form=form,
        given=form if isinstance(form, GivenArticlesForm) else GivenArticlesForm.of(user, titles),
        given_titles=[titles[each] for each in sorted(user.scope or ())],
        acts=possible_acts(user, is_last_admin=is_last_admin),
        is_last_admin=is_last_admin,
        open_sessions=len(sessions.sessions_of(session, user)),
    )


def article_titles() -> dict[int, str]:
    """Return the titles of all articles by id, those offline first, then the latest."""
    return {article.id: article.title for article in db.session.scalars(all_articles())}
