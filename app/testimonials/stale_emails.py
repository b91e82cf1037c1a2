"""What an e-mail announces to an author, and so until when it is true: one that no longer is does not leave."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.mail import outbox
from app.mail.messages import Message
from app.testimonials.lifecycle import REVERSIBLE, Action, Status

# E-mails that say where a text stands, and where it must stand for them to be true. Those that acknowledge what an
# author has just done are no part of them: they leave at once, and stay the receipt of it.
TRUE_IN: Mapping[Message, frozenset[Status]] = {
    Message.CONFIRM_REMINDER: frozenset({Status.UNCONFIRMED}),
    Message.CHANGES_REQUESTED: frozenset({Status.CHANGES_REQUESTED}),
    Message.CHANGES_REMINDER: frozenset({Status.CHANGES_REQUESTED}),
    Message.REQUEST_CANCELLED: frozenset({Status.PENDING}),
    Message.PROOF_SENT: frozenset({Status.PROOF_SENT}),
    Message.PROOF_REMINDER: frozenset({Status.PROOF_SENT}),
    Message.PROOF_RECALLED: frozenset({Status.PENDING}),
    # A correction is owed to its author as long as the text may appear with it.
    Message.EDITED: frozenset({Status.PENDING, Status.CHANGES_REQUESTED, Status.PROOF_SENT, Status.PUBLISHED}),
    Message.PUBLISHED: frozenset({Status.PUBLISHED}),
    Message.SET_ASIDE: frozenset({Status.PUBLISHED}),
    Message.RENEWAL: frozenset({Status.PUBLISHED}),
    Message.EXPIRED: frozenset({Status.UNPUBLISHED}),
    Message.UNPUBLISHED: frozenset({Status.UNPUBLISHED}),
    Message.DECLINED: frozenset({Status.DECLINED}),
    Message.KEPT_INTERNAL: frozenset({Status.INTERNAL}),
}

# What an act makes untrue without moving the text: another version is shown, or for longer.
ENDED_BY: Mapping[Action, Message] = {Action.PUBLISH: Message.SET_ASIDE, Action.RENEW: Message.RENEWAL}


def untrue(status: Status, action: Action) -> list[Message]:
    """Return what is not true of a text that an act has brought to a status, or left in it."""
    return [message for message, true_in in TRUE_IN.items() if status not in true_in or ENDED_BY.get(action) is message]


def correct(session: Session | None, testimonial_id: int, status: Status, action: Action) -> None:
    """Drop the e-mails that an act has made untrue before they left.

    A decision that can be taken back, and taking it back, see to it with its own e-mail, which is held as long.
    """
    if session is not None and action not in {*REVERSIBLE, Action.TAKE_BACK}:
        outbox.drop_unsent(session, testimonial_id, untrue(status, action))
