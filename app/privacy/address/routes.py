"""Views of everything kept about an address: asked for by anyone, shown and erased by the link sent there."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.db import db, scrub_wal
from app.forms import Address, Form
from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import ERASABLE, OF_ASKING, kept_about, kinds_kept
from app.privacy.address.requests import ask_for_data, by_address_link
from app.privacy.data_export import export_json
from app.testimonials import queries
from app.tokens import sign_draft_link, sign_private_link
from app.web import ViewResult
from app.web.headers import keep_private

blueprint = Blueprint("address", __name__)
blueprint.after_request(keep_private)


class AddressForm(Form):
    """The address to which the link goes."""

    email = Address("Votre courriel", "Indiquez le courriel dont vous voulez voir les données.")


@blueprint.route("/vos-donnees/mon-adresse", methods=["GET", "POST"])
def ask() -> ViewResult:
    """Write to an address; the page answers the same for a known and an unknown one (decision 0016)."""
    form = AddressForm()
    if not form.is_sent():
        return render_template("address/ask.html", form=form, sent=False), 422 if form.errors else 200
    ask_for_data(db.session(), form.email.data or "")
    db.session.commit()
    return render_template("address/ask.html", form=form, sent=True)


@blueprint.get("/vos-donnees/mon-adresse/<token>")
def kept(token: str) -> str:
    """Show all that is kept (GDPR, article 15), with the links of its owner's texts and drafts."""
    asked = by_address_link(db.session(), token)
    data = kept_about(db.session(), asked.email)
    kinds, texts = kinds_kept(data), db.session.scalars(queries.sent_from(asked.email)).all()
    return render_template(
        "address/kept.html",
        asked=asked,
        data=data,
        is_kept=bool(kinds - OF_ASKING),
        is_erasable=bool(kinds & ERASABLE),
        texts=[(each, sign_private_link(each.public_id, each.link_generation)) for each in texts],
        drafts=[(each, sign_draft_link(each["reference"])) for each in data["drafts"]],
        token=token,
    )


@blueprint.get("/vos-donnees/mon-adresse/<token>/mes-donnees.json")
def kept_file(token: str) -> Response:
    """Return the same as a file that another program can read (GDPR, article 20)."""
    data = kept_about(db.session(), by_address_link(db.session(), token).email)
    response = Response(export_json(data), mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename="mes-donnees.json")
    return response


@blueprint.route("/vos-donnees/mon-adresse/<token>/effacer", methods=["GET", "POST"])
def erase(token: str) -> ViewResult:
    """Say what will go and what stays, then erase it all (GDPR, article 17)."""
    asked, form = by_address_link(db.session(), token), Form()
    if not form.is_sent():
        data = kept_about(db.session(), asked.email)
        texts = db.session.scalars(queries.sent_from(asked.email)).all()
        page = render_template("address/erase.html", data=data, texts=texts, token=token, form=form)
        return page, 422 if form.errors else 200
    erase_address(db.session(), asked.email)
    db.session.commit()
    scrub_wal()
    return redirect(url_for("address.erased"), 303)


@blueprint.get("/vos-donnees/mon-adresse/efface")
def erased() -> str:
    return render_template("address/erased.html")
