"""Mentions légales; the accessibility statement (RGAA); whom to call and whom to ask, of `content/resources.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from flask import Blueprint, current_app, render_template

from app import french
from app.db import now
from config import ALL_CRITERIA, ROOT, AccessibilityAudit

blueprint = Blueprint("pages", __name__)

# Law 2005-102 of 11 February 2005, article 47; decree 2019-768 of 24 July 2019, articles 4 and 5; order of 20 September
# 2019 (RGAA 4.1).
AUDIT_VALIDITY = 3  # years; then the statement must be drawn up again (RGAA, « Validité de la déclaration »)
LEAST_PARTIAL = 50  # per cent of the criteria


def conformity(audit: AccessibilityAudit | None, today: date) -> str:
    """Return the state in the RGAA's words, which the home page must say: without a valid audit, « non conforme »."""
    if audit is None or is_expired(audit, today) or audit.rate < LEAST_PARTIAL:
        return "non conforme"
    return "totalement conforme" if audit.rate == ALL_CRITERIA else "partiellement conforme"


def is_expired(audit: AccessibilityAudit, today: date) -> bool:
    return (today.year - AUDIT_VALIDITY, today.month, today.day) >= (audit.day.year, audit.day.month, audit.day.day)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A number or an organisation; `source` and `checked` say where and when the facts were read."""

    name: str
    about: str
    source: str
    checked: str  # a month
    site: str = ""
    call: str = ""
    text: str = ""  # a number to send a message to


@cache
def resource_groups() -> Mapping[str, Sequence[Resource]]:
    """Return the resources, by the heading that they stand under."""
    groups = tomllib.loads((ROOT / "content" / "resources.toml").read_text(encoding="utf-8"))["groups"]
    return {each["title"]: [Resource(**entry) for entry in each["entries"]] for each in groups}


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
