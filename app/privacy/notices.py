"""Reporting a published testimonial: the form, and storing a notice once however often it is sent."""

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import request
from sqlalchemy import Table, case, func, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import UUID, Optional, ValidationError

from app import french
from app.antispam.signals import Sign
from app.audit import READER, AuditEvent, Kind
from app.db import insert_once
from app.forms import Address, Form, Length, Line, Prose, required
from app.links import Link
from app.mail import outbox
from app.testimonials import mails
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.questions import PROSE
from app.testimonials.versions import Version

# The receipt of a notice, by the notice's key.
NOTICE = Link("notice", "privacy.notice_received")
KIND_FIELD = "motif"  # the parameter, and the field, that say the kind
# Décret 2007-1527, article 3: a reply is at most as long as the message it answers, and 200 lines.
MAX_REPLY_LINES = 200
PASSAGE_MISSING = "Copiez ici le passage auquel vous répondez : la loi demande de le nommer."
GOOD_FAITH = "Je crois, de bonne foi, que ce que j’écris ici est exact et complet"


def chosen_kind() -> NoticeKind | None:
    named = request.values.get(KIND_FIELD, "")
    return NoticeKind(named) if named in {*NoticeKind} else None


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

    def __init__(self, kind: NoticeKind, version: Version) -> None:
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

    def notice(self, testimonial: Testimonial, signs: Iterable[Sign]) -> Notice:
        """Return a notice of the shown version.

        The same page sent again with the same words has the same key; with other words, it is another notice.
        """
        typed = {name: self[name].data or "" for name in ("passage", "words", "reply", "name", "email") if name in self}
        content = (testimonial.public_id, self.kind.value, *typed.values())
        assert testimonial.shown_number is not None  # noqa: S101  # only what is shown is reported; narrows the type
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


def message_length(version: Version) -> int:
    """Return the length of the message that a reply answers, in signs: the author's words that readers see."""
    return sum(len(words) for words in (version.title, *(getattr(version, name) for name in PROSE)))


def report_testimonial(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a notice and return it, or the one that an identical submission has stored."""
    find, store = partial(notice_by_key, session, notice.key), partial(store_notice, session, testimonial, notice)
    return insert_once(session, find, store)[0]


def store_notice(session: Session, testimonial: Testimonial, notice: Notice) -> Notice:
    """Store a new notice, with its event, and the e-mail that acknowledges it if there is an address.

    Anyone may report: the notice must not change the testimonial's `revision`, or strangers could make editors' forms
    stale. Hence an UPDATE of its own, beside the mapped object.
    """
    session.add(notice)
    session.flush()
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    clock = {
        "noticed_at": func.coalesce(table.c.noticed_at, notice.at),
        "notice_due_at": case((table.c.notice_due_at < notice.due_at, table.c.notice_due_at), else_=notice.due_at),
    }
    session.execute(table.update().where(table.c.id == testimonial.id).values(clock))
    session.refresh(testimonial, [*clock, "notices"])
    # The kind outlives the text, for the journal: by itself, it identifies nobody.
    number, kind = notice.version_number, notice.kind.value
    testimonial.events.append(AuditEvent.of(Kind.NOTICED, READER, version_number=number, reason=kind))
    if notice.email is not None:
        # Nobody has shown that the address is theirs: the e-mail has no word that was typed, but the receipt's link.
        due, message = french.paris_time(notice.due_at).isoformat(), mails.NOTICE_RECEIVED
        facts: dict[str, Any] = {"notice": notice.key, "due": due, "is_reply": notice.is_reply}
        outbox.enqueue(session, message, to=notice.email, about=testimonial.id, **facts)
    session.flush()
    return notice


def notice_by_key(session: Session, key: str) -> Notice | None:
    return session.scalar(select(Notice).where(Notice.key == key))
