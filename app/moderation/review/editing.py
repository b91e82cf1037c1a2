"""Editing of a text by editors: corrections, rewritings sent as proofs, masking (product rule 3)."""

import re

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.labels import ExplainedEnum
from app.mail.messages import Message
from app.moderation.claims import release_claim
from app.moderation.decisions import Stale, notify_author, publication_is_over
from app.testimonials.consent import ConsentMissing, Purpose
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.questions import answers_of
from app.testimonials.remarks import Remark, RemarkKind
from app.testimonials.versions import Approval, Version

# « [[words]] » masks the words; the syntax works without JavaScript.
MASKED_PASSAGE = re.compile(r"\[\[.*?\]\]", re.DOTALL)
BRACKETS = re.compile(r"\[\[|\]\]")
MASK = "[passage masqué]"

# An author's choices: changing one is a rewriting, never a correction.
CHOICE_FIELDS = ("situation", "department", "crpv_known", "crpv", "themes", "attribution")
TYPED_FIELDS = (
    *("clsm", "crpv_other", "title", "account", "outcome", "obstacles", "advice"),
    *("years", "partners", "link", "author_name", "author_role"),
)


class EditKind(ExplainedEnum):
    """An editor's own statement of what they changed (product rule 3); `sentence` is what follows from it."""

    CORRECTION = (
        "correction",
        "Une correction",
        (
            "Orthographe, mise en forme, masquage d’un passage : l’accord donné la couvre. "
            "L’auteur·e en est averti·e et peut s’y opposer."
        ),
    )
    REWRITING = (
        "rewriting",
        "Une réécriture",
        "Tout le reste : le texte part en bon à tirer. Rien ne paraît sans la signature de l’auteur·e.",
    )


class EditRefused(Exception):
    """The edit cannot be saved under its kind; `edit_refusal` gives the reason."""


def is_editable(testimonial: Testimonial) -> bool:
    is_open = testimonial.status in {Status.PENDING, Status.PUBLISHED} and not publication_is_over(testimonial)
    return is_open and testimonial.consents_to(Purpose.PUBLICATION)


def allowed_kinds(testimonial: Testimonial) -> list[EditKind]:
    if not is_editable(testimonial):
        return []
    # While a correction is contested, nothing else can be corrected: a proof is an answer.
    is_correctable = base_version(testimonial).approval is not None and testimonial.contested_number is None
    correction = [EditKind.CORRECTION] if is_correctable else []
    return correction + ([EditKind.REWRITING] if testimonial.status is Status.PENDING else [])


def base_version(testimonial: Testimonial) -> Version:
    """Return the version an edit starts from and is compared with: never one that was set aside."""
    return testimonial.at_hand or testimonial.latest


def is_paired(text: str) -> bool:
    """Whether double brackets come in pairs, none nested: the passages to mask are then unambiguous."""
    brackets = BRACKETS.findall(text)
    return brackets == ["[[", "]]"] * (len(brackets) // 2)


def mask(text: str) -> str:
    return MASKED_PASSAGE.sub(MASK, text)


def edit_refusal(testimonial: Testimonial, version: Version, kind: EditKind) -> str:
    """Return the error message for an edit that cannot be saved under its kind; empty if it can."""
    base = base_version(testimonial)
    if has_same_answers(version, base, (*CHOICE_FIELDS, *TYPED_FIELDS)):
        return "Rien n’a changé : modifiez le texte, ou revenez à la relecture."
    if kind is EditKind.CORRECTION and not has_same_answers(version, base, CHOICE_FIELDS):
        return (
            "Situation, territoire, CRPV, articulations et signature sont les choix de l’auteur·e : "
            "les changer est une réécriture."
        )
    return ""


def save_edit(
    user: User, testimonial: Testimonial, version: Version, kind: EditKind, *, revision: int, note: DecisionNote
) -> None:
    """Add an editor's version to the text as it was read, at `revision`, and write to its author.

    A correction is approved under the consent given; on a published text, it is published at once. A rewriting goes
    out as a proof. Raises `Stale` if the revision changed, `EditRefused`, and `TransitionRefused` or `ConsentMissing`
    where the status or the consents forbid the edit.
    """
    if testimonial.revision != revision:
        raise Stale(testimonial, "\n\n".join((note.message, *answers_of(version).values())).strip())
    if not testimonial.consents_to(Purpose.PUBLICATION):
        raise ConsentMissing(Purpose.PUBLICATION)
    if kind not in allowed_kinds(testimonial):
        raise TransitionRefused(testimonial.status, Action.SEND_PROOF)
    if edit_refusal(testimonial, version, kind):
        raise EditRefused
    is_published = testimonial.status is Status.PUBLISHED and not testimonial.has_new_version
    by = Actor.editor(user.id)
    testimonial.propose(version)
    testimonial.events.append(AuditEvent.of(Kind.EDITED, by, version_number=version.number))
    if kind is EditKind.REWRITING and version.approval is None:
        testimonial.perform(Action.SEND_PROOF, by=by, note=note)
        notify_author(testimonial, Message.PROOF_SENT, note)
        release_claim(testimonial)
        return
    if version.approval is None:
        version.approve(Approval.UNDER_CONSENT, version.digest)
    if note.message:
        testimonial.remarks.append(Remark(kind=RemarkKind.CORRECTION, user_id=user.id, words=note.message))
    if is_published:
        testimonial.perform(Action.PUBLISH, by=by)
    notify_author(testimonial, Message.EDITED, note)
    if is_published:
        release_claim(testimonial)


def has_same_answers(version: Version, other: Version, fields: tuple[str, ...]) -> bool:
    return all(getattr(version, field) == getattr(other, field) for field in fields)
