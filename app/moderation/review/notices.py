"""Answering readers' notices: dismissed, a reply accepted or refused; where a passage that they quote stands.

A decision on the text closes them too (`testimonials.notices`).
"""

import re
from dataclasses import dataclass
from typing import Self

from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from app.accounts.gate import NotPermitted
from app.accounts.models import User
from app.accounts.queries import has_or_had
from app.audit import Actor, AuditEvent, Kind
from app.forms import Form, Length, Prose, choice, required
from app.moderation.decisions import Stale
from app.moderation.review.forms import known_number
from app.testimonials import mails
from app.testimonials.answered import names_on_page
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from app.testimonials.notices import Notice, Outcome, set_notice_clock
from app.testimonials.questions import EXAMINED

# The answers in which a passage is looked for.
SOUGHT_IN = frozenset({*EXAMINED, "author_role"})


class DismissForm(Form):
    """An answer to the notices that were read: the text at `revision`, the notices up to id `latest`."""

    answer = Prose(
        "Votre réponse",
        [required("Écrivez une phrase : elle dit pourquoi le texte reste tel quel."), Length(most=1500)],
    )
    revision = HiddenField("Version lue", [known_number])
    latest = HiddenField("Signalement lu", [known_number])

    def about(self, testimonial: Testimonial) -> Self:
        self.revision.data = str(testimonial.revision)
        self.latest.data = str(max((notice.id for notice in testimonial.notices), default=0))
        return self


def dismiss_open_notices(user: User, testimonial: Testimonial, *, revision: int, latest: int, answer: str) -> None:
    """Dismiss the open notices that were read, and leave the text unchanged.

    A newer notice stays open; so does a right of reply, which is answered by itself. Raises `Stale` if the revision
    changed, or a colleague has answered.
    """
    waiting = (notice for notice in testimonial.notices if notice.is_open and not notice.is_reply)
    read = [notice for notice in waiting if notice.id <= latest]
    if testimonial.revision != revision or not read:
        raise Stale(testimonial, answer)
    for notice in read:
        notice.handle(Outcome.DISMISSED, answer)
        event = AuditEvent.of(Kind.NOTICE_DISMISSED, Actor.editor(user.id), version_number=notice.version_number)
        testimonial.events.append(event)
    end_wait(user, testimonial)


def end_wait(user: User, testimonial: Testimonial) -> None:
    """Set the clock of the notices that are left; where none is, a hidden text is shown again."""
    set_notice_clock(testimonial)
    if testimonial.hidden_until is not None and testimonial.noticed_at is None:
        testimonial.perform(Action.UNHIDE, by=Actor.editor(user.id))
        testimonial.write_to_author(mails.UNHIDDEN)


class ReplyForm(Form):
    """Whether a reply is published under the text at `revision`; a refusal has its reasons (LCEN 1-1, III)."""

    outcome = RadioField(
        "Cette réponse",
        [required("Dites si cette réponse paraît.")],
        choices=[
            choice(Outcome.REPLY_ACCEPTED.value, "Paraît aussitôt sous le texte, signée de son nom"),
            choice(Outcome.REPLY_REFUSED.value, "Ne paraît pas"),
        ],
    )
    answer = Prose("Vos raisons", [Length(most=1500)])
    revision = HiddenField("Version lue", [known_number])

    def validate_answer(self, field: Prose) -> None:
        if self.outcome.data == Outcome.REPLY_REFUSED.value and not field.data:
            raise ValidationError("Dites pourquoi : la personne le lira, et peut saisir la justice.")


REPLY_EVENTS = {Outcome.REPLY_ACCEPTED: Kind.REPLY_ACCEPTED, Outcome.REPLY_REFUSED: Kind.REPLY_REFUSED}


def answer_right_of_reply(
    user: User, testimonial: Testimonial, notice: Notice, outcome: Outcome, *, revision: int, answer: str
) -> None:
    """Accept or refuse a reply, with the reasons; raise `Stale` if the text changed, or a colleague has answered."""
    if testimonial.revision != revision or not notice.is_open:
        raise Stale(testimonial, answer)
    if notice.email is not None and has_or_had(user, notice.email):
        raise NotPermitted
    notice.handle(outcome, answer)
    if notice.is_shown_reply:
        testimonial.replied_at = notice.handled_at
        testimonial.write_to_author(mails.REPLY_SHOWN)
    event = AuditEvent.of(REPLY_EVENTS[outcome], Actor.editor(user.id), version_number=notice.version_number)
    testimonial.events.append(event)
    end_wait(user, testimonial)


AROUND = 200  # signs of the text shown on either side of a passage


@dataclass(frozen=True)
class FoundPassage:
    """A passage in an answer of the text reported: the question, the passage, and the words around it."""

    question: str
    before: str
    words: str
    after: str


def found_passages(testimonial: Testimonial) -> dict[int, FoundPassage]:
    """Return, by the id of each notice, the passage that it quotes, where it stands word for word."""
    found = ((notice.id, found_passage(testimonial, notice)) for notice in testimonial.notices if notice.passage)
    return {number: place for number, place in found if place}


def found_passage(testimonial: Testimonial, notice: Notice) -> FoundPassage | None:
    """Find a passage as readers copy it: spaces, apostrophes, and guillemets around it do not count."""
    words = notice.passage.strip('\u00a0\u202f «»“”"').split()
    if not words:
        return None
    quoted = re.compile(r"\s+".join(re.escape(word).replace("'", "’").replace("’", "['’]") for word in words))
    version = testimonial.versions[notice.version_number - 1]
    for name, question in names_on_page(version).items():
        text = getattr(version, name) if name in SOUGHT_IN else ""
        if match := quoted.search(text):
            before, after = text[: match.start()][-AROUND:], text[match.end() :][:AROUND]
            cut = "…" if match.start() > AROUND else "", "…" if len(text) - match.end() > AROUND else ""
            return FoundPassage(question, cut[0] + before, match[0], after + cut[1])
    return None
