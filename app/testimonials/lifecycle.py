"""A testimonial's life: its statuses, the acts that move it, and the one table that says which may follow which.

Pure: this module imports the standard library alone, so that it can be read, drawn and tested by itself.
An act that one may do from anywhere may come from every status in which it still has something to do: one does not
withdraw what is withdrawn, nor erase what is erased.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Self


class Status(StrEnum):
    """Where a testimonial stands."""

    UNCONFIRMED = "unconfirmed", "à confirmer"
    PENDING = "pending", "à relire"
    CHANGES_REQUESTED = "changes_requested", "corrections demandées"
    PROOF_SENT = "proof_sent", "bon à tirer envoyé"
    PUBLISHED = "published", "publié"
    INTERNAL = "internal", "usage interne"
    DECLINED = "declined", "refusé"
    UNPUBLISHED = "unpublished", "dépublié"
    WITHDRAWN = "withdrawn", "retiré par l’auteur·e"
    ERASED = "erased", "effacé"

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member of a value and its label."""
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member


class Action(StrEnum):
    """What someone, or the clock, does to a testimonial."""

    CONFIRM = "confirm"
    AMEND = "amend"
    REQUEST_CHANGES = "request_changes"
    CANCEL_REQUEST = "cancel_request"
    SEND_PROOF = "send_proof"
    RECALL_PROOF = "recall_proof"
    SIGN_PROOF = "sign_proof"
    PUBLISH = "publish"
    SET_ASIDE = "set_aside"
    KEEP_INTERNAL = "keep_internal"
    DECLINE = "decline"
    UNPUBLISH = "unpublish"
    EXPIRE = "expire"
    RENEW = "renew"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CONSENT_AGAIN = "consent_again"
    ERASE = "erase"
    TAKE_BACK = "take_back"


class Party(StrEnum):
    """Who may act on a testimonial at all."""

    AUTHOR = "author"
    EDITOR = "editor"
    CLOCK = "clock"


class TransitionRefused(Exception):
    """The act does not exist from the status the testimonial is in."""

    def __init__(self, status: Status, action: Action) -> None:
        super().__init__(f"cannot {action} what is {status}")
        self.status = status
        self.action = action


PARTIES: Mapping[Action, frozenset[Party]] = MappingProxyType(
    {
        Action.CONFIRM: frozenset({Party.AUTHOR}),
        Action.AMEND: frozenset({Party.AUTHOR}),
        Action.REQUEST_CHANGES: frozenset({Party.EDITOR}),
        Action.CANCEL_REQUEST: frozenset({Party.EDITOR}),
        Action.SEND_PROOF: frozenset({Party.EDITOR}),
        Action.RECALL_PROOF: frozenset({Party.EDITOR}),
        Action.SIGN_PROOF: frozenset({Party.AUTHOR}),
        Action.PUBLISH: frozenset({Party.EDITOR}),
        Action.SET_ASIDE: frozenset({Party.EDITOR}),
        Action.KEEP_INTERNAL: frozenset({Party.EDITOR}),
        Action.DECLINE: frozenset({Party.EDITOR}),
        Action.UNPUBLISH: frozenset({Party.EDITOR}),
        Action.EXPIRE: frozenset({Party.CLOCK}),
        Action.RENEW: frozenset({Party.AUTHOR}),
        Action.REOPEN: frozenset({Party.EDITOR}),
        Action.WITHDRAW: frozenset({Party.AUTHOR}),
        Action.CONSENT_AGAIN: frozenset({Party.AUTHOR}),
        Action.ERASE: frozenset({Party.AUTHOR, Party.CLOCK}),
        Action.TAKE_BACK: frozenset({Party.EDITOR}),
    }
)

TRANSITIONS: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        (Status.UNCONFIRMED, Action.CONFIRM): Status.PENDING,
        (Status.UNCONFIRMED, Action.AMEND): Status.UNCONFIRMED,
        (Status.PENDING, Action.AMEND): Status.PENDING,
        (Status.CHANGES_REQUESTED, Action.AMEND): Status.PENDING,
        (Status.PROOF_SENT, Action.AMEND): Status.PENDING,
        (Status.PUBLISHED, Action.AMEND): Status.PUBLISHED,
        (Status.PENDING, Action.REQUEST_CHANGES): Status.CHANGES_REQUESTED,
        (Status.CHANGES_REQUESTED, Action.CANCEL_REQUEST): Status.PENDING,
        (Status.PENDING, Action.SEND_PROOF): Status.PROOF_SENT,
        (Status.PROOF_SENT, Action.RECALL_PROOF): Status.PENDING,
        (Status.PROOF_SENT, Action.SIGN_PROOF): Status.PUBLISHED,
        (Status.PENDING, Action.PUBLISH): Status.PUBLISHED,
        (Status.PUBLISHED, Action.PUBLISH): Status.PUBLISHED,
        (Status.PUBLISHED, Action.SET_ASIDE): Status.PUBLISHED,
        (Status.PENDING, Action.KEEP_INTERNAL): Status.INTERNAL,
        (Status.UNCONFIRMED, Action.DECLINE): Status.DECLINED,
        (Status.PENDING, Action.DECLINE): Status.DECLINED,
        (Status.PUBLISHED, Action.UNPUBLISH): Status.UNPUBLISHED,
        (Status.PUBLISHED, Action.EXPIRE): Status.UNPUBLISHED,
        (Status.PUBLISHED, Action.RENEW): Status.PUBLISHED,
        (Status.DECLINED, Action.REOPEN): Status.PENDING,
        (Status.INTERNAL, Action.REOPEN): Status.PENDING,
        (Status.UNPUBLISHED, Action.REOPEN): Status.PENDING,
        (Status.UNCONFIRMED, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.PENDING, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.CHANGES_REQUESTED, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.PROOF_SENT, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.PUBLISHED, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.INTERNAL, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.DECLINED, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.UNPUBLISHED, Action.WITHDRAW): Status.WITHDRAWN,
        (Status.WITHDRAWN, Action.CONSENT_AGAIN): Status.PENDING,
        (Status.INTERNAL, Action.CONSENT_AGAIN): Status.PENDING,
        (Status.UNCONFIRMED, Action.ERASE): Status.ERASED,
        (Status.PENDING, Action.ERASE): Status.ERASED,
        (Status.CHANGES_REQUESTED, Action.ERASE): Status.ERASED,
        (Status.PROOF_SENT, Action.ERASE): Status.ERASED,
        (Status.PUBLISHED, Action.ERASE): Status.ERASED,
        (Status.INTERNAL, Action.ERASE): Status.ERASED,
        (Status.DECLINED, Action.ERASE): Status.ERASED,
        (Status.UNPUBLISHED, Action.ERASE): Status.ERASED,
        (Status.WITHDRAWN, Action.ERASE): Status.ERASED,
    }
)

# Where a testimonial waits for its author, who is asked to answer by a day.
AWAITING_REPLY = frozenset({Status.CHANGES_REQUESTED, Status.PROOF_SENT})

# Where nothing is left for editors to read.
GONE = frozenset({Status.WITHDRAWN, Status.ERASED})

# The decisions that can be taken back, as long as nothing else has happened: an arrow of the table, the other way.
# What only takes back another (cancelling a request, recalling a proof, reopening) is done again instead.
REVERSIBLE = frozenset(
    {
        *(Action.REQUEST_CHANGES, Action.SEND_PROOF, Action.PUBLISH, Action.SET_ASIDE),
        *(Action.KEEP_INTERNAL, Action.DECLINE, Action.UNPUBLISH),
    }
)


def after(status: Status, action: Action) -> Status:
    """Return the status an act leads to; raise `TransitionRefused` where the table has no such arrow."""
    try:
        return TRANSITIONS[status, action]
    except KeyError:
        raise TransitionRefused(status, action) from None


def status_before(status: Status, action: Action, origin: Status) -> Status:
    """Return the status a decision is taken back to, which is where it came from.

    Raises `TransitionRefused` where the table has no such arrow, or it is not one to take back.
    """
    if action not in REVERSIBLE or TRANSITIONS.get((origin, action)) is not status:
        raise TransitionRefused(status, Action.TAKE_BACK)
    return origin


def actions_from(status: Status, party: Party | None = None) -> frozenset[Action]:
    """Return the acts possible from a status: all of them, or those of one party."""
    return frozenset(
        action for origin, action in TRANSITIONS if origin is status and (party is None or party in PARTIES[action])
    )
