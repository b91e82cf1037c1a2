"""The team's pages, for admins with a recent proof of identity: list, invitation, account."""

from collections.abc import Mapping
from typing import Any, Self

from flask import Blueprint, render_template, url_for
from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import Length, ValidationError

from app.accounts import queries, sessions, team
from app.accounts.gate import acting_admin, signed_in_admin
from app.accounts.models import Role, Scope, User
from app.accounts.team import TeamAct, possible_acts
from app.articles.queries import all_articles
from app.db import db
from app.forms import Address, Form, Line, choice, required
from app.web import ViewResult, commit_and_show

NAME_MISSING = "Indiquez le prénom et le nom : c’est ce que liront ses collègues."
MAX_NAME = Length(max=120, message="Ce nom est trop long : 120 signes suffisent.")
ROLE_CHOICES = [
    choice(Role.EDITOR.value, "Relire les textes"),
    choice(Role.ADMIN.value, "Relire les textes, gérer l’équipe et les réglages"),
]


class GivenArticlesForm(Form):
    """The articles that somebody edits: all, or those that are ticked."""

    extent = RadioField(
        "Les articles que cette personne relit",
        [required("Choisissez entre tous les articles et certains.")],
        choices=[choice("all", "Tous, ceux à venir compris"), choice("some", "Certains seulement")],
        default="all",
    )
    articles = SelectMultipleField("Lesquels ?")

    def __init__(self, articles: Mapping[int, str], **options: Any) -> None:
        super().__init__(**options)
        self.articles.choices = [choice(str(number), title) for number, title in articles.items()]

    @classmethod
    def of(cls, user: User, articles: Mapping[int, str]) -> Self:
        given = [] if user.scope is None else [str(each) for each in sorted(user.scope)]
        return cls(articles, formdata=None, data={"extent": "all" if user.scope is None else "some", "articles": given})

    @property
    def scope(self) -> Scope:
        """Return the ids of the articles. The form must be valid."""
        return None if self.extent.data == "all" else frozenset(int(each) for each in self.articles.data or [])

    def validate_articles(self, field: Field) -> None:
        if self.extent.data == "some" and not field.data:
            raise ValidationError("Cochez au moins un article, ou choisissez « Tous ».")
        if self.extent.data == "all" and field.data:
            raise ValidationError("Des articles sont cochés : choisissez « Certains seulement », ou décochez‑les.")


class InvitationForm(GivenArticlesForm):
    """Name, address, role and articles of a new editor."""

    name = Line("Prénom et nom", [required(NAME_MISSING), MAX_NAME])
    email = Address("Courriel professionnel", "Indiquez l’adresse où envoyer l’invitation.")
    role = RadioField(
        "Ce que fera cette personne", [required("Choisissez ce que fera cette personne.")], choices=ROLE_CHOICES
    )

    def validate_extent(self, field: Field) -> None:
        if self.role.data == Role.ADMIN.value and field.data == "some":
            raise ValidationError("L’administration relit tous les articles : choisissez « Tous », ou un autre rôle.")

    def validate_email(self, field: Field) -> None:
        if team.is_taken(db.session(), field.data or ""):
            raise ValidationError("Cette adresse a déjà un compte : retrouvez-le dans la liste de l’équipe.")


class ActForm(Form):
    """The act of the button pressed."""

    act = RadioField(
        "Ce que vous faites",
        [required("Choisissez ce que vous voulez faire.")],
        choices=[choice(act.value, act.label) for act in TeamAct],
    )


blueprint = Blueprint("team", __name__, url_prefix="/administration/equipe")


@blueprint.get("")
def editors() -> ViewResult:
    members = queries.team_members(db.session())
    return render_template("team/editors.html", team=members, me=signed_in_admin(), titles=article_titles())


@blueprint.route("/inviter", methods=["GET", "POST"])
def invitation() -> ViewResult:
    form = InvitationForm(article_titles())
    if not form.is_sent():
        return render_template("team/invitation.html", form=form), 422 if form.errors else 200
    by, role = acting_admin(), Role(form.role.data)
    team.invite(db.session(), by, email=form.email.data or "", name=form.name.data or "", role=role, scope=form.scope)
    return commit_and_show(url_for("team.editors"))


@blueprint.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
def editor(number: int) -> ViewResult:
    user, form = db.get_or_404(User, number), ActForm()
    if not form.is_sent():
        return editor_page(user, form), 422 if form.errors else 200
    team.perform_team_act(db.session(), acting_admin(), user, TeamAct(form.act.data))
    return commit_and_show(url_for("team.editor", number=number))


@blueprint.post("/<int(max=2147483647):number>/articles")
def articles(number: int) -> ViewResult:
    user, form = db.get_or_404(User, number), GivenArticlesForm(article_titles())
    if not form.is_sent():
        return editor_page(user, form), 422
    team.give_articles(db.session(), acting_admin(), user, form.scope)
    return commit_and_show(url_for("team.editor", number=number, _anchor="articles"))


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
