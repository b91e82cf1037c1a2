"""Views of everything kept about an address: asked for by anyone, shown and erased by the link sent there."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.db import db, is_read_only, now
from app.forms import Address, Form
from app.links import PRIVATE_PAGE, one_button
from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import LASTING, OF_ASKING, kept_about, kinds_kept
from app.privacy.address.requests import AddressRequest, ask_for_data, by_address_link
from app.privacy.data_export import export_json
from app.testimonials import queries
from app.testimonials.draft import DRAFT
from app.tokens import Token
from app.web import ViewResult
from app.web.headers import keep_private

# In the page that asks: its address, and when its link ends, in seconds. A second press finds no request any more.
ASKED = Token("address-asked", claims=(str, int))

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
        is_erasable=bool(kinds - LASTING),
        texts=[(each, PRIVATE_PAGE.make(each.public_id, each.link_generation)) for each in texts],
        drafts=[(each, DRAFT.make(each["reference"])) for each in data["drafts"]],
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
    session, said_at = db.session(), url_for("address.erased")
    if not is_read_only() and Form().is_sent() and is_erased(session, request.form.get("asked", "")):
        return redirect(said_at, 303)
    asked = by_address_link(session, token)
    return one_button(
        "address/erase.html",
        asked.email,
        partial(erase_address, session),
        said_at=said_at,
        kept=partial(kept_about, session, asked.email),
        texts=lambda: session.scalars(queries.sent_from(asked.email)).all(),
        asked=ASKED.make(asked.email, int(asked.ends_at.timestamp())),
        token=token,
    )


def is_erased(session: Session, token: str) -> bool:
    """Whether all about the address of a page was erased, its requests too, before the page's link ended."""
    email, ends_at = ASKED.read(token)
    is_asked = session.scalar(select(AddressRequest.id).where(AddressRequest.email == email).limit(1))
    return ends_at > now().timestamp() and is_asked is None


@blueprint.get("/vos-donnees/mon-adresse/efface")
def erased() -> str:
    return render_template("address/erase.html", form=None, is_done=True)
