"""Admins' pages: the letters that have not left, and sending them again."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.access import administrator
from app.administration import dead_letters
from app.administration.forms import ReviveForm
from app.db import db
from app.mail import outbox

blueprint = Blueprint("administration", __name__, url_prefix="/administration")

Page = str | tuple[str, int] | Response


@blueprint.get("/courriels")
def letters() -> Page:
    """Show the letters that were given up, and those that are refused for now."""
    administrator()
    return letters_page(ReviveForm(formdata=None))


@blueprint.post("/courriels/<int(max=2147483647):letter_id>/renvoyer")
def send_again(letter_id: int) -> Page:
    """Send one again; a second click finds it done."""
    admin, form = administrator(), ReviveForm()
    if not form.is_sent():
        return letters_page(form), 422
    dead_letters.send_again(db.session(), admin, db.session.scalars(dead_letters.given_up(letter_id)))
    db.session.commit()
    return redirect(url_for("administration.letters"), 303)


@blueprint.post("/courriels/renvoyer")
def send_all_again() -> Page:
    """Send again all that were given up, as on the day after a mail server's bad one."""
    admin, form = administrator(), ReviveForm()
    if not form.is_sent():
        return letters_page(form), 422
    dead_letters.send_again(db.session(), admin, db.session.scalars(outbox.dead().with_for_update()))
    db.session.commit()
    return redirect(url_for("administration.letters"), 303)


def letters_page(form: ReviveForm) -> str:
    """Return the page of letters that have not left."""
    return render_template(
        "administration/letters.html",
        form=form,
        dead=dead_letters.pile(db.session(), outbox.dead()),
        refused=dead_letters.pile(db.session(), outbox.refused()),
        why=dead_letters.why,
    )
