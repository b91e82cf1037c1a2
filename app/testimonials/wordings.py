"""Wordings of the consents: the purposes, what each asks for, by version.

A wording is never changed once shown: a new one gets a new number (a test pins the digests of all).
"""

import hashlib
from collections.abc import Mapping

from app.articles.models import Article
from app.labelled_enum import LabelledEnum
from app.words import PEOPLE


class Purpose(LabelledEnum):
    """A purpose that an author consents to, or an attestation."""

    PUBLICATION = "publication", "Publication à côté de l’article"
    REUSE = "reuse", "Réutilisation ailleurs"
    CONTACT = "contact", "Être recontacté·e"
    QUESTIONS = "questions", f"Questions d’autres {PEOPLE}"
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
            "ici et sur les sites du réseau qui montrent l’article (liste publique), sous la signature choisie, "
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
        ),
        2: "J’accepte que le réseau m’écrive au sujet de cette expérience. Je peux retirer cet accord à tout moment.",
    },
    Purpose.QUESTIONS: {
        1: (
            f"J’accepte de recevoir les questions d’autres {PEOPLE} sur cette expérience ; ils n’ont mon adresse "
            "que si je réponds. Je peux retirer cet accord à tout moment."
        ),
        2: (
            f"J’accepte de recevoir les questions d’autres {PEOPLE} sur cette expérience ; ils n’ont mon adresse "
            "que si je réponds, même automatiquement. Je peux retirer cet accord à tout moment."
        ),
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
    Purpose.QUESTIONS: 2,
    Purpose.ATTESTATION: 2,
}

# The purposes that publication does not depend on: each has a box of its own, and changes from the private page.
OPTIONAL = (Purpose.REUSE, Purpose.CONTACT, Purpose.QUESTIONS)

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


def asked_purposes(*, is_response: bool) -> tuple[Purpose, ...]:
    """Return the purposes that an author is asked about; who answers a testimonial, not those of its readers."""
    return tuple(each for each in Purpose if not is_response or each is not Purpose.QUESTIONS)


def current_wordings(article: Article, about: str | None = None) -> str:
    """Return the wordings that a form shows now: it sends this back, to say which ones were read, and of what."""
    asked = asked_purposes(is_response=about is not None)
    numbers = (f"{purpose.value}-{purpose.version_for(about)}" for purpose in asked)
    texts = "\n".join(purpose.wording(article, about) for purpose in asked)
    return " ".join([*numbers, hashlib.sha256(texts.encode()).hexdigest()[:16]])
