"""The forms of the team's pages."""

from wtforms import Field, RadioField
from wtforms.validators import Length, ValidationError

from app.accounts import team
from app.accounts.models import Role
from app.accounts.team import TeamAct
from app.db import db
from app.forms import Address, Form, Line, choice, required

NAME_MISSING = "Indiquez le prénom et le nom : c’est ce que liront ses collègues."
MAX_NAME = Length(max=120, message="Ce nom est trop long : 120 signes suffisent.")
ROLE_CHOICES = [
    choice(Role.EDITOR.value, "Relire les textes"),
    choice(Role.ADMIN.value, "Relire les textes, gérer l’équipe et les réglages"),
]


class InvitationForm(Form):
    """Name, address and role of a new editor."""

    name = Line("Prénom et nom", [required(NAME_MISSING), MAX_NAME])
    email = Address("Courriel professionnel", "Indiquez l’adresse où envoyer l’invitation.")
    role = RadioField(
        "Ce que fera cette personne", [required("Choisissez ce que fera cette personne.")], choices=ROLE_CHOICES
    )

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
