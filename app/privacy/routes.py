"""The page that tells people what becomes of what they send (GDPR, article 13)."""

from flask import Blueprint, current_app, render_template

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/vos-donnees")
def your_data() -> str:
    """Tell who answers for the data, why it is kept, for how long, and how to act on it."""
    return render_template(
        "privacy/your_data.html",
        operator=current_app.config["OPERATOR"],
        contact=current_app.config["CONTACT"],
    )
