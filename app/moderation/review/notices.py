"""What an editor answers to readers' notices, where nothing else follows from them."""

from typing import Self

from wtforms import HiddenField
from wtforms.validators import Regexp

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.forms import Form, Prose, Signs, required
from app.moderation.decisions import Stale
from app.testimonials.models import Testimonial
from app.testimonials.notices import Outcome, waiting_since

REOPEN = "Rouvrez le texte : cette page ne dit plus ce que vous avez lu."


class DismissForm(Form):
    """The answer, and what was read: the text at `revision`, the notices up to the one numbered `latest`."""

    answer = Prose(
        "Votre réponse",
        [required("Écrivez une phrase : elle dit pourquoi le témoignage reste tel quel."), Signs(most=1500)],
    )
    revision = HiddenField("Version lue", [Regexp(r"\A[0-9]{1,9}\Z", message=REOPEN)])
    latest = HiddenField("Signalement lu", [Regexp(r"\A[0-9]{1,9}\Z", message=REOPEN)])

    def about(self, testimonial: Testimonial) -> Self:
        """Say what is being read, before anyone has answered."""
        self.revision.data = str(testimonial.revision)
        self.latest.data = str(max((notice.id for notice in testimonial.notices), default=0))
        return self


def dismiss_open_notices(user: User, testimonial: Testimonial, *, revision: int, latest: int, answer: str) -> None:
    """Answer the open notices that were read: nothing follows from them; the text stays as it is.

    One that came meanwhile goes on waiting. Raises `Stale` if the text moved since, or a colleague has answered.
    """
    read = [notice for notice in testimonial.notices if notice.is_open and notice.id <= latest]
    if testimonial.revision != revision or not read:
        raise Stale(testimonial, answer)
    for notice in read:
        notice.handle(Outcome.DISMISSED, answer)
        event = AuditEvent.of(Kind.NOTICE_DISMISSED, Actor.editor(user.id), version_number=notice.version_number)
        testimonial.events.append(event)
    testimonial.noticed_at = waiting_since(testimonial.notices)
