"""Easy-to-read pages: reading, reporting, writing, consent, data; `test_easy_read.py` holds the rules.

The rules: Inclusion Europe, « L’information pour tous » (2009). Their label is not claimed: it needs readers with
intellectual disabilities, and none has read these pages yet.
"""

from flask import Blueprint, render_template

blueprint = Blueprint("easy_read", __name__, url_prefix="/facile-a-lire")


@blueprint.get("")
def contents() -> str:
    return render_template("easy_read/contents.html")


@blueprint.get("/lire")
def reading() -> str:
    return render_template("easy_read/reading.html")


@blueprint.get("/signaler")
def reporting() -> str:
    return render_template("easy_read/reporting.html")


@blueprint.get("/ecrire")
def writing() -> str:
    return render_template("easy_read/writing.html")


@blueprint.get("/votre-accord")
def consent() -> str:
    """Show what yes and no mean for each purpose, and how to stop (GDPR, articles 7 and 12.1)."""
    return render_template("easy_read/consent.html")


@blueprint.get("/vos-donnees")
def data() -> str:
    """Show what is kept, how long and which rights there are (GDPR, articles 12.1 and 13)."""
    return render_template("easy_read/data.html")
