"""Decisions: the role table, choices() of an editor on a testimonial, decide().

Buttons, the form's accepted values and the check on the POST all come from `choices`, in the words of
`moderation.choices`. `testimonials.lifecycle` says which status follows which act.
"""

from collections.abc import Callable, Iterable, Mapping

from app.accounts.gate import NotPermitted
from app.accounts.models import Role, User
from app.audit import Actor
from app.db import is_over
from app.moderation import holds
from app.moderation.authorship import check_may_take, left_to_others, tell_alone
from app.moderation.choices import CHOICES, Choice, answer_sentence, worded
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Party, Status, actions_from
from app.testimonials.objections import contested_decision, is_held, may_answer, may_keep
from app.testimonials.queries import may_stand_beneath
from app.testimonials.responses.announcement import announce, end_answer_to
from app.testimonials.testimonial import Testimonial


class Stale(Exception):
    """The testimonial changed between the page an editor read and the decision they sent."""

    def __init__(self, testimonial: Testimonial, words: str = "") -> None:
        super().__init__("the testimonial has moved meanwhile")
        self.testimonial = testimonial
        self.words = words


class TooLate(Stale):
    """The decision can no longer be undone: the period is over, or another event followed."""


# The decisions of the bar, and the one with a page of its own.
ALL_DECISIONS = frozenset({*CHOICES, Action.REQUEST_CHANGES})

ROLES: Mapping[Role, frozenset[Action]] = {Role.EDITOR: ALL_DECISIONS, Role.ADMIN: ALL_DECISIONS}


def choices(user: User, testimonial: Testimonial, among: Iterable[Action] = CHOICES) -> list[Choice]:
    """Return the decisions, among some, that a user may take on a testimonial now, in the order of the bar."""
    allowed = actions_from(testimonial.status, Party.EDITOR) & ROLES[user.role] - left_to_others(user, testimonial)
    possible = allowed.intersection(among)
    answers = testimonial.contested_at is not None and may_answer(testimonial, user.id)
    return [
        worded(choice, testimonial)
        for action, choice in CHOICES.items()
        if action in possible and (answers or not is_response(action, testimonial)) and is_lawful(action, testimonial)
    ]


def is_response(action: Action, testimonial: Testimonial) -> bool:
    """Whether an action answers the open objection: left to another editor than the one whose act is contested."""
    reverses = action is Action.REOPEN and contested_decision(testimonial) is not None
    return reverses or action in {Action.UPHOLD, Action.RESTORE}


def is_answered_by_others(user: User, testimonial: Testimonial) -> bool:
    return testimonial.contested_at is not None and not may_answer(testimonial, user.id)


def is_lawful(action: Action, testimonial: Testimonial) -> bool:
    return action not in CONDITIONS or CONDITIONS[action](testimonial)


def is_publishable(testimonial: Testimonial) -> bool:
    """Whether the latest version can be published: a confirmed author agreed to it, and does not contest it."""
    return (
        testimonial.confirmed_at is not None
        and testimonial.publication_consent
        and not publication_is_over(testimonial)
        and (testimonial.status is not Status.PUBLISHED or testimonial.has_new_version)
        and testimonial.latest.approved_digest is not None
        and not is_held(testimonial, testimonial.latest)
        and (testimonial.about is None or may_stand_beneath(testimonial))
    )


def publication_is_over(testimonial: Testimonial) -> bool:
    """Whether publication has reached its end and awaits the scheduled job: no version can be published any more."""
    return testimonial.status is Status.PUBLISHED and is_over(testimonial.published_until)


CONDITIONS: Mapping[Action, Callable[[Testimonial], bool]] = {
    Action.PUBLISH: is_publishable,
    Action.UPHOLD: may_keep,
    Action.RESTORE: lambda text: text.contested_number is not None and not publication_is_over(text),
    Action.SET_ASIDE: lambda text: text.has_new_version and not publication_is_over(text),
    Action.REOPEN: lambda text: text.confirmed_at is not None,
    Action.HIDE: lambda text: text.noticed_at is not None and not text.is_hidden,
    Action.UNHIDE: lambda text: text.hidden_until is not None,
    Action.RECALL_PROOF: lambda text: not text.awaits_teller,
    Action.SEND_PROOF: lambda text: text.latest.approval is None and text.publication_consent,
}


def decide(user: User, testimonial: Testimonial, action: Action, *, revision: int, note: DecisionNote) -> None:
    """Take a decision on the testimonial as it was read, at `revision`, and write to its author.

    Raises `Stale` if the revision changed (product rule 8), `NotPermitted` if the action is not among `choices`.
    """
    if testimonial.revision != revision:
        raise Stale(testimonial, note.message)
    choice = next(iter(choices(user, testimonial, {action})), None)
    if choice is None:
        raise NotPermitted
    by = Actor.editor(user.id)
    holds.release_hold(testimonial)
    told = testimonial.shown_version
    testimonial.perform(action, by=by, note=note)
    answers = choice.message is mails.OBJECTION_ANSWERED
    facts = {"sentence": answer_sentence(testimonial, action), "is_kept": action is Action.UPHOLD} if answers else {}
    # An unconfirmed address may belong to a stranger: it gets no e-mail.
    if choice.message and testimonial.confirmed_at:
        testimonial.write_of_decision(choice.message, note, **facts)
    if testimonial.about is not None:
        announce(testimonial, told)
    tell_alone(user, testimonial, action)  # last: each letter before it is about the decision, and called back with it
    if action is Action.REOPEN:
        end_answer_to(testimonial)


def request_changes(user: User, testimonial: Testimonial, *, revision: int, note: DecisionNote) -> None:
    """Ask the author for changes to the text as it was read, question by question; raises as `decide` does."""
    if testimonial.revision != revision:
        raise Stale(testimonial, "\n\n".join((note.message, *note.asked.values())).strip())
    if Action.REQUEST_CHANGES not in ROLES[user.role] or not testimonial.confirmed_at:
        raise NotPermitted
    check_may_take(user, testimonial, Action.REQUEST_CHANGES)
    testimonial.perform(Action.REQUEST_CHANGES, by=Actor.editor(user.id), note=note)
    testimonial.write_of_decision(mails.CHANGES_REQUESTED, note)
    holds.release_hold(testimonial)
