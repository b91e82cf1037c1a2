"""Privacy pages: the data-protection notice, each author's data, and reporting a testimonial."""

import uuid

from flask import Blueprint, abort, after_this_request, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from app.antispam.honeypot import HoneypotForm
from app.articles.addresses import ArticleOffline
from app.articles.models import Article
from app.articles.sites import active_sites
from app.catalog import quotations_in_force as quotations
from app.catalog import visibility
from app.db import SAFE_METHODS, db, is_read_only
from app.forms import Form
from app.privacy import data_export, periods
from app.privacy.notices import NOTICE, NoticeForm, chosen_kind, notice_by_key, report_testimonial
from app.testimonials.models import Testimonial
from app.testimonials.notices import NoticeKind
from app.testimonials.private_page.history import SENTENCES_TO_AUTHOR
from app.testimonials.private_page.links import by_private_link
from app.testimonials.questions import MORE
from app.tokens import LinkRefused
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


@blueprint.route("/temoignages/<public_id>/signaler", methods=["GET", "POST"])
def notice(public_id: str) -> ViewResult:
    """Report a published testimonial, in two steps: its kind, then the form of that kind; no account is needed."""
    after_this_request(keep_private)
    testimonial, kind = visible_or_404(public_id), chosen_kind()
    if kind is None or testimonial.shown is None:
        status = 200 if request.method in SAFE_METHODS else 422
        return render_template("privacy/notice_kind.html", testimonial=testimonial, kinds=list(NoticeKind)), status
    form = NoticeForm(kind, testimonial.shown)
    if request.method in SAFE_METHODS:
        form.key.data = str(uuid.uuid4())
    if not form.is_sent():
        return notice_page(testimonial, form), 422 if form.errors else 200
    sender, key = HoneypotForm(), form.key.data or ""
    if sender.must_be_asked(key):
        return notice_page(testimonial, form, doubt=True), 422
    stored = report_testimonial(db.session(), testimonial, form.notice(testimonial, sender.signs(key)))
    return commit_and_show(NOTICE.url(stored.key))


@blueprint.get("/signalement/<token>")
def notice_received(token: str) -> ViewResult:
    """Show the reader a receipt of their notice, and the next steps."""
    after_this_request(keep_private)
    stored = notice_by_key(db.session(), *NOTICE.read(token))
    if stored is None:
        raise LinkRefused
    reported = db.session.get_one(Testimonial, stored.testimonial_id)
    read = reported.about or reported  # an answer has no page: it is read below its testimonial
    return render_template("privacy/notice_received.html", notice=stored, public_id=read.public_id)


def visible_or_404(public_id: str) -> Testimonial:
    """Return a visible testimonial or answer, locked unless the request reads; 410 once removed, 404 if unknown.

    So it is if its article is offline. The lock makes the reported version the shown one.
    """
    readable = visibility.visible(), visibility.visible_answers(outlet=visibility.Outlet.PAGE)
    online = Testimonial.public_id == public_id, Testimonial.article.has(Article.is_public)
    shown = (each.where(*online) for each in readable)
    locked = (each if is_read_only() else each.with_for_update(of=Testimonial) for each in shown)
    testimonial = next((found for each in locked if (found := db.session.scalar(each))), None)
    if testimonial is None and visibility.is_offline(db.session(), public_id):
        raise ArticleOffline
    if testimonial is None and visibility.is_hidden(db.session(), public_id):
        raise visibility.TestimonialHidden
    if testimonial is None:
        abort(410 if visibility.is_gone(db.session(), public_id) else 404)
    return testimonial


def notice_page(testimonial: Testimonial, form: NoticeForm, *, doubt: bool = False) -> str:
    sender = HoneypotForm.of(form.key.data or "")
    return render_template("privacy/notice.html", testimonial=testimonial, form=form, sender=sender, doubt=doubt)
