"""Every message the platform sends: its subject, and how a stored e-mail becomes an e-mail.

An e-mail in the outbox holds facts, never a private link: the link is signed here, when the message is rendered.

Each has one link and one thing to do: the private page, where everything is done, withdrawing as easily as the rest.
What is published also says where it reads, as a plain address, for that is something to know and not something to do.
It is the short address, which stays when a title changes and leads to the whole one.
"""

from collections.abc import Mapping
from enum import StrEnum


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
