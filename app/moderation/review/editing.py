"""Editing a text at the desk: what a correction may change, what goes out as a proof, and masking."""

import re
from typing import Self

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.labels import LabelledEnum
from app.mail.messages import Message
from app.moderation.decisions import Stale, close_decision, notify_author, publication_end
from app.testimonials.consent import ConsentMissing, Purpose
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.questions import answers_of
from app.testimonials.remarks import Remark, RemarkKind
from app.testimonials.versions import Approval, Version

# What stands between double brackets is masked, without a script.
MASKED = re.compile(r"\[\[.*?\]\]", re.DOTALL)
BRACKETS = re.compile(r"\[\[|\]\]")
MASK = "[passage masqué]"

# What an author chose is no matter of spelling: to change it is to rewrite.
CHOSEN = ("situation", "department", "crpv_known", "crpv", "themes", "attribution")
TYPED = (
    *("clsm", "crpv_other", "title", "account", "outcome", "obstacles", "advice"),
    *("years", "partners", "link", "author_name", "author_role"),
)


class EditKind(LabelledEnum):
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
    sentence: str

    def __new__(cls, value: str, label: str = "", sentence: str = "") -> Self:
        """Make a member of a value, its label and its sentence."""
        member = cls.labelled(value, label)
        member.sentence = sentence
        return member


class EditRefused(Exception):
    """The edit cannot be made as it was said to be; `why_not` says why."""


def is_editable(testimonial: Testimonial) -> bool:
    """Say whether the desk may edit the text: it is to be read or published, and meant to appear."""
    stands = testimonial.status in {Status.PENDING, Status.PUBLISHED} and not publication_end(testimonial)
    return stands and testimonial.consents_to(Purpose.PUBLICATION)


def allowed_kinds(testimonial: Testimonial) -> list[EditKind]:
    """Return what an edit of this text may be: one corrects what was approved; a proof goes out before publication."""
    if not is_editable(testimonial):
        return []
    correction = [EditKind.CORRECTION] if base_version(testimonial).approval is not None else []
    return correction + ([EditKind.REWRITING] if testimonial.status is Status.PENDING else [])


def base_version(testimonial: Testimonial) -> Version:
    """Return the version an edit starts from, and is compared with: never one that was set aside."""
    return testimonial.at_hand or testimonial.latest


def is_paired(text: str) -> bool:
    """Say whether every double bracket opens or closes a passage, none within another: what to mask is then plain."""
    brackets = BRACKETS.findall(text)
    return brackets == ["[[", "]]"] * (len(brackets) // 2)


def mask(text: str) -> str:
    """Return a text without the passages that stand between double brackets."""
    return MASKED.sub(MASK, text)


def why_not(testimonial: Testimonial, version: Version, kind: EditKind) -> str:
    """Return what an editor is told where an edit cannot be saved so; nothing where it can."""
    before = base_version(testimonial)
    if same_words(version, before, (*CHOSEN, *TYPED)):
        return "Rien n’a changé : modifiez le texte, ou revenez à la relecture."
    if kind is EditKind.CORRECTION and not same_words(version, before, CHOSEN):
        return (
            "Situation, territoire, CRPV, articulations et signature sont les choix de l’auteur·e : "
            "les changer est une réécriture."
        )
    return ""


def save_edit(
    user: User, testimonial: Testimonial, version: Version, kind: EditKind, *, revision: int, note: DecisionNote
) -> None:
    """Add a version of the desk's to the text as it was read, at `revision`, and tell its author.

    A correction is approved under the consent given; on a published text, it takes the place of what is shown. A
    rewriting goes out as a proof. Raises `Stale` if the text moved since, `EditRefused`, and `TransitionRefused` or
    `ConsentMissing` where the text cannot be edited so.
    """
    if testimonial.revision != revision:
        raise Stale(testimonial, "\n\n".join((note.message, *answers_of(version).values())).strip())
    if not testimonial.consents_to(Purpose.PUBLICATION):
        raise ConsentMissing(Purpose.PUBLICATION)
    if kind not in allowed_kinds(testimonial):
        raise TransitionRefused(testimonial.status, Action.SEND_PROOF)
    if why_not(testimonial, version, kind):
        raise EditRefused
    stands = testimonial.status is Status.PUBLISHED and not testimonial.has_new_version
    by = Actor.editor(user.id)
    testimonial.propose(version)
    testimonial.events.append(AuditEvent.of(Kind.EDITED, by, version_number=version.number))
    if kind is EditKind.REWRITING and version.approval is None:
        testimonial.perform(Action.SEND_PROOF, by=by, note=note)
        notify_author(testimonial, Message.PROOF_SENT, note)
        close_decision(testimonial)
        return
    if version.approval is None:
        version.approve(Approval.UNDER_CONSENT, version.digest)
    if note.message:
        testimonial.remarks.append(Remark(kind=RemarkKind.CORRECTION, user_id=user.id, words=note.message))
    if stands:
        testimonial.perform(Action.PUBLISH, by=by)
    notify_author(testimonial, Message.EDITED, note)
    if stands:
        close_decision(testimonial)


def same_words(version: Version, other: Version, fields: tuple[str, ...]) -> bool:
    """Say whether two versions agree on some fields."""
    return all(getattr(version, field) == getattr(other, field) for field in fields)
