"""Mentions légales, the accessibility statement, and the resources."""

from flask import Blueprint, current_app, render_template

from app import french
from app.db import now
from app.privacy.pages.accessibility import conformity, is_expired
from app.privacy.pages.resources import resource_groups

blueprint = Blueprint("pages", __name__)


@blueprint.get("/mentions-legales")
def legal_notice() -> str:
    """Show who publishes, who directs and who hosts (LCEN, article 1-1, I); to admins, which settings are missing."""
    return render_template("pages/legal_notice.html", identity=current_app.config["IDENTITY"])


@blueprint.get("/accessibilite")
def accessibility() -> str:
    """Show the accessibility statement, in the parts of the RGAA's model (decree 2019-768, article 4)."""
    audit = current_app.config["ACCESSIBILITY_AUDIT"]
    return render_template(
        "pages/accessibility.html",
        publisher=current_app.config["IDENTITY"]["PUBLISHER"],
        audit=audit,
        is_expired=audit is not None and is_expired(audit, french.paris_time(now())),
    )


@blueprint.get("/ressources")
def resources() -> str:
    return render_template("pages/resources.html", groups=resource_groups())


@blueprint.app_template_global("accessibility")
def conformity_today() -> str:
    return conformity(current_app.config["ACCESSIBILITY_AUDIT"], french.paris_time(now()))
