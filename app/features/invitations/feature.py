"""Invitations: organisations that admins ask to testify beside an article."""

from sqlalchemy.orm import Session

from app.feature import Feature
from app.features.invitations import author_routes, desk_routes, mails
from app.features.invitations.models import KEPT, Invitation, record_answers
from app.kept import Act
from app.privacy.data_export import ExportedData, copied


def export_invitation(_session: Session, invitation: Invitation) -> ExportedData:
    return {
        "article": invitation.article.title,
        **copied(invitation, "organisation", "department_code", "invited_at", "reminded_at", "answered_at"),
    }


FEATURE = Feature(
    blueprints=[author_routes.blueprint, desk_routes.blueprint],
    mails=mails,
    periods={"Quand nous vous écrivons": [KEPT]},
    of_address={"invitations": (KEPT, export_invitation)},
    letters=[Act("organisations reminded", "rappel à des organisations invitées", mails.remind_organisations)],
    on_change=record_answers,
)
