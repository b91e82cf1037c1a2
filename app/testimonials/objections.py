"""Objections: what an author's objection forbids until it is answered, who may answer it, and which acts do.

`contested_at` is the mark: since when an answer is awaited. `contested_number` is the correction objected to, if it is
one, and `masks_number` the version that has the author's words but for masks, where there is one, or an earlier
correction that stays on the page. Of a published text without `contested_number`, a quotation is contested. A text that
is withdrawn or refused meanwhile loses the mark, not the number: the mark comes back with the text.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.orm import object_session

from app.accounts.models import User
from app.accounts.queries import editors_of
from app.audit import Actor, ActorKind, Kind
from app.db import is_over, now
from app.kept import period
from app.testimonials import undo
from app.testimonials.approval import OWN, Approval
from app.testimonials.corrections import Rewriting, is_masked_text
from app.testimonials.decision import Before, Decision
from app.testimonials.diff import with_masks
from app.testimonials.lifecycle import GONE, Action, Status, TransitionRefused
from app.testimonials.questions import SPELT
from app.testimonials.versions import Version

if TYPE_CHECKING:
    from app.testimonials.testimonial import Testimonial

IN_USE = frozenset({Status.PENDING, Status.PUBLISHED})

# The decision that an author may contest in each status.
CONTESTABLE: Mapping[Status, Action] = {Status.DECLINED: Action.DECLINE, Status.UNPUBLISHED: Action.UNPUBLISH}


class ObjectionUnanswered(Exception):
    """The author objects to this version: it is neither published nor renewed before an answer (product rule 3)."""


def own_version(testimonial: "Testimonial", until: int | None = None) -> Version:
    """Return the author's last words, of the first `until` versions: sent or signed, and not set aside by an editor."""
    aside, earlier = testimonial.set_aside_numbers, testimonial.versions[:until]
    return next(each for each in reversed(earlier) if each.approval in OWN and each.number not in aside)


def is_held(testimonial: "Testimonial", version: Version) -> bool:
    """Whether an open objection holds a version: a correction of the words that the contested one corrected."""
    number = testimonial.contested_number
    is_corrected = number is not None and version.approval is Approval.UNDER_CONSENT
    return is_corrected and version.number > own_version(testimonial, number).number


def is_late(testimonial: "Testimonial") -> bool:
    return testimonial.contested_at is not None and is_over(testimonial.contested_at + period("OBJECTION_DELAY"))


def is_shown_held(testimonial: "Testimonial") -> bool:
    shown = testimonial.shown_version
    return shown is not None and is_held(testimonial, shown)


def is_all_masks(testimonial: "Testimonial", version: Version) -> bool:
    """Whether a version is the author's words but for masks, to the letter."""
    own = own_version(testimonial, version.number)
    return all(is_masked_text(getattr(own, name), getattr(version, name)) for name in SPELT)


def check_unopposed(testimonial: "Testimonial", version: Version, *, stays: bool) -> None:
    """Raise `ObjectionUnanswered` for a version that is held: only masks that were on the page stay there."""
    if is_held(testimonial, version) and not (stays and version.number == testimonial.masks_number):
        raise ObjectionUnanswered


def contestable_decision(testimonial: "Testimonial") -> Decision | None:
    """Return the refusal or removal that is in force; None once it is upheld, or where the clock ended it."""
    decisions = undo.decisions_in_force(testimonial.decisions)
    latest = decisions[-1] if decisions and not undo.has_expired(testimonial.events) else None
    return latest if latest and latest.action is CONTESTABLE.get(testimonial.status) else None


def contested_decision(testimonial: "Testimonial") -> Decision | None:
    """Return the refusal or removal that the author has contested; None where they object to a correction."""
    if testimonial.contested_at is None:
        return None
    decision = contestable_decision(testimonial)
    objections = [event.at for event in testimonial.events if event.kind is Kind.CONTESTED]
    return decision if decision and objections and objections[-1] >= decision.at else None


def is_quotation_contested(found: "Testimonial | Before") -> bool:
    """Whether the open objection is, or was before an act, to a quotation: it gave way already."""
    return found.status is Status.PUBLISHED and found.contested_at is not None and found.contested_number is None


def contested_editors(testimonial: "Testimonial") -> set[int]:
    """Return who took the contested decision, made the corrections objected to, or chose what is quoted."""
    if decision := contested_decision(testimonial):
        return {decision.user_id}
    if is_quotation_contested(testimonial):
        return {each.user_id for each in testimonial.events if each.kind in {Kind.PLACED, Kind.CITED} and each.user_id}
    number = testimonial.contested_number or 0
    corrected = range(own_version(testimonial, number).number + 1, number + 1) if number else range(0)
    edits = [event for event in testimonial.events if event.kind is Kind.EDITED and event.version_number in corrected]
    return {event.user_id for event in edits if event.user_id is not None}


def may_answer(testimonial: "Testimonial", user_id: int | None) -> bool:
    """Whether an editor may answer: not one whose act is contested, unless nobody else edits the article."""
    contested = contested_editors(testimonial)
    session = object_session(testimonial)
    if user_id not in contested or session is None:
        return True
    others = editors_of(testimonial.article_id).where(User.id.not_in(contested))
    return session.scalar(others.with_only_columns(User.id).limit(1)) is None


def may_keep(testimonial: "Testimonial") -> bool:
    """Whether what is contested can be kept with reasons: a refusal, a removal, or a correction that only masks."""
    masks, contested = testimonial.masks_number or 0, testimonial.contested_number or 0
    number = max(masks, contested)
    measure = testimonial.versions[number - 1].correction if number else None
    is_in_use = number in {testimonial.shown_number, testimonial.current_number}
    is_masked = is_in_use and measure is not None and measure.is_mask_only
    return is_masked or contested_decision(testimonial) is not None or is_quotation_contested(testimonial)


def contest_correction(testimonial: "Testimonial", corrected: Version) -> Version | None:
    """Hold a correction; where it is published, have what is not a mask give way. Return the version it gave way to.

    Words that its author wrote since, and that wait for an editor, are sent again behind that version: they wait on.
    """
    own, shown = own_version(testimonial, corrected.number), testimonial.shown_version
    waiting = testimonial.latest if testimonial.has_new_version and corrected is shown else None
    is_shown_corrected = shown is not None and shown.approval is Approval.UNDER_CONSENT
    # One that was undone leaves an earlier one on the page, of the same words: it is contested with it.
    on_page = shown if shown and is_shown_corrected and own_version(testimonial, shown.number) is own else None
    contested = on_page or corrected
    kept = {name: with_masks(getattr(own, name), getattr(contested, name)) for name in (*SPELT, "link")}
    only_masks = all(words == getattr(contested, name) for name, words in kept.items())
    # A rewriting older than its measure may leave masks that hide too much of the author's words: what is shown stays.
    changes_page = on_page is not None and not (only_masks and contested is corrected)
    gives_way = changes_page and give_way(testimonial, own, kept)
    masks = testimonial.latest if gives_way else contested if only_masks or on_page else None
    if shown and is_shown_corrected and not on_page:
        masks = shown  # a correction of earlier words, which nobody contests
    is_masked = masks is not None and masks.approval is Approval.UNDER_CONSENT
    words = testimonial.latest if gives_way else None
    if words is not None and waiting is not None:
        again = waiting.edited()
        again.made_by, again.made_at = waiting.made_by, waiting.made_at
        testimonial.propose(again, own=waiting)
    # Last: reading flushes what has changed, and the database would refuse the correction still on the page.
    testimonial.masks_number = masks.number if masks and is_masked else None
    testimonial.contested_number = corrected.number
    return words


def give_way(testimonial: "Testimonial", own: Version, kept: Mapping[str, str]) -> bool:
    """Add the author's words again, with the masks of a correction; return whether that could be."""
    version = own.edited(**kept)
    version.made_by = ActorKind.SYSTEM
    try:
        testimonial.propose(version, as_correction=True, own=own)
    except Rewriting:
        return False
    return True


def corrected_version(testimonial: "Testimonial") -> Version | None:
    """Return the version in use that editors corrected under the consent given: the one to be shown, or else shown."""
    if testimonial.status not in IN_USE:
        return None
    shown = testimonial.shown_version
    versions = (testimonial.approved, shown) if testimonial.has_new_version else (shown or testimonial.approved,)
    return next((each for each in versions if each and each.approval is Approval.UNDER_CONSENT), None)


def follow_objection(testimonial: "Testimonial", action: Action, target: Status, by: Actor) -> Version | None:
    """Move the mark along with an act: only an answer takes it away, or the author's own signature or withdrawal.

    Return the version that the act shows, if it shows one: the latest, or the author's words that come back.
    Raises `TransitionRefused` for an answer to nothing, or by the editor whose act is contested.
    """
    answers = testimonial.contested_at is not None and may_answer(testimonial, by.user_id)
    contested = contested_decision(testimonial)
    if not (answers or is_no_answer(action, contested)) or not is_answerable(testimonial, action):
        raise TransitionRefused(testimonial.status, action)
    if action is Action.RENEW and is_shown_held(testimonial):
        raise ObjectionUnanswered
    shown = None
    if action is Action.CONTEST:
        corrected = corrected_version(testimonial)
        shown = contest_correction(testimonial, corrected) if corrected else None
        testimonial.contested_at = testimonial.contested_at or now()
    elif action is Action.RESTORE:
        restore_words(testimonial)
        shown = testimonial.latest if target is Status.PUBLISHED else None
    elif action is Action.RECALL_PROOF:
        renew_objection(testimonial)
    if ends_correction(action, contested) and (answers or action is not Action.SEND_PROOF):
        testimonial.contested_at = testimonial.contested_number = testimonial.masks_number = None
    elif ends_mark(testimonial, action, target, contested):
        testimonial.contested_at = None
    if target in IN_USE and testimonial.contested_number is not None:
        testimonial.contested_at = testimonial.contested_at or now()
    return testimonial.latest if action in {Action.PUBLISH, Action.SIGN_PROOF} else shown


def is_no_answer(action: Action, contested: Decision | None) -> bool:
    return action not in {Action.UPHOLD, Action.RESTORE} and not (action is Action.REOPEN and contested is not None)


def is_answerable(testimonial: "Testimonial", action: Action) -> bool:
    """Whether there is something that an answer can keep, or words that it can come back to."""
    if action is Action.UPHOLD:
        return may_keep(testimonial)
    return action is not Action.RESTORE or testimonial.contested_number is not None


def ends_correction(action: Action, contested: Decision | None) -> bool:
    keeps = action is Action.UPHOLD and contested is None
    return keeps or action in {Action.RESTORE, Action.SEND_PROOF, Action.SIGN_PROOF, Action.ERASE}


def ends_mark(testimonial: "Testimonial", action: Action, target: Status, contested: Decision | None) -> bool:
    reverses = action is Action.REOPEN and testimonial.contested_number is None
    quotes_nothing = is_quotation_contested(testimonial) and target is not Status.PUBLISHED
    return target in GONE or quotes_nothing or (contested is not None and (reverses or action is Action.UPHOLD))


def restore_words(testimonial: "Testimonial") -> None:
    own = own_version(testimonial)
    if testimonial.latest.digest != own.digest:
        version = own.edited()
        version.made_by = ActorKind.SYSTEM
        testimonial.propose(version)


def renew_objection(testimonial: "Testimonial") -> None:
    """Bring back the objection that a recalled proof had answered."""
    sent = next((each for each in reversed(testimonial.decisions) if each.action is Action.SEND_PROOF), None)
    if sent is not None and testimonial.contested_at is None:
        before = sent.before
        testimonial.contested_at, testimonial.contested_number = before.contested_at, before.contested_number
        testimonial.masks_number = before.masks_number
