"""/.well-known/security.txt (RFC 9116): the contact for vulnerability reports."""

from datetime import timedelta

from flask import Blueprint, Response, current_app

from app.db import now

blueprint = Blueprint("disclosure", __name__)

# RFC 9116, 2.5.5: less than a year ahead. Computed, so that it never lapses while the platform runs.
VALID = timedelta(days=180)


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    lines = {
        "Contact": f"mailto:{current_app.config['CONTACT']}",
        "Expires": (now() + VALID).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "Preferred-Languages": "fr, en",
        "Canonical": f"{current_app.config['PUBLIC_URL']}/.well-known/security.txt",
    }
    return Response("".join(f"{name}: {value}\n" for name, value in lines.items()), mimetype="text/plain")
