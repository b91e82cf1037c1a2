"""What becomes of what people send: the page that tells everyone, and everything kept, for its author alone."""

from flask import Blueprint, Response, after_this_request, current_app, render_template

from app.db import db
from app.privacy import access
from app.testimonials.links import behind
from app.testimonials.questions import WORDINGS
from app.testimonials.routes import keep_private

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/vos-donnees")
def your_data() -> str:
    """Tell who answers for the data, why it is kept, for how long, and how to act on it (GDPR, article 13)."""
    return render_template(
        "privacy/your_data.html",
        operator=current_app.config["OPERATOR"],
        contact=current_app.config["CONTACT"],
    )


@blueprint.get("/mon-temoignage/<token>/mes-donnees")
def my_data(token: str) -> str:
    """Show an author everything that is kept about them, to read or to print."""
    after_this_request(keep_private)
    kept = access.everything(db.session(), behind(token))
    return render_template("privacy/my_data.html", kept=kept, wordings=WORDINGS, token=token)


@blueprint.get("/mon-temoignage/<token>/mes-donnees.json")
def my_data_file(token: str) -> Response:
    """Give the same as a file, to take elsewhere."""
    after_this_request(keep_private)
    answer = Response(access.as_json(access.everything(db.session(), behind(token))), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename="mes-donnees.json")
    return answer
