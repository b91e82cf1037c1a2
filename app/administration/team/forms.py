"""The forms of the team's pages."""

from collections.abc import Mapping
from typing import Any, Self

from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import Length, ValidationError

from app.accounts import team
from app.accounts.models import Role, Scope, User
from app.accounts.team import TeamAct
from app.db import db
from app.forms import Address, Form, Line, choice, required

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
