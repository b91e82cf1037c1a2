"""Dismissing readers' notices with an answer; a decision on the text closes them too (`testimonials.notices`)."""

from typing import Self

from wtforms import HiddenField

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.forms import Form, Prose, Signs, required
from app.mail.messages import Message
from app.moderation.decisions import Stale
from app.moderation.review.forms import known_number
from app.testimonials.lifecycle import Action
from app.testimonials.models import Testimonial
from app.testimonials.notices import Outcome, waiting_since


class DismissForm(Form):
    """An answer to the notices that were read: the text at `revision`, the notices up to id `latest`."""

    answer = Prose(
        "Votre réponse",
        [required("Écrivez une phrase : elle dit pourquoi le témoignage reste tel quel."), Signs(most=1500)],
    )
    revision = HiddenField("Version lue", [known_number])
    latest = HiddenField("Signalement lu", [known_number])

    def about(self, testimonial: Testimonial) -> Self:
        self.revision.data = str(testimonial.revision)
        self.latest.data = str(max((notice.id for notice in testimonial.notices), default=0))
        return self


def dismiss_open_notices(user: User, testimonial: Testimonial, *, revision: int, latest: int, answer: str) -> None:
    """Dismiss the open notices that were read, and leave the text unchanged.

    A newer notice stays open; where none is, a hidden text is shown again. Raises `Stale` if the revision changed, or a
    colleague has answered.
    """
    read = [notice for notice in testimonial.notices if notice.is_open and notice.id <= latest]
    if testimonial.revision != revision or not read:
        raise Stale(testimonial, answer)
    for notice in read:
        notice.handle(Outcome.DISMISSED, answer)
        event = AuditEvent.of(Kind.NOTICE_DISMISSED, Actor.editor(user.id), version_number=notice.version_number)
        testimonial.events.append(event)
    testimonial.noticed_at = waiting_since(testimonial.notices)
    if testimonial.hidden_until is not None and testimonial.noticed_at is None:
        testimonial.perform(Action.UNHIDE, by=Actor.editor(user.id))
        testimonial.write_to_author(Message.UNHIDDEN)
