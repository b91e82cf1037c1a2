"""Reporting a published testimonial over HTTP: its kind, the form of that kind, the receipt."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import UUID, Optional, ValidationError

from app import french
from app.antispam.honeypot import HoneypotForm
from app.antispam.signals import Sign
from app.catalog.visibility import readable_text
from app.db import SAFE_METHODS, db
from app.features.notices.acts import notice_by_key, page_reported, report_testimonial
from app.forms import Address, Form, Length, Line, Prose, required
from app.links import Link
from app.publication.not_found import gone_or_404
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.questions import PROSE
from app.tokens import LinkRefused
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_private

# The receipt of a notice, by the notice's key.
NOTICE = Link("notice", "notices.received")
# Décret 2007-1527, article 3: a reply is at most as long as the message it answers, and 200 lines.
MAX_REPLY_LINES = 200
PASSAGE_MISSING = "Copiez ici le passage auquel vous répondez : la loi demande de le nommer."
GOOD_FAITH = "Je crois, de bonne foi, que ce que j’écris ici est exact et complet"


class NoticeForm(Form):
    """What a notice says (DSA, article 16.2): reasons, passage, name, address, good faith; and a reply, of one kind."""

    passage = Prose("Le passage exact", [Optional(), Length(most=1000)])
    words = Prose("Vos raisons", [required("Dites en quelques mots ce qui ne va pas, et pourquoi."), Length(most=1500)])
    reply = Prose("Votre réponse, telle qu’elle paraîtrait")
    name = Line("Votre prénom et votre nom", [required("Écrivez votre prénom et votre nom."), Length(most=120)])
    email = Address("Votre courriel", "Écrivez votre courriel : c’est là que nous vous répondons.")
    in_good_faith = BooleanField(
        GOOD_FAITH, [required("Cochez cette case, si vous le pouvez : un signalement se fait de bonne foi.")]
    )
    key = HiddenField(validators=[required("Rechargez la page pour recommencer."), UUID(message="Rechargez la page.")])

    def __init__(self, kind: NoticeKind, version: Any) -> None:
        super().__init__()
        self.kind, self.most = kind, message_length(version)
        if kind is NoticeKind.NAMED:
            # Décret 2007-1527, article 2: a request names the passages that it contests.
            self.passage.validators = [required(PASSAGE_MISSING), *self.passage.validators[1:]]
            self.passage.flags.optional = False
            self.reply.validators = [required("Écrivez la réponse que vous voulez voir publiée."), self.fits]
        else:
            del self.reply
        if kind is NoticeKind.ILLEGAL:
            # DSA, article 16.2.c: a notice of some of these offences needs no name and no address.
            for field in (self.name, self.email):
                field.validators = [Optional(), *field.validators[1:]]
                field.flags.optional = True

    def fits(self, _form: object, field: Field) -> None:
        """Refuse a reply longer than the message that it answers, or than two hundred lines."""
        excess = len(field.data) - self.most
        if excess > 0:
            raise ValidationError(
                f"Votre réponse est plus longue que le texte, ce que la loi ne permet pas : "
                f"retirez\u2011en {french.count(excess, 'signe', 'signes')}."
            )
        if len(field.data.splitlines()) > MAX_REPLY_LINES:
            raise ValidationError(f"Votre réponse dépasse {MAX_REPLY_LINES} lignes : resserrez-la.")

    def notice(self, testimonial: Any, signs: Iterable[Sign]) -> Notice:
        """Return a notice of the shown version.

        The same page sent again with the same words has the same key; with other words, it is another notice.
        """
        typed = {name: self[name].data or "" for name in ("passage", "words", "reply", "name", "email") if name in self}
        content = (testimonial.public_id, self.kind.value, *typed.values())
        return Notice(
            testimonial_id=testimonial.id,
            key=str(uuid.uuid5(uuid.UUID(self.key.data), "\0".join(content))),
            kind=self.kind,
            **typed | {"name": typed["name"] or None, "email": typed["email"] or None},
            in_good_faith=bool(self.in_good_faith.data),
            signs=sorted(signs),
            version_number=testimonial.shown_number,
            digest=testimonial.shown_digest or "",
        )


def message_length(version: Any) -> int:
    """Return the length of the message that a reply answers, in signs: the author's words that readers see."""
    return sum(len(words) for words in (version.title, *(getattr(version, name) for name in PROSE)))


blueprint = Blueprint("notices", __name__)
blueprint.after_request(keep_private)


@blueprint.route("/temoignages/<public_id>/signaler", methods=["GET", "POST"])
def report(public_id: str) -> ViewResult:
    """Report a published testimonial, in two steps: its kind, then the form of that kind; no account is needed."""
    testimonial = readable_text(db.session(), public_id)
    if testimonial is None:
        gone_or_404(db.session(), public_id, knows_answers=True)
    named = request.values.get("motif", "")  # a parameter, then a field
    if named not in {*NoticeKind} or testimonial.shown is None:
        status = 200 if request.method in SAFE_METHODS else 422
        return render_template("notices/choose_kind.html", testimonial=testimonial, kinds=list(NoticeKind)), status
    form = NoticeForm(NoticeKind(named), testimonial.shown)
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
def received(token: str) -> ViewResult:
    """Show the reader a receipt of their notice, and the next steps."""
    stored = notice_by_key(db.session(), *NOTICE.read(token))
    if stored is None:
        raise LinkRefused
    return render_template("notices/received.html", notice=stored, public_id=page_reported(db.session(), stored))


def notice_page(testimonial: Any, form: NoticeForm, *, doubt: bool = False) -> str:
    sender = HoneypotForm.of(form.key.data or "")
    return render_template("notices/report.html", testimonial=testimonial, form=form, sender=sender, doubt=doubt)
