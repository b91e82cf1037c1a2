"""Verification of the register: what of the consents and digests does not hold, a sentence each.

The publisher must be able to demonstrate each consent (GDPR, article 7.1). Everything is recomputed
from the rows themselves; nothing is changed.
"""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.audit import SHOWING_WHOSE
from app.testimonials.approval import PARTNER_KEYS
from app.testimonials.changes import in_batches
from app.testimonials.consent import FACTS, Consent, consents_in_force, digest_of_line
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import WORDINGS, Purpose

BATCH = 100  # testimonials: each comes with its versions, texts included

SHA_256 = re.compile("[0-9a-f]{64}")


def register_faults(session: Session) -> Iterator[str]:
    """Yield a sentence for each proof that does not hold, by testimonial. Reads, and rolls back, a batch at a time."""
    versions = selectinload(Testimonial.versions)
    loaded = (
        selectinload(Testimonial.consents),
        selectinload(Testimonial.events),
        versions.selectinload(Version.themes),
        versions.joinedload(Version.department),
        versions.joinedload(Version.partner),
    )
    for ids in in_batches(session, size=BATCH):
        testimonials = select(Testimonial).where(Testimonial.id.in_(ids)).order_by(Testimonial.id)
        for testimonial in session.scalars(testimonials.options(*loaded)):
            for fault in testimonial_faults(testimonial):
                yield f"{testimonial.public_id}: {fault}"
        session.rollback()
    session.rollback()  # the look for one batch more


def testimonial_faults(testimonial: Testimonial) -> Iterator[str]:
    for version in testimonial.versions:
        yield from version_faults(version)
    digests = {version.digest for version in testimonial.versions}
    for number, line in enumerate(testimonial.consents, 1):
        yield from (f"line {number} ({line.purpose}) {fault}" for fault in line_faults(line, digests))
    given = consents_in_force(testimonial.consents, Purpose.PUBLICATION)
    if testimonial.status is Status.PUBLISHED:
        yield from publication_faults(testimonial, is_given=given)
    elif testimonial.status is not Status.ERASED and testimonial.publication_consent is not given:
        yield "whether it may be published is not what its last line on publication says"


def version_faults(version: Version) -> Iterator[str]:
    """Yield the faults of a version: its words have another digest, or its author approved another text."""
    if version.digest_format not in PARTNER_KEYS:
        yield f"version {version.number} has a digest of format {version.digest_format}, which is unknown"
    elif version.digest != version.compute_digest():
        yield f"the digest of version {version.number} is not that of its words"
    if version.approval is not None and version.approved_digest != version.digest:
        yield f"what its author approved is not version {version.number}"


def line_faults(line: Consent, digests: set[str]) -> Iterator[str]:
    """Yield the faults of a line, after which text it may be about: after an erasure, a digest is all there is."""
    wording = WORDINGS[line.purpose].get(line.wording_version)
    if wording is None:
        yield f"is on wording {line.wording_version}, which is unknown"
    elif line.wording != completed(wording, line.parameters):
        yield f"does not have the words of wording {line.wording_version}"
    if line.line_digest != digest_of_line({name: getattr(line, name) for name in FACTS}):
        yield "does not have the digest of its moment, answer and channel"
    if not SHA_256.fullmatch(line.digest):
        yield "has no digest of a text"
    elif digests and line.digest not in digests:
        yield "is about a text that none of its versions is"


def completed(wording: str, parameters: dict[str, str]) -> str | None:
    """Return a wording with what it names; None where a line does not tell what."""
    try:
        return wording.format(**parameters)
    except KeyError:
        return None


def publication_faults(testimonial: Testimonial, *, is_given: bool) -> Iterator[str]:
    """Yield what product rule 1 asks of a published text and its rows do not show."""
    if not is_given:
        yield "is published without a consent to publication in force"
    if not any(event.kind in SHOWING_WHOSE for event in testimonial.events):
        yield "is published, and nobody has confirmed its author's address"
    shown = shown_version(testimonial.versions, testimonial.shown_number)
    if shown is None:
        yield "is published, and the version it shows does not exist"
    elif not testimonial.shown_digest == testimonial.approved_digest == shown.approved_digest == shown.digest:
        yield f"is published, and what it shows is not what its author approved of version {shown.number}"


def shown_version(versions: Sequence[Version], number: int | None) -> Version | None:
    return next((version for version in versions if version.number == number), None)
