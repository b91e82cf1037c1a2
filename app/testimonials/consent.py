"""Consent, append-only: the purposes, their wordings by version, and which consents are in force.

Each purpose is asked for on its own (GDPR, articles 6.1.a and 7). A line keeps the wording as it was read, what it
names (article and call), the digest of the text, the moment and the channel: proof without the text. A wording is never
changed once shown: a new one gets a new number (a test pins the digests of all). Withdrawing a text is
`Testimonial.withdraw()`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.articles.models import Article
from app.db import Base, enum_by_value, now
from app.labels import LabelledEnum
from app.testimonials.questions import answers_of
from app.testimonials.versions import Version
from app.words import PEOPLE

if TYPE_CHECKING:
    from app.testimonials.models import Testimonial


class ConsentMissing(Exception):
    """The act needs a consent of the author that is not in force."""


class Purpose(LabelledEnum):
    """A purpose that an author consents to, or an attestation."""

    PUBLICATION = "publication", "Publication à côté de l’article"
    REUSE = "reuse", "Réutilisation ailleurs"
    CONTACT = "contact", "Être recontacté·e"
    ATTESTATION = "attestation", "Attestation"

    def wording(self, article: Article, about: str | None = None) -> str:
        """Return today's wording, as it is read about an article; or about a testimonial, by who answers it."""
        return WORDINGS[self][self.version_for(about)].format(**wording_parameters(article, about))

    def version_for(self, about: str | None) -> int:
        """Return the number of today's wording; an answer has the same, but where one was written for answers."""
        of_answers = [number for number in WORDINGS[self] if number >= FIRST_OF_ANSWERS]
        return max(of_answers if about and of_answers else WORDINGS[self].keys() - of_answers)

    @property
    def asked_since(self) -> int:
        """The first wording that asks for what today's asks for: who agreed to it is asked nothing more."""
        return min(ASKED_SINCE[self], self.version_for(None))


class ConsentDecision(LabelledEnum):
    """What was decided."""

    GIVEN = "given", "oui"
    REFUSED = "refused", "non"
    WITHDRAWN = "withdrawn", "accord retiré"


class Channel(LabelledEnum):
    """Where it was decided."""

    FORM = "form", "dans le formulaire"
    PRIVATE_PAGE = "private_page", "depuis la page privée"
    PROOF = "proof", "en signant le bon à tirer"


# The number of the first wording for who answers a testimonial.
FIRST_OF_ANSWERS = 101

WORDINGS: Mapping[Purpose, Mapping[int, str]] = {
    Purpose.PUBLICATION: {
        1: (
            "J’accepte que ce texte soit publié à côté de l’article, sous la signature que j’ai choisie, "
            "pendant trois ans renouvelables. L’équipe peut corriger l’orthographe et la mise en forme, et masquer "
            "ce qui permettrait de reconnaître une autre personne ; j’en suis averti·e et je peux m’y opposer. "
            "Toute autre modification m’est soumise avant parution. "
            "Je peux retirer cet accord à tout moment, sans donner de raison, depuis mon lien privé."
        ),
        2: (
            "J’accepte que ce texte soit publié à côté de l’article, ici et sur les sites du réseau qui montrent "
            "l’article (leur liste est publique), sous la signature que j’ai choisie, "
            "pendant trois ans renouvelables. L’équipe peut corriger l’orthographe et la mise en forme, et masquer "
            "ce qui permettrait de reconnaître une autre personne ; j’en suis averti·e et je peux m’y opposer. "
            "Toute autre modification m’est soumise avant parution. "
            "Je peux retirer cet accord à tout moment, sans donner de raison, depuis mon lien privé."
        ),
        3: (
            "J’accepte que ce texte, qui répond à « {call} », soit publié à côté de l’article « {article} », "
            "ici et sur les sites du réseau qui montrent "
            "l’article (liste publique), sous la signature choisie, "
            "pendant trois ans renouvelables. L’équipe peut corriger l’orthographe et la mise en forme, et masquer "
            "ce qui permettrait de reconnaître une autre personne ; j’en suis averti·e et je peux m’y opposer. "
            "Toute autre modification m’est soumise avant parution. "
            "Je peux retirer cet accord à tout moment, sans donner de raison, depuis mon lien privé."
        ),
        # Of the testimonial its reference alone: this line outlives the words that are answered.
        FIRST_OF_ANSWERS: (
            "J’accepte que ce texte, qui répond au témoignage de référence {about}, soit publié sous ce témoignage, "
            "à côté de l’article « {article} », ici et sur les sites du réseau qui montrent "
            "l’article (liste publique), sous la signature choisie, "
            "pendant trois ans renouvelables, et seulement tant que ce témoignage paraît. "
            "L’équipe peut corriger l’orthographe et la mise en forme, et masquer "
            "ce qui permettrait de reconnaître une autre personne ; j’en suis averti·e et je peux m’y opposer. "
            "Toute autre modification m’est soumise avant parution. "
            "Je peux retirer cet accord à tout moment, sans donner de raison, depuis mon lien privé."
        ),
    },
    Purpose.REUSE: {
        1: (
            "J’accepte que ce texte, signé de la même façon, soit repris ailleurs par le réseau : "
            "lettre d’information, rapport, journée d’étude. Je peux retirer cet accord à tout moment."
        ),
        2: (
            "J’accepte que ce texte, signé de la même façon, soit repris ailleurs, par le réseau ou par d’autres : "
            "dans des flux ouverts, que tout site et tout programme peut lire et montrer, et dans des documents, "
            "lettre d’information, rapport ou journée d’étude. Je peux retirer cet accord à tout moment."
        ),
    },
    Purpose.CONTACT: {
        1: (
            "J’accepte que le réseau m’écrive au sujet de cette expérience, par exemple pour la faire connaître à un "
            f"autre {PEOPLE}. Je peux retirer cet accord à tout moment."
        )
    },
    Purpose.ATTESTATION: {
        1: (
            "J’atteste que les personnes nommées dans ce texte en sont informées "
            "et qu’aucune patiente, aucun patient n’y est reconnaissable."
        ),
        2: (
            "J’atteste, pour ce texte, que toute personne reconnaissable en est informée "
            "et qu’aucune patiente, aucun patient n’y est reconnaissable."
        ),
    },
}

# The wording of each purpose since which the same has been asked, in other words maybe.
ASKED_SINCE: Mapping[Purpose, int] = {
    Purpose.PUBLICATION: 2,
    Purpose.REUSE: 2,
    Purpose.CONTACT: 1,
    Purpose.ATTESTATION: 2,
}

# The first wording of publication that names the sites of the network, and of reuse that names the open outlets.
# A consent to an earlier one opens the article's page here, or documents of the network, and no more.
NAMES_SITES = 2
NAMES_OPEN_OUTLETS = 2


# Said where a form was sent from a page with other wordings than those of today.
WORDINGS_CHANGED = "Les mots de nos demandes d’accord ont changé depuis cette page : lisez-les, et répondez de nouveau."


def wording_parameters(article: Article, about: str | None = None) -> dict[str, str]:
    """Return what the wordings name: the article and its call, by their titles at the moment they are read.

    And the reference of the testimonial that is answered, if one is.
    """
    return {"article": article.title, "call": article.call.title} | ({"about": about} if about else {})


def current_wordings(article: Article, about: str | None = None) -> str:
    """Return the wordings that a form shows now: it sends this back, to say which ones were read, and of what."""
    numbers = (f"{purpose.value}-{purpose.version_for(about)}" for purpose in Purpose)
    texts = "\n".join(purpose.wording(article, about) for purpose in Purpose)
    return " ".join([*numbers, hashlib.sha256(texts.encode()).hexdigest()[:16]])


class Consent(MappedAsDataclass, Base, kw_only=True):
    """An answer to one purpose: on which wording, for which text (`digest`), when and through which channel."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    purpose: Mapped[Purpose] = mapped_column(enum_by_value(Purpose))
    answer: Mapped[ConsentDecision] = mapped_column(enum_by_value(ConsentDecision))
    wording_version: Mapped[int]
    wording: Mapped[str] = mapped_column(Text)
    # What the wording names; empty in lines older than migration 0020.
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict, server_default="{}")
    digest: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_by_value(Channel))
    at: Mapped[datetime] = mapped_column(default_factory=now)


def consent_line(
    purpose: Purpose,
    answer: ConsentDecision,
    *,
    article: Article,
    digest: str,
    channel: Channel,
    lines: Sequence[Consent] = (),
    about: str | None = None,
) -> Consent:
    """Return a line on today's wording; a withdrawal, on that of the last of the `lines`, which it takes back.

    `about` is the reference of the testimonial that its author answers.
    """
    line = Consent(
        purpose=purpose,
        answer=answer,
        wording_version=purpose.version_for(about),
        wording=purpose.wording(article, about),
        parameters=wording_parameters(article, about),
        digest=digest,
        channel=channel,
    )
    last = next((each for each in reversed(lines) if each.purpose is purpose), None)
    if answer is ConsentDecision.WITHDRAWN and last is not None:
        line.wording_version, line.wording, line.parameters = last.wording_version, last.wording, last.parameters
    return line


def line_of(testimonial: "Testimonial", purpose: Purpose, answer: ConsentDecision, channel: Channel) -> Consent:
    """Return a line of a testimonial, on the text that its author last approved."""
    return consent_line(
        purpose,
        answer,
        article=testimonial.article,
        digest=testimonial.approved.digest,
        channel=channel,
        lines=testimonial.consents,
        about=testimonial.about.public_id if testimonial.about else None,
    )


def consents_in_force(lines: Iterable[Consent], purpose: Purpose, *, since_wording: int = 1) -> bool:
    """Say whether the last answer to a purpose gives it, on a wording or a later one; silence gives nothing."""
    line = given_line(lines, purpose)
    return line is not None and line.wording_version >= since_wording


def is_given_today(lines: Iterable[Consent], purpose: Purpose) -> bool:
    """Say whether a consent is in force on a wording that asks for what today's asks for."""
    return consents_in_force(lines, purpose, since_wording=purpose.asked_since)


def opened_outlets(lines: Sequence[Consent]) -> tuple[bool, bool, bool]:
    """Say whether the consents in force open the article's page here, the sites of the network, the open outlets."""
    return (
        consents_in_force(lines, Purpose.PUBLICATION),
        consents_in_force(lines, Purpose.PUBLICATION, since_wording=NAMES_SITES),
        consents_in_force(lines, Purpose.REUSE, since_wording=NAMES_OPEN_OUTLETS),
    )


def reuse_changed_at(lines: Iterable[Consent]) -> datetime | None:
    """Return when open outlets last got the words, or lost them; None where they never had them."""
    opened, changed_at = False, None
    for line in lines:
        if line.purpose is Purpose.REUSE:
            opens = line.answer is ConsentDecision.GIVEN and line.wording_version >= NAMES_OPEN_OUTLETS
            opened, changed_at = opens, line.at if opens is not opened else changed_at
    return changed_at


def given_line(lines: Iterable[Consent], purpose: Purpose) -> Consent | None:
    """Return the line of a consent in force."""
    answers = [line for line in lines if line.purpose is purpose]
    return answers[-1] if answers and answers[-1].answer is ConsentDecision.GIVEN else None


def given_again(lines: Sequence[Consent], purpose: Purpose) -> Consent:
    """Return a line that gives a consent as it was last given: on the same wording, for the same text."""
    line = next(each for each in reversed(lines) if each.purpose is purpose and each.answer is ConsentDecision.GIVEN)
    return Consent(
        purpose=purpose,
        answer=line.answer,
        wording_version=line.wording_version,
        wording=line.wording,
        parameters=line.parameters,
        digest=line.digest,
        channel=Channel.PRIVATE_PAGE,
    )


def latest_of_each(lines: Iterable[Consent]) -> list[Consent]:
    """Return the last line of each purpose, in the order the purposes were first answered."""
    return list({line.purpose: line for line in lines}.values())


def consent_receipt(consents: Sequence[Consent], versions: Sequence[Version]) -> dict[str, Any]:
    """Return the facts `consents` and `text` of an e-mail that acknowledges the consents; erased with the text."""
    digest = consents[-1].digest
    version = next(version for version in reversed(versions) if version.digest == digest)
    return {
        "consents": [
            {"purpose": line.purpose.label, "answer": line.answer.label, "wording": line.wording}
            for line in latest_of_each(consents)
        ],
        "text": "\n\n".join(f"{heading}\n{words}" for heading, words in answers_of(version).items()),
    }
