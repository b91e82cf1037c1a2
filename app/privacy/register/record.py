"""The proof of a text's consents: what was answered, in which words, for which text; erased, digests are all it has.

Its file is after ISO/IEC TS 27560:2023 (consent records and receipts), in the terms of DPV, the Data Privacy Vocabulary
of the W3C's community group; its guide says which term stands for which field of the standard:
https://w3id.org/dpv/guides/consent-27560. A receipt holds a record for each purpose.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, url_for

from app.articles.models import Article
from app.articles.sites import Site
from app.audit import SHOWING_WHOSE, AuditEvent, Kind
from app.testimonials.consent import Channel, Consent, ConsentDecision
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Transcript
from app.testimonials.versions import Version
from app.testimonials.wordings import NAMES_OPEN_OUTLETS, NAMES_SITES, Purpose

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
    transcript = testimonial.transcript
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


Record = dict[str, Any]

# The relations whose value is a reference, and not words.
REFERENCES = (
    *("dct:conformsTo", "dct:publisher", "dpv:hasApplicableLaw", "dpv:hasDataController", "dpv:hasIdentifier"),
    *("dpv:hasJurisdiction", "dpv:hasLegalBasis", "dpv:hasNotice", "dpv:isExercisedAt", "dpv:isIndicatedBy"),
    "schema:url",
)
CONTEXT: Mapping[str, str | Mapping[str, str]] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "loc": "https://w3id.org/dpv/loc#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{relation: {"@type": "@id"} for relation in REFERENCES},
    **{relation: {"@type": "xsd:dateTime"} for relation in ("dct:created", "dpv:isIndicatedAtTime")},
}
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560"

STATES: Mapping[ConsentDecision, str] = {
    ConsentDecision.GIVEN: "dpv:ConsentGiven",
    ConsentDecision.REFUSED: "dpv:ConsentRefused",
    ConsentDecision.WITHDRAWN: "dpv:ConsentWithdrawn",
}

# Where a consent is withdrawn, by whether a code opens the private page.
WITHDRAWN_FROM: Mapping[bool, str] = {
    False: "depuis le lien privé reçu par courriel",
    True: "depuis la page privée, qu’ouvre le code de l’auteur·e",
}
UNTIL_WITHDRAWN = "Jusqu’au retrait de l’accord"
DISPLAYED = "Le texte, et la signature choisie"
# The data that each purpose is about: never more than its wording says.
DATA: Mapping[Purpose, str] = {
    Purpose.PUBLICATION: DISPLAYED,
    Purpose.REUSE: DISPLAYED,
    Purpose.CONTACT: "Le courriel de l’auteur·e, et le texte",
    Purpose.QUESTIONS: "Le courriel de l’auteur·e, et le texte",
    Purpose.ATTESTATION: "Le texte",
}
TEAM = "L’équipe qui relit"
# An attestation is no consent: the register has it because publication is refused without it.
DECLARED: Mapping[Purpose, Record] = {
    Purpose.ATTESTATION: {"dct:description": "Ce que l’auteur·e déclare avec son accord à la publication."},
}


def consent_receipt_file(proof: ConsentProof, sites: Sequence[Site], at: datetime) -> str:
    """Return the receipt as indented JSON-LD; `sites` are those of the network that show the article today."""
    return json.dumps(receipt(proof, sites, at), ensure_ascii=False, indent=2) + "\n"


def receipt(proof: ConsentProof, sites: Sequence[Site], at: datetime) -> Record:
    address = f"{current_app.config['PUBLIC_URL']}/temoignages/{proof.public_id}#preuve"
    return {
        "@context": CONTEXT,
        "@id": address,
        "@type": "dpv:ConsentReceipt",
        "dct:title": "Registre des accords, d’après ISO/IEC TS 27560",
        "dct:conformsTo": f"{SCHEMA}#receipt",
        "dct:identifier": proof.public_id,
        "dct:created": written(at),
        "dct:publisher": controller_id(),
        "dpv:hasRecordOfActivity": [
            purpose_record(address, proof, purpose, lines, sites) for purpose, lines in proof.by_purpose.items()
        ],
    }


def purpose_record(
    receipt_address: str, proof: ConsentProof, purpose: Purpose, lines: Sequence[ProofLine], sites: Sequence[Site]
) -> Record:
    address, subject = f"{receipt_address}-{purpose}", f"{receipt_address}-auteur"
    wordings = list(dict.fromkeys((line.consent.wording_version, line.consent.wording) for line in lines))
    notices = {wording: f"{address}-mots-{number}" for number, wording in enumerate(wordings, 1)}
    return {
        "@id": address,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": f"{SCHEMA}#record",
        "dct:identifier": f"{proof.public_id}-{purpose}",
        # A reference: neither name nor address, for the record outlives them.
        "dpv:hasDataSubject": {"@id": subject, "@type": "dpv:DataSubject", "dct:identifier": proof.public_id},
        "dpv:hasDataController": controller_id(),
        "dpv:hasEntity": [controller()],
        "dpv:hasJurisdiction": "loc:FR",
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasNotice": [
            {
                "@id": notices[number, words],
                "@type": "dpv:ConsentNotice",
                "dct:identifier": f"{purpose}-{number}",
                "schema:version": number,
                "dct:language": "fr",
                "schema:text": words,
            }
            for number, words in wordings
        ],
        "dpv:hasProcess": process(proof, purpose, lines[-1].consent, sites),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dct:description": f"À tout moment, sans donner de raison, {WITHDRAWN_FROM[proof.by_code]}.",
            "dpv:isExercisedAt": outward("voice.enter_code" if proof.by_code else "private_page.new_link"),
        },
        "dpv:hasRight": {
            "@type": ["dpv:DataSubjectRight", "eu-gdpr:A7-3"],
            "dct:title": "Droit de retirer son accord",
            "dpv:isExercisedAt": outward("privacy.your_data"),
        },
        "dpv:hasConsentStatus": [event(line, notices, subject) for line in lines],
    }


def event(line: ProofLine, notices: Mapping[tuple[int, str], str], subject: str) -> Record:
    """Return what was answered, when, how, by whom, on which words, and for which text: its digest."""
    consent = line.consent
    return {
        "@type": [STATES[consent.answer], "dpv:ExpressedConsent"],
        "dpv:isIndicatedAtTime": written(consent.at),
        "dpv:isIndicatedBy": subject,
        "dpv:hasIndicationMethod": consent.channel.label,
        "dct:description": f"Enregistré {line.recorded_by}.",
        "dpv:hasDuration": validity(consent),
        "dpv:hasNotice": notices[consent.wording_version, consent.wording],
        "schema:about": {"@type": "schema:CreativeWork", "schema:sha256": consent.digest},
    }


def validity(consent: Consent) -> Record:
    """Return for how long an answer holds: a publication lasts its period, which its author may renew."""
    if consent.purpose is Purpose.PUBLICATION and consent.answer is ConsentDecision.GIVEN:
        return {"@type": "dpv:TemporalDuration", "rdf:value": f"P{current_app.config['PUBLICATION_PERIOD'].number}M"}
    until = UNTIL_WITHDRAWN if consent.answer is ConsentDecision.GIVEN else "Jusqu’à une autre réponse de l’auteur·e"
    return {"@type": "dpv:UntilEventDuration", "rdf:value": until}


def process(proof: ConsentProof, purpose: Purpose, last: Consent, sites: Sequence[Site]) -> Record:
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": purpose.value,
            "dct:title": purpose.label,
            **DECLARED.get(purpose, {}),
        },
        "dpv:hasPersonalData": {"@type": "dpv:PersonalData", "dct:title": DATA[purpose]},
        "dpv:hasRecipient": [
            {"@type": "dpv:Recipient", "dct:title": name} for name in recipients(purpose, last.wording_version, sites)
        ],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": identity("HOSTING_PROVIDER_ADDRESS")},
            {
                "@type": "dpv:StorageDuration",
                "dct:title": "Le texte",
                "dpv:hasDuration": {"@type": "dpv:UntilEventDuration", "rdf:value": f"{UNTIL_WITHDRAWN}, puis effacé"},
            },
            {
                "@type": "dpv:StorageDuration",
                "dct:title": "Cette preuve, après le retrait ou l’effacement",
                "dpv:hasDuration": {
                    "@type": "dpv:TemporalDuration",
                    "rdf:value": f"P{current_app.config['PROOF_PERIOD'].number}M",
                },
            },
        ],
        "schema:about": {
            "@type": "schema:Article",
            "schema:name": last.parameters.get("article", proof.article.title),
            "schema:url": outward("publication.article", slug=proof.article.slug),
        },
    }


def recipients(purpose: Purpose, wording_version: int, sites: Sequence[Site]) -> list[str]:
    """Return who a wording of a purpose lets read: an earlier one keeps its narrower reading."""
    match purpose:
        case Purpose.PUBLICATION if wording_version >= NAMES_SITES:
            return ["Qui lit la page de l’article", *(f"Qui lit {site.name} ({site.host})" for site in sites)]
        case Purpose.PUBLICATION:
            return ["Qui lit la page de l’article"]
        case Purpose.REUSE if wording_version >= NAMES_OPEN_OUTLETS:
            return ["Tout site et tout programme qui lit nos flux ouverts", "Qui lit les documents qui le reprennent"]
        case Purpose.REUSE:
            return ["Qui lit les documents du réseau"]
        case Purpose.QUESTIONS:
            return ["Qui pose une question et reçoit une réponse de l’auteur·e"]
        case _:
            return [TEAM]


def controller() -> Record:
    """Return who answers for the processing (GDPR, article 13.1.a): the publisher's address."""
    settings = current_app.config
    address = identity("PUBLISHER_ADDRESS")
    return {
        "@id": controller_id(),
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": controller_id(),
        "dpv:hasName": settings["DATA_CONTROLLER"],
        "dpv:hasAddress": {"@type": "schema:PostalAddress", "schema:streetAddress": address},
        "dpv:hasContact": {"@type": "schema:ContactPoint", "schema:email": settings["CONTACT"]},
        "schema:url": settings["PUBLIC_URL"],
    }


def controller_id() -> str:
    return f"{current_app.config['PUBLIC_URL']}/#responsable"


def outward(endpoint: str, **values: Any) -> str:
    """Return an address that holds outside of this site."""
    return f"{current_app.config['PUBLIC_URL']}{url_for(endpoint, **values)}"


def written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
