"""Every message the platform sends: its subject, and how a stored letter becomes an e-mail.

A letter in the outbox holds facts, never a private link: the link is signed here, when the message is rendered.
"""

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from flask import current_app, render_template, url_for

from app import security


class Message(StrEnum):
    """What is written to people; the template of the same name says it."""

    RECEIPT = "receipt"
    NEW_LINK = "new_link"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    KEPT_INTERNAL = "kept_internal"
    DECLINED = "declined"
    UNPUBLISHED = "unpublished"
    WITHDRAWN = "withdrawn"
    CONSENT = "consent"
    AMENDED = "amended"
    SET_ASIDE = "set_aside"
    CONFIRM_REMINDER = "confirm_reminder"
    RENEWAL = "renewal"
    EXPIRED = "expired"

    @property
    def subject(self) -> str:
        """Return the subject line: plain words."""
        return SUBJECTS[self]


SUBJECTS: Mapping[Message, str] = {
    Message.RECEIPT: "Confirmez votre adresse pour que votre texte soit lu",
    Message.NEW_LINK: "Votre nouveau lien privé",
    Message.CONFIRMED: "Votre texte est entre nos mains",
    Message.PUBLISHED: "Votre retour d’expérience est publié",
    Message.KEPT_INTERNAL: "Votre texte est gardé, sans être publié",
    Message.DECLINED: "Votre texte ne sera pas publié",
    Message.UNPUBLISHED: "Votre texte n’est plus publié",
    Message.WITHDRAWN: "Votre texte est retiré",
    Message.CONSENT: "Votre accord est changé",
    Message.AMENDED: "Votre nouvelle version est arrivée",
    Message.SET_ASIDE: "Votre texte reste publié tel qu’il est",
    Message.CONFIRM_REMINDER: "Votre texte attend que vous confirmiez votre adresse",
    Message.RENEWAL: "Votre texte paraît encore trente jours : le prolonger ?",
    Message.EXPIRED: "La publication de votre texte est achevée",
}


def compose(message: Message, recipient: str, facts: Mapping[str, Any], message_id: str) -> EmailMessage:
    """Return the e-mail a letter stands for.

    `facts` may hold `public_id` and `generation`, from which the private link is signed; the other facts are the
    template's own.
    """
    words = dict(facts)
    if "generation" in facts:
        token = security.sign_private_link(facts["public_id"], facts["generation"])
        words["private_link"] = address("testimonials.private", token=token)
    email = EmailMessage()
    email["From"] = current_app.config["MAIL_FROM"]
    email["To"] = recipient
    email["Subject"] = message.subject
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    text = render_template(f"mail/{message}.txt", **words)
    paragraphs = [paragraph.strip() for paragraph in text.split("\n\n")]
    html = render_template(
        "mail/letter.html", subject=message.subject, paragraphs=paragraphs, link=words.get("private_link")
    )
    email.set_content(text, cte="quoted-printable")
    email.add_alternative(html, subtype="html", cte="quoted-printable")
    return email


def samples() -> Iterator[tuple[Message, EmailMessage]]:
    """Yield every message as it would be written to someone, to be looked at."""
    facts = {
        "public_id": "0" * 20,
        "generation": 1,
        "reason": "Une autre personne est reconnaissable",
        "words": "Le troisième paragraphe permet de reconnaître un voisin.\nRetirez-le, et nous relirons volontiers.",
        "heading": "Trois après-midi",
        "purpose": "Réutilisation ailleurs",
        "answer": "oui",
        "wording": "J’accepte que ce texte soit repris ailleurs par le réseau.",
    }
    for message in Message:
        yield message, compose(message, "prenom.nom@exemple.fr", facts, f"<{message}@en-regard.invalid>")


def address(endpoint: str, **values: Any) -> str:
    """Return a page's full address, whether or not a request is under way."""
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        return url_for(endpoint, _external=True, **values)
