"""Lifecycle: the statuses, the actions, and TRANSITIONS, the one table of what leads where.

It imports the standard library alone, so that it can be read, drawn and tested by itself. `Testimonial.perform()`
moves a testimonial along it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class TextKind(StrEnum):
    """A kind of text: an account, or a response that stands under an account."""

    TESTIMONIAL = "testimonial"
    RESPONSE = "answer"  # the partner's, which editors invited; the stored name never changes


class Party(StrEnum):
    """A party that may act on a testimonial."""

    AUTHOR = "author"
    EDITOR = "editor"
    CLOCK = "clock"


class Action(StrEnum):
    """An act on a testimonial, with the parties that may do it."""

    RECORD = "record", Party.EDITOR
    CONFIRM = "confirm", Party.AUTHOR
    AMEND = "amend", Party.AUTHOR
    REQUEST_CHANGES = "request_changes", Party.EDITOR
    CANCEL_REQUEST = "cancel_request", Party.EDITOR
    SEND_PROOF = "send_proof", Party.EDITOR
    RECALL_PROOF = "recall_proof", Party.EDITOR
    SIGN_PROOF = "sign_proof", Party.AUTHOR
    SIGN_ACCOUNT = "sign_account", Party.AUTHOR
    PUBLISH = "publish", Party.EDITOR
    SET_ASIDE = "set_aside", Party.EDITOR
    KEEP_INTERNAL = "keep_internal", Party.EDITOR
    DECLINE = "decline", Party.EDITOR
    UNPUBLISH = "unpublish", Party.EDITOR
    EXPIRE = "expire", Party.CLOCK
    RENEW = "renew", Party.AUTHOR
    HIDE = "hide", Party.EDITOR
    UNHIDE = "unhide", Party.EDITOR, Party.CLOCK
    REOPEN = "reopen", Party.EDITOR
    CONTEST = "contested", Party.AUTHOR  # the name of its events in the audit log, older than the action
    UPHOLD = "uphold", Party.EDITOR
    RESTORE = "restore", Party.EDITOR
    WITHDRAW = "withdraw", Party.AUTHOR
    CALL_BACK = "call_back", Party.AUTHOR
    CONSENT_AGAIN = "consent_again", Party.AUTHOR
    ERASE = "erase", Party.AUTHOR, Party.CLOCK
    TAKE_BACK = "take_back", Party.EDITOR

    parties: frozenset[Party]

    def __new__(cls, value: str, *parties: Party) -> Self:
        member = str.__new__(cls, value)
        member._value_, member.parties = value, frozenset(parties)
        return member


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is true of some statuses.

    `is_underway`: it waits for an editor or for the author, and has no end but the silence of both.
    `is_before_decision`: an author who refused publication consents to it, and the status stays. `answers` are the
    decisions whose reasons its author reads. `declined_unread`: for which reasons several texts are declined at once.
    `absence` says why words of a text are missing from a synthesis.
    """

    is_underway: bool = False
    is_before_decision: bool = False
    answers: tuple[Action, ...] = ()
    declined_unread: tuple[str, ...] = ()
    absence: str = ""


class Status(StrEnum):
    """A testimonial's status: its name for editors, the state of a text on the desk, whom it waits for."""

    UNCONFIRMED = (
        *("unconfirmed", "à confirmer", "Attend que l’adresse soit confirmée", Party.AUTHOR),
        Facts(is_before_decision=True, declined_unread=("indesirable", "non_confirme")),
    )
    PENDING = (
        *("pending", "à relire", "À relire", Party.EDITOR),
        Facts(is_underway=True, is_before_decision=True, declined_unread=("indesirable",), absence="en relecture"),
    )
    CHANGES_REQUESTED = (
        *("changes_requested", "corrections demandées", "Attend les corrections de l’auteur·e", Party.AUTHOR),
        Facts(is_underway=True, is_before_decision=True, answers=(Action.REQUEST_CHANGES,)),
    )
    PROOF_SENT = (
        *("proof_sent", "bon à tirer envoyé", "Attend la signature de l’auteur·e", Party.AUTHOR),
        Facts(is_underway=True, answers=(Action.SEND_PROOF,)),
    )
    PUBLISHED = (
        *("published", "publié", "Paraît", Party.CLOCK),
        Facts(answers=(Action.PUBLISH, Action.SET_ASIDE, Action.HIDE, Action.UNHIDE)),
    )
    INTERNAL = (
        *("internal", "usage interne", "Gardé pour l’usage interne", Party.CLOCK),
        Facts(answers=(Action.KEEP_INTERNAL,)),
    )
    DECLINED = "declined", "refusé", "Refusé", Party.CLOCK, Facts(answers=(Action.DECLINE,))
    UNPUBLISHED = (
        *("unpublished", "dépublié", "Dépublié", Party.CLOCK),
        Facts(answers=(Action.UNPUBLISH,), absence="dépublié"),
    )
    WITHDRAWN = (
        *("withdrawn", "retiré par l’auteur·e", "Retiré par l’auteur·e", Party.CLOCK),
        Facts(absence="retiré par son auteur·e"),
    )
    ERASED = "erased", "effacé", "Effacé", None

    label: str
    state: str
    waits_for: Party | None
    facts: Facts

    def __new__(
        cls, value: str, label: str = "", state: str = "", waits_for: Party | None = None, facts: Facts = Facts()
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label, member.state = value, label, state
        member.waits_for, member.facts = waits_for, facts
        return member


class TransitionRefused(Exception):
    """The table has no such arrow from the testimonial's status."""

    def __init__(self, status: Status, action: Action) -> None:
        super().__init__(f"cannot {action} what is {status}")
        self.status = status
        self.action = action


TRANSITIONS: Mapping[tuple[Status, Action], Status] = {
    (Status.UNCONFIRMED, Action.RECORD): Status.PROOF_SENT,
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
    (Status.PROOF_SENT, Action.SIGN_ACCOUNT): Status.PENDING,
    (Status.PENDING, Action.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Action.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Action.SET_ASIDE): Status.PUBLISHED,
    (Status.PENDING, Action.KEEP_INTERNAL): Status.INTERNAL,
    (Status.UNCONFIRMED, Action.DECLINE): Status.DECLINED,
    (Status.PENDING, Action.DECLINE): Status.DECLINED,
    (Status.PUBLISHED, Action.UNPUBLISH): Status.UNPUBLISHED,
    (Status.PUBLISHED, Action.EXPIRE): Status.UNPUBLISHED,
    (Status.PUBLISHED, Action.RENEW): Status.PUBLISHED,
    (Status.PUBLISHED, Action.HIDE): Status.PUBLISHED,
    (Status.PUBLISHED, Action.UNHIDE): Status.PUBLISHED,
    (Status.DECLINED, Action.REOPEN): Status.PENDING,
    (Status.INTERNAL, Action.REOPEN): Status.PENDING,
    (Status.UNPUBLISHED, Action.REOPEN): Status.PENDING,
    (Status.DECLINED, Action.CONTEST): Status.DECLINED,
    (Status.UNPUBLISHED, Action.CONTEST): Status.UNPUBLISHED,
    (Status.PENDING, Action.CONTEST): Status.PENDING,
    (Status.PUBLISHED, Action.CONTEST): Status.PUBLISHED,
    (Status.DECLINED, Action.UPHOLD): Status.DECLINED,
    (Status.UNPUBLISHED, Action.UPHOLD): Status.UNPUBLISHED,
    (Status.PENDING, Action.UPHOLD): Status.PENDING,
    (Status.PUBLISHED, Action.UPHOLD): Status.PUBLISHED,
    (Status.PENDING, Action.RESTORE): Status.PENDING,
    (Status.PUBLISHED, Action.RESTORE): Status.PUBLISHED,
    (Status.UNCONFIRMED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.PENDING, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.CHANGES_REQUESTED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.PROOF_SENT, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.PUBLISHED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.INTERNAL, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.DECLINED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.UNPUBLISHED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.WITHDRAWN, Action.CALL_BACK): Status.PUBLISHED,
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

UNDERWAY = frozenset(status for status in Status if status.facts.is_underway)
BEFORE_DECISION = frozenset(status for status in Status if status.facts.is_before_decision)

# Statuses that wait for the author, with a deadline.
AWAITING_REPLY = frozenset(status for status in UNDERWAY if status.waits_for is Party.AUTHOR)

# Statuses whose texts are kept until their period is over.
AT_REST = frozenset(status for status in Status if status.waits_for is Party.CLOCK) - {Status.PUBLISHED}

# Statuses that leave nothing for editors to read.
GONE = frozenset({Status.WITHDRAWN, Status.ERASED})

# Decisions that can be undone as long as nothing else has happened: an arrow of the table, the other way.
# Those that only revoke another (cancelling a request, recalling a proof, reopening, coming back to the author's words)
# are done again instead; hiding has its own way back.
REVERSIBLE = frozenset(
    {
        *(Action.REQUEST_CHANGES, Action.SEND_PROOF, Action.PUBLISH, Action.SET_ASIDE),
        *(Action.KEEP_INTERNAL, Action.DECLINE, Action.UNPUBLISH, Action.UPHOLD),
    }
)


def after(status: Status, action: Action) -> Status:
    """Return the status an act leads to; raise `TransitionRefused` where the table has no such arrow."""
    try:
        return TRANSITIONS[status, action]
    except KeyError:
        raise TransitionRefused(status, action) from None


def status_before(status: Status, action: Action, origin: Status) -> Status:
    """Return the origin of a decision that is undone; raise `TransitionRefused` where that is not possible."""
    if action not in REVERSIBLE or TRANSITIONS.get((origin, action)) is not status:
        raise TransitionRefused(status, Action.TAKE_BACK)
    return origin


def actions_from(status: Status, party: Party | None = None) -> frozenset[Action]:
    return frozenset(
        action for origin, action in TRANSITIONS if origin is status and (party is None or party in action.parties)
    )
