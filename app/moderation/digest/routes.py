"""The page where an editor chooses how often to get a digest."""

from flask import Blueprint, render_template, request, url_for
from wtforms import RadioField

from app.accounts.gate import signed_in
from app.db import db
from app.forms import Form, choice, required
from app.moderation.digest import models as digests
from app.moderation.digest.models import Frequency
from app.web import ViewResult, commit_and_show

blueprint = Blueprint("digest", __name__, url_prefix="/moderation/courriels")


class FrequencyForm(Form):
    """The frequency of digests."""

    frequency = RadioField(
        "Quand vous écrire ?",
        [required("Choisissez une des quatre réponses.")],
        choices=[choice(frequency.value, frequency.label) for frequency in Frequency],
    )


@blueprint.route("", methods=["GET", "POST"])
def choose() -> ViewResult:
    session, user = db.session(), signed_in()
    form = FrequencyForm(data={"frequency": digests.chosen_frequency(session, user).value})
    if not form.is_sent():
        saved = "fait" in request.args and not form.errors
        return render_template("digest/choose.html", form=form, saved=saved), 422 if form.errors else 200
    digests.choose_frequency(session, user, Frequency(form.frequency.data))
    return commit_and_show(url_for("digest.choose", fait=1))
