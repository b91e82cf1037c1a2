"""Privacy pages: the data-protection notice, each author's data, an objection to being quoted."""

from flask import Blueprint, after_this_request, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from app.articles.sites import active_sites
from app.catalog import quotations_in_force as quotations
from app.db import db
from app.forms import Form
from app.privacy import data_export, periods
from app.testimonials.private_page.history import SENTENCES_TO_AUTHOR
from app.testimonials.private_page.links import by_private_link
from app.testimonials.questions import MORE
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_private

blueprint = Blueprint("privacy", __name__)
blueprint.add_app_template_global(quotations.quotations_in_force)


@blueprint.get("/vos-donnees")
def your_data() -> str:
    """Show the controller, purposes, periods and rights (GDPR, article 13)."""
    return render_template(
        "privacy/your_data.html",
        operator=current_app.config["DATA_CONTROLLER"],
        contact=current_app.config["CONTACT"],
        periods=periods.table_of_periods(),
        sites=active_sites(db.session()),
    )


@blueprint.get("/mon-temoignage/<token>/mes-donnees")
def my_data(token: str) -> str:
    after_this_request(keep_private)
    testimonial = by_private_link(token)
    return render_template(
        "privacy/my_data.html",
        data=data_export.export_data(db.session(), testimonial),
        call=testimonial.article.call,
        more=MORE,
        sentences=SENTENCES_TO_AUTHOR,
        token=token,
    )


@blueprint.get("/mon-temoignage/<token>/mes-donnees.json")
def my_data_file(token: str) -> Response:
    after_this_request(keep_private)
    data = data_export.export_data(db.session(), by_private_link(token))
    response = Response(data_export.export_json(data), mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename="mes-donnees.json")
    return response


@blueprint.post("/mon-temoignage/<token>/citation")
def object_to_quotation(token: str) -> ViewResult:
    """Have words of a text cease to be quoted at once, as its author wishes, until an editor answers."""
    testimonial = by_private_link(token)
    if Form().is_sent():
        quotations.object_to_quotation(db.session(), testimonial, request.form.get("words", ""))
    return commit_and_show(url_for("private_page.private", token=token))
