"""The proof of a text's consents: what was answered, in which words, for which text; erased, digests are all it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app.articles.models import Article
from app.audit import SHOWING_WHOSE, AuditEvent, Kind
from app.testimonials.consent import Channel, Consent
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.models import Transcript, transcript_of
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

# Only an author's own act writes a line (product rule 4): the channel says which.
RECORDED_BY: Mapping[Channel, str] = {
    Channel.FORM: "par l’auteur·e, en envoyant le formulaire",
    Channel.PRIVATE_PAGE: "par l’auteur·e, depuis sa page privée",
    Channel.ASSISTED: "par l’auteur·e, en signant ce que l’équipe avait écrit sous sa dictée",
    Channel.PROOF: "par l’auteur·e, en signant depuis sa page privée",
}


@dataclass(frozen=True)
class ProofLine:
    """A line of consent, and the number of the version that it is about: none once the text is erased."""

    consent: Consent
    version_number: int | None

    @property
    def recorded_by(self) -> str:
        return RECORDED_BY[self.consent.channel]


@dataclass(frozen=True)
class ConsentProof:
    """What can be shown of a text's consents (GDPR, article 7.1), without the address of its author.

    The lines outlive the text by `PROOF_PERIOD`; `confirmed_at` is when the text was shown to be its author's: by the
    link sent to their address, or by a code. `transcript` is how it was told to who typed it, if it was; `by_code` says
    that a code opens the private page of who gave no address.
    """

    public_id: str
    article: Article
    heading: str
    byline: str
    submitted_at: datetime
    confirmed_at: datetime | None
    by_code: bool
    transcript: Transcript | None
    erased_at: datetime | None
    by_purpose: Mapping[Purpose, list[ProofLine]]
    versions: list[Version]

    @property
    def controller_address(self) -> str:
        """Return the postal address of who answers for the processing (GDPR, article 13.1.a)."""
        return identity("PUBLISHER_ADDRESS")


def consent_proof(testimonial: Testimonial) -> ConsentProof:
    versions = {version.digest: version.number for version in testimonial.versions}
    by_purpose: dict[Purpose, list[ProofLine]] = {}
    for line in testimonial.consents:
        by_purpose.setdefault(line.purpose, []).append(ProofLine(line, versions.get(line.digest)))
    latest = testimonial.versions[-1] if testimonial.versions else None
    transcript = transcript_of(testimonial)
    has_answered_by_code = any(event.kind is Kind.IDENTIFIED for event in testimonial.events)
    return ConsentProof(
        public_id=testimonial.public_id,
        article=testimonial.article,
        heading=latest.heading if latest else "Texte effacé",
        byline=latest.byline if latest else "",
        submitted_at=testimonial.submitted_at,
        confirmed_at=first_at(testimonial.events, *SHOWING_WHOSE),
        by_code=has_answered_by_code or (transcript is not None and testimonial.email is None),
        transcript=transcript,
        erased_at=first_at(testimonial.events, Kind.ERASE),
        by_purpose=by_purpose,
        versions=testimonial.versions,
    )


def identity(name: str) -> str:
    told: str = current_app.config["IDENTITY"][name]
    return told


def first_at(events: list[AuditEvent], *kinds: Kind) -> datetime | None:
    return next((event.at for event in events if event.kind in kinds), None)
