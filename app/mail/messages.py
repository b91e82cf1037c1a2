"""Every message the platform sends: its subject, and how a stored letter becomes an e-mail.

A letter in the outbox holds facts, never a private link: the link is signed here, when the message is rendered.

Each has one link and one thing to do: the private page, where everything is done, withdrawing as easily as the rest.
What is published also says where it reads, as a plain address, for that is something to know and not something to do.
It is the short address, which stays when a title changes and leads to the whole one.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from enum import StrEnum
from typing import Any

from flask import current_app, render_template, url_for

from app import tokens
from app.db import now


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
    CHANGES_REQUESTED = "changes_requested"
    CHANGES_REMINDER = "changes_reminder"
    REQUEST_CANCELLED = "request_cancelled"
    PROOF_SENT = "proof_sent"
    PROOF_REMINDER = "proof_reminder"
    PROOF_RECALLED = "proof_recalled"
    EDITED = "edited"
    NOTICE_RECEIVED = "notice_received"
    NOTICE_ANSWERED = "notice_answered"
    MENTION = "mention"
    DRAFT = "draft"
    DIGEST = "digest"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of a message
    LEAVE_ADDRESS = "leave_address"
    TAKE_ADDRESS = "take_address"
    SIGN_IN_CHANGED = "sign_in_changed"

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
    Message.CHANGES_REQUESTED: "Quelques corrections avant de publier votre texte",
    Message.CHANGES_REMINDER: "Votre texte attend toujours vos corrections",
    Message.REQUEST_CANCELLED: "Plus rien à corriger dans votre texte",
    Message.PROOF_SENT: "Une version relue de votre texte attend votre signature",
    Message.PROOF_REMINDER: "Votre texte relu attend toujours votre signature",
    Message.PROOF_RECALLED: "La version relue de votre texte n’est plus à signer",
    Message.EDITED: "Une correction dans votre texte, à relire",
    Message.NOTICE_RECEIVED: "Votre signalement est arrivé",
    Message.NOTICE_ANSWERED: "Une réponse à votre signalement",
    Message.MENTION: "On vous nomme dans une note",
    Message.DRAFT: "Votre texte vous attend",
    Message.DIGEST: "Ce qui attend l’équipe",
    Message.INVITATION: "Vous êtes invité·e à relire les retours d’expérience",
    Message.PASSWORD_RESET: "Choisir un nouveau mot de passe",
    Message.PASSWORD_CHANGED: "Votre mot de passe a changé",
    Message.LEAVE_ADDRESS: "Votre compte va changer d’adresse",
    Message.TAKE_ADDRESS: "Confirmez la nouvelle adresse de votre compte",
    Message.SIGN_IN_CHANGED: "Votre façon de vous connecter a changé",
}

# What is written to an editor about their own account.
ACCOUNT_MESSAGES = (
    Message.INVITATION,
    Message.PASSWORD_RESET,
    Message.PASSWORD_CHANGED,
    Message.LEAVE_ADDRESS,
    Message.TAKE_ADDRESS,
    Message.SIGN_IN_CHANGED,
)

# What is written after an author has answered for a text: it repeats every consent as it now stands, and the text.
ACKNOWLEDGING = frozenset({Message.CONFIRMED, Message.CONSENT, Message.AMENDED, Message.WITHDRAWN})

# What the link of a message is called, where it does not open an author's page.
OPENS: Mapping[Message, str] = {
    Message.DRAFT: "Reprendre votre texte",
    Message.NOTICE_RECEIVED: "Relire ce témoignage",
    Message.NOTICE_ANSWERED: "Lire ce que nous publions",
    Message.INVITATION: "Choisir votre mot de passe",
    Message.PASSWORD_RESET: "Choisir un nouveau mot de passe",
    Message.PASSWORD_CHANGED: "Choisir un autre mot de passe",
    Message.LEAVE_ADDRESS: "Voir le changement",
    Message.TAKE_ADDRESS: "Voir le changement",
    Message.SIGN_IN_CHANGED: "Choisir un autre mot de passe",
}

# Someone's own words, or a wording, are quoted as e-mail has always quoted: each line after this mark.
QUOTED = re.compile(r"^> ?", re.MULTILINE)

# What a template leaves where it has nothing to say.
BLANK_LINES = re.compile(r"\n{3,}")


def compose(message: Message, recipient: str, facts: Mapping[str, Any], message_id: str) -> EmailMessage:
    """Return the e-mail a letter stands for.

    `facts` may hold `public_id` and `generation`, from which the private link is signed (a draft has its own, of its
    `public_id` alone), or `review`, the text that an editor's link opens, or `noticed`, the one that a reader's does,
    or `account_link`, what an account's link is for (None: the page where one asks for a link); and `due`, a day (ISO
    8601); the other facts are the template's own.
    """
    words = dict(facts)
    if "due" in facts:
        words["due"] = date.fromisoformat(facts["due"])
    if message is Message.PUBLISHED:
        words["permalink"] = address("publication.testimonial", public_id=facts["public_id"])
    if message is Message.DRAFT:
        words["private_link"] = address("drafts.resume", token=tokens.sign_draft_link(facts["public_id"]))
    elif "generation" in facts:
        token = tokens.sign_private_link(facts["public_id"], facts["generation"])
        words["private_link"] = address("private_page.private", token=token)
    if message is Message.NOTICE_RECEIVED:
        words["private_link"] = address("publication.testimonial", public_id=facts["noticed"])
    if message is Message.NOTICE_ANSWERED:
        words["private_link"] = address("publication.charter")
    if "review" in facts:
        words["private_link"] = address("review.show", public_id=facts["review"])
    if "desk" in facts:
        words["private_link"] = address("queue.index")
    if "account_link" in facts:
        words["private_link"] = account_page(facts["account_link"])
    email = EmailMessage()
    email["From"] = current_app.config["MAIL_FROM"]
    email["To"] = reachable(recipient)
    email["Date"] = now()
    email["Subject"] = message.subject
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    text = BLANK_LINES.sub("\n\n", render_template(f"mail/{message}.txt", **words)).strip() + "\n"
    html = render_template(
        "mail/letter.html",
        subject=message.subject,
        blocks=blocks(text),
        link=words.get("private_link"),
        opens=OPENS.get(message, "Ouvrir votre page privée"),
    )
    email.set_content(text, cte="quoted-printable")
    email.add_alternative(html, subtype="html", cte="quoted-printable")
    return email


def new_message_id() -> str:
    """Return a name for a letter that no other bears, under the domain it is sent from."""
    _, sender = parseaddr(current_app.config["MAIL_FROM"])
    return make_msgid(domain=reachable(sender).rpartition("@")[2])


def reachable(address: str) -> str:
    """Return an address as every mail server takes it: its domain without accents (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def blocks(text: str) -> list[tuple[bool, str]]:
    """Return the paragraphs of a text, each with whether it is a quotation, without the marks of one."""
    parts = [part.strip() for part in text.split("\n\n")]
    return [(part.startswith(">"), QUOTED.sub("", part) if part.startswith(">") else part) for part in parts]


def account_page(public_id: str | None) -> str:
    """Return the address of an editor's link, or of the page where one asks for a link."""
    if public_id is None:
        return address("accounts.forgotten")
    return address("accounts.link", token=tokens.sign("account-link", [public_id]))


def samples() -> Iterator[tuple[Message, EmailMessage]]:
    """Yield every message as it would be written to someone, to be looked at."""
    for message, facts in sample_facts():
        yield message, compose(message, "prenom.nom@exemple.fr", facts, f"<{message}@en-regard.invalid>")


def sample_facts() -> Iterator[tuple[Message, Mapping[str, Any]]]:
    """Yield every message with what it may tell."""
    facts = {
        "public_id": "0" * 20,
        "generation": 1,
        "reason": "Une autre personne est reconnaissable",
        "words": "Le troisième paragraphe permet de reconnaître un voisin.\nRetirez-le, et nous relirons volontiers.",
        "ground": "Charte, point 3, et article 9 du code civil (respect de la vie privée).",
        "heading": "Trois après-midi",
        "due": "2026-12-09",
        "purpose": "Réutilisation ailleurs",
        "answer": "oui",
        "accords": [
            {
                "purpose": "Publication à côté de l’article",
                "answer": "oui",
                "wording": "J’accepte que ce texte soit publié à côté de l’article, sous ma signature.",
            },
            {
                "purpose": "Réutilisation ailleurs",
                "answer": "oui",
                "wording": "J’accepte que ce texte soit repris ailleurs par le réseau.",
            },
        ],
        "text": (
            "Titre\nTrois après-midi\n\nSignature\nCoordinatrice, CLSM de Ville-Exemple\n\n"
            "Ce qui se fait ensemble\nNous avons ouvert trois après-midi de travail.\n\nOn y parlait de ce qui soulage."
        ),
    }
    facts |= {"noticed": "0" * 20, "sentence": "L’équipe a relu le témoignage : il reste publié."}
    to_editors: dict[Message, dict[str, Any]] = {
        Message.MENTION: {"who": "Nadia Exemple", "review": "0" * 20},
        Message.DIGEST: {"desk": True, "to_read": "3 textes à relire", "contested": "", "noticed": "", "overdue": ""},
    }
    for message in ACCOUNT_MESSAGES:
        to_editors[message] = {"account_link": "0" * 20, "words": "prenom.nom@ville-exemple.fr"}
    to_editors[Message.SIGN_IN_CHANGED]["words"] = "Une clé d’accès vient d’y être ajoutée."
    for message in Message:
        yield message, to_editors.get(message, facts)


def address(endpoint: str, **values: Any) -> str:
    """Return a page's full address, whether or not a request is under way."""
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        return url_for(endpoint, _external=True, **values)
