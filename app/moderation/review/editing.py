"""Editing of a text by editors: corrections, rewritings sent as proofs, masking (product rule 3)."""

import re

from app.accounts.models import User
from app.audit import Actor, AuditEvent, Kind
from app.labelled_enum import ExplainedEnum
from app.moderation.authorship import check_may_take, tell_alone
from app.moderation.decisions import Stale, publication_is_over
from app.moderation.holds import release_hold
from app.spelling.words import MASK
from app.testimonials import mails
from app.testimonials.answered import answers_of
from app.testimonials.consent import ConsentMissing
from app.testimonials.corrections import EditRefused, Measure
from app.testimonials.decision import DecisionNote, Remark, RemarkKind
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.objections import own_version
from app.testimonials.questions import CHOSEN, SPELT
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

# « [[words]] » masks the words; the syntax works without JavaScript.
MASKED_PASSAGE = re.compile(r"\[\[.*?\]\]", re.DOTALL)
BRACKETS = re.compile(r"\[\[|\]\]")


class EditKind(ExplainedEnum):
    """An editor's own statement of what they changed (product rule 3); `sentence` is what follows from it."""

    CORRECTION = (
        "correction",
        "Une correction",
        (
            "Orthographe, mise en forme, masquage d’un passage : l’accord donné la couvre. Ce qui change est compté ; "
            "l’auteur·e l’apprend avec la décision et peut s’y opposer."
        ),
    )
    REWRITING = (
        "rewriting",
        "Une réécriture",
        "Tout le reste : le texte part en bon à tirer. Rien ne paraît sans la signature de l’auteur·e.",
    )


def allowed_kinds(testimonial: Testimonial) -> list[EditKind]:
    is_open = testimonial.status in {Status.PENDING, Status.PUBLISHED} and not publication_is_over(testimonial)
    if not is_open or not testimonial.publication_consent:
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
    if is_unchanged(version, base):
        return "Rien n’a changé : modifiez le texte, ou revenez à la relecture."
    if kind is EditKind.REWRITING:
        return ""
    measure = measure_edit(testimonial, version)
    if measure.chosen:
        return (
            "Situation, territoire, partenaire, articulations et signature sont les choix de l’auteur·e : "
            f"les changer est une réécriture. {advice_on_rewriting(testimonial)}"
        )
    return f"{measure.refusal} {advice_on_rewriting(testimonial)}" if measure.refusal else ""


def verdict(testimonial: Testimonial, version: Version) -> str:
    """Return what an edit is, before it is saved as either kind: a correction, or why it is a rewriting."""
    if refusal := edit_refusal(testimonial, version, EditKind.CORRECTION):
        return capitalized(refusal)
    counted = capitalized(measure_edit(testimonial, version).sentence)
    if EditKind.CORRECTION in allowed_kinds(testimonial):
        return f"{counted} : c’est une correction, l’accord donné la couvre."
    if testimonial.contested_number is not None:
        why = "l’auteur·e conteste déjà une correction"
    else:
        why = "le texte d’avant attend encore la signature de l’auteur·e"
    return f"{counted} : ce serait une correction, mais {why}. {advice_on_rewriting(testimonial)}"


def capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def measure_edit(testimonial: Testimonial, version: Version) -> Measure:
    return version.changes_from(own_version(testimonial, base_version(testimonial).number))


def advice_on_rewriting(testimonial: Testimonial) -> str:
    if testimonial.status is Status.PUBLISHED:
        return "Ce texte est publié : pour le récrire, dépubliez-le, puis rouvrez-le et envoyez un bon à tirer."
    return "Choisissez « Une réécriture » : l’auteur·e recevra un bon à tirer."


def save_edit(
    user: User, testimonial: Testimonial, version: Version, kind: EditKind, *, revision: int, note: DecisionNote
) -> None:
    """Add an editor's version to the text as it was read, at `revision`.

    A correction is approved under the consent given; its author is told with the next decision. On a published text,
    it is published at once, and they are told once that can no longer be undone. A rewriting goes out as a proof.
    Raises `Stale` if the revision changed, `EditRefused` or `Rewriting`, and `TransitionRefused` or `ConsentMissing`
    where the status or the consents forbid the edit.
    """
    check_may_take(user, testimonial, Action.SEND_PROOF if kind is EditKind.REWRITING else Action.REQUEST_CHANGES)
    if testimonial.revision != revision:
        raise Stale(testimonial, "\n\n".join((note.message, *answers_of(version).values())).strip())
    if not testimonial.publication_consent:
        raise ConsentMissing(Purpose.PUBLICATION)
    if kind not in allowed_kinds(testimonial):
        raise TransitionRefused(testimonial.status, Action.SEND_PROOF)
    if is_unchanged(version, base_version(testimonial)):
        raise EditRefused
    is_published = testimonial.status is Status.PUBLISHED and not testimonial.has_new_version
    by = Actor.editor(user.id)
    testimonial.propose(version, as_correction=kind is EditKind.CORRECTION)
    testimonial.events.append(AuditEvent.of(Kind.EDITED, by, version_number=version.number))
    if kind is EditKind.REWRITING and version.approval is None:
        testimonial.perform(Action.SEND_PROOF, by=by, note=note)
        testimonial.write_of_decision(mails.PROOF_SENT, note)
        tell_alone(user, testimonial, Action.SEND_PROOF)
        release_hold(testimonial)
        return
    if note.message:
        testimonial.remarks.append(Remark(kind=RemarkKind.CORRECTION, user_id=user.id, words=note.message))
    if is_published:
        testimonial.perform(Action.PUBLISH, by=by)
        testimonial.write_to_author(mails.EDITED)
        release_hold(testimonial)


def is_unchanged(version: Version, base: Version) -> bool:
    return all(getattr(version, field) == getattr(base, field) for field in (*CHOSEN, *SPELT, "link"))
