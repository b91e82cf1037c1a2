"""Who may decide what, and deciding it: the role table, choices(), decide().

Buttons, the form's accepted values and the check on the POST all come from `choices`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import object_session

from app import french
from app.accounts.gate import NotPermitted
from app.accounts.models import Role, User
from app.audit import Actor
from app.mail.messages import Message
from app.moderation import claims
from app.testimonials.consent import Purpose
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Party, Status, actions_from
from app.testimonials.models import Testimonial
from app.testimonials.periods import is_over


class Stale(Exception):
    """The testimonial moved between the page someone read and what they decided on it."""

    def __init__(self, testimonial: Testimonial, words: str = "") -> None:
        super().__init__("the testimonial has moved meanwhile")
        self.testimonial = testimonial
        self.words = words


class TooLate(Stale):
    """The decision cannot be taken back any more: its time has passed, or something has followed it."""


@dataclass(frozen=True)
class Choice:
    """One decision an editor can take: its verb, what will happen, and what it must come with."""

    action: Action
    verb: str
    effect: str
    needs_reason: bool = False
    needs_words: bool = False
    message: Message | None = None


CHOICES: Mapping[Action, Choice] = {
    choice.action: choice
    for choice in (
        Choice(
            Action.PUBLISH,
            "Publier",
            "Le texte paraît aussitôt à côté de l’article ; l’auteur·e en est averti·e.",
            message=Message.PUBLISHED,
        ),
        Choice(
            Action.SET_ASIDE,
            "Garder la version publiée",
            "La nouvelle version n’est pas prise ; l’auteur·e lit votre phrase.",
            needs_words=True,
            message=Message.SET_ASIDE,
        ),
        Choice(
            Action.SEND_PROOF,
            "Envoyer le bon à tirer",
            "L’auteur·e compare, puis signe, modifie ou retire. Rien ne paraît sans sa signature.",
            message=Message.PROOF_SENT,
        ),
        Choice(
            Action.RECALL_PROOF,
            "Rappeler le bon à tirer",
            "Le texte revient parmi ceux à relire ; l’auteur·e en est averti·e.",
            message=Message.PROOF_RECALLED,
        ),
        Choice(
            Action.CANCEL_REQUEST,
            "Annuler la demande",
            "Le texte revient parmi ceux à relire ; l’auteur·e en est averti·e. Ce qui a été demandé reste au dossier.",
            message=Message.REQUEST_CANCELLED,
        ),
        Choice(
            Action.KEEP_INTERNAL,
            "Garder pour l’usage interne",
            "Rien ne paraît ; l’auteur·e en est averti·e. Le texte est effacé dans six mois.",
            message=Message.KEPT_INTERNAL,
        ),
        Choice(
            Action.DECLINE,
            "Refuser",
            "Rien ne paraît ; l’auteur·e reçoit la raison, votre phrase, et comment contester.",
            needs_reason=True,
            message=Message.DECLINED,
        ),
        Choice(
            Action.UNPUBLISH,
            "Dépublier",
            "Le texte disparaît aussitôt ; l’auteur·e reçoit la raison et votre phrase.",
            needs_reason=True,
            message=Message.UNPUBLISHED,
        ),
        Choice(
            Action.REOPEN,
            "Rouvrir",
            "Le texte revient parmi ceux à relire ; l’auteur·e ne reçoit rien.",
        ),
    )
}

# To publish where another version stands: what is decided is the same, what happens is more.
REPLACING = replace(
    CHOICES[Action.PUBLISH],
    verb="Publier la nouvelle version",
    effect="Elle prend aussitôt la place de celle que l’article montre ; l’auteur·e en est averti·e.",
)

# What is decided on the bar, and what has a page of its own.
EVERY_DECISION = frozenset({*CHOICES, Action.REQUEST_CHANGES})

ROLES: Mapping[Role, frozenset[Action]] = {
    Role.EDITOR: EVERY_DECISION,
    Role.ADMIN: EVERY_DECISION,
}


def choices(user: User, testimonial: Testimonial) -> list[Choice]:
    """Return what a user may decide on a testimonial now, in the order of the bar."""
    possible = actions_from(testimonial.status, Party.EDITOR) & ROLES[user.role]
    return [
        REPLACING if action is Action.PUBLISH and testimonial.status is Status.PUBLISHED else choice
        for action, choice in CHOICES.items()
        if action in possible and is_lawful(action, testimonial)
    ]


def is_lawful(action: Action, testimonial: Testimonial) -> bool:
    """Say whether the text allows it: only what a confirmed author approved and agrees to is published."""
    if action is Action.SET_ASIDE:
        return testimonial.has_new_version and not publication_end(testimonial)
    if action is Action.REOPEN:
        return testimonial.has_been_confirmed
    if action is Action.SEND_PROOF:
        return testimonial.latest.approval is None and testimonial.consents_to(Purpose.PUBLICATION)
    if action is not Action.PUBLISH:
        return True
    return (
        testimonial.has_been_confirmed
        and testimonial.consents_to(Purpose.PUBLICATION)
        and testimonial.latest.approved_digest is not None
        and not publication_end(testimonial)
        and (testimonial.status is not Status.PUBLISHED or testimonial.has_new_version)
    )


def publication_end(testimonial: Testimonial) -> bool:
    """Say whether its publication is over, which only waits for the clock: nothing can take its place any more."""
    return testimonial.status is Status.PUBLISHED and is_over(testimonial.published_until)


def decide(user: User, testimonial: Testimonial, action: Action, *, revision: int, note: DecisionNote) -> None:
    """Take a decision on the testimonial as it was read, at `revision`, and write to its author.

    Raises `Stale` if it moved since (product rule 8), `NotPermitted` if it is not among `choices`.
    """
    if testimonial.revision != revision:
        raise Stale(testimonial, note.message)
    choice = next((each for each in choices(user, testimonial) if each.action is action), None)
    if choice is None:
        raise NotPermitted
    testimonial.perform(action, by=Actor.editor(user.id), note=note)
    # An address nobody confirmed may be a stranger's: it gets no e-mail.
    if choice.message and testimonial.has_been_confirmed:
        notify_author(testimonial, choice.message, note)
    close_decision(testimonial)


def close_decision(testimonial: Testimonial) -> None:
    """Release the editor's claim on a text: the decision is taken."""
    session = object_session(testimonial)
    if session is not None:
        claims.release_claim(session, testimonial)


def request_changes(user: User, testimonial: Testimonial, *, revision: int, note: DecisionNote) -> None:
    """Ask the author for changes to the text as it was read, question by question; raises as `decide` does."""
    if testimonial.revision != revision:
        raise Stale(testimonial, "\n\n".join((note.message, *note.asked.values())).strip())
    if Action.REQUEST_CHANGES not in ROLES[user.role] or not testimonial.has_been_confirmed:
        raise NotPermitted
    testimonial.perform(Action.REQUEST_CHANGES, by=Actor.editor(user.id), note=note)
    notify_author(testimonial, Message.CHANGES_REQUESTED, note)
    close_decision(testimonial)


def notify_author(testimonial: Testimonial, message: Message, note: DecisionNote) -> None:
    """Write to the author what was decided: why, on what ground, in which words, and until when they may answer."""
    facts = {"words": note.message, "reason": "", "ground": ""}
    if note.reason:
        facts |= {"reason": note.reason.label, "ground": note.reason.ground}
    if testimonial.due_at is not None:
        facts["due"] = french.paris_time(testimonial.due_at).isoformat()
    testimonial.write_to_author(message, **facts)
