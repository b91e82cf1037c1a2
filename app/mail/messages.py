"""Message: every e-mail the platform sends, with its subject. The words are in templates/mail/.

Each has one link and one thing to do: the private page, where everything is done, withdrawing as easily as the rest.
`published` also gives the page's short address, as plain text: something to know, not something to do. `alert`, which
comes again, has a second one, to receive it no more. `question`, which may be forwarded, leads to that question alone.
"""

from enum import StrEnum
from typing import Self


class Message(StrEnum):
    """A message, rendered by the template of the same name; `link_text` names its one link."""

    RECEIPT = "receipt", "Confirmez votre adresse pour que votre texte soit lu"
    NEW_LINK = "new_link", "Votre nouveau lien privé"
    CONFIRMED = "confirmed", "Votre texte est entre nos mains"
    PUBLISHED = "published", "Votre texte est publié"
    KEPT_INTERNAL = "kept_internal", "Votre texte est gardé, sans être publié"
    DECLINED = "declined", "Votre texte ne sera pas publié"
    UNPUBLISHED = "unpublished", "Votre texte n’est plus publié"
    HIDDEN = "hidden", "Votre texte est masqué, le temps d’examiner un signalement"
    UNHIDDEN = "unhidden", "Votre texte paraît de nouveau"
    WITHDRAWN = "withdrawn", "Votre texte est retiré"
    CALLED_BACK = "called_back", "Votre texte paraît de nouveau"
    CONSENT = "consent", "Votre accord est changé"
    AMENDED = "amended", "Votre nouvelle version est arrivée"
    SET_ASIDE = "set_aside", "Votre texte reste publié tel qu’il est"
    CONFIRM_REMINDER = "confirm_reminder", "Votre texte attend que vous confirmiez votre adresse"
    RENEWAL = "renewal", "Votre texte paraît encore trente jours : le prolonger ?"
    UPDATE_ASKED = "update_asked", "Qu’est devenu votre projet ?"
    KEEP_ASKED = "keep_asked", "Faut‑il garder votre texte ?"
    EXPIRED = "expired", "La publication de votre texte est achevée"
    CHANGES_REQUESTED = "changes_requested", "Quelques corrections avant de publier votre texte"
    CHANGES_REMINDER = "changes_reminder", "Votre texte attend toujours vos corrections"
    REQUEST_CANCELLED = "request_cancelled", "Plus rien à corriger dans votre texte"
    PROOF_SENT = "proof_sent", "Une version relue de votre texte attend votre signature"
    PROOF_REMINDER = "proof_reminder", "Votre texte relu attend toujours votre signature"
    TRANSCRIPT = "transcript", "Ce que vous avez raconté attend votre signature"
    TRANSCRIPT_REMINDER = "transcript_reminder", "Ce que vous avez raconté attend toujours votre signature"
    PROOF_RECALLED = "proof_recalled", "La version relue de votre texte n’est plus à signer"
    EDITED = "edited", "Une correction dans votre texte, à relire"
    OBJECTION_ANSWERED = "objection_answered", "Une réponse à votre contestation"
    LETTER = "letter", "Une lettre de l’équipe"
    REPLY_SHOWN = "reply_shown", "Une réponse paraît sous votre texte"
    CALL_INVITED = "call_invited", "Votre expérience a sa place à côté d’un article", "Ouvrir le formulaire"
    CALL_REMINDER = "call_reminder", "Votre expérience est toujours attendue", "Ouvrir le formulaire"
    ANSWER_INVITED = "answer_invited", "Vous êtes invité·e à répondre à un retour d’expérience", "Répondre"
    ANSWER_ANNOUNCED = "answer_announced", "Une réponse va paraître sous votre texte"
    ANSWER_SHOWN = "answer_shown", "Votre réponse paraît"
    ANSWER_ENDED = "answer_ended", "Votre réponse ne paraît plus"
    QUESTION_CONFIRM = "question_confirm", "Confirmez votre adresse pour que votre question parte", "Relire et envoyer"
    QUESTION = "question", "Un·e collègue a une question sur votre texte", "Dire non, signaler, ne plus en recevoir"
    QUESTION_DECLINED = "question_declined", "Une réponse à votre question", "Lire d’autres retours"
    ALERT_CONFIRM = "alert_confirm", "Confirmez votre adresse pour suivre ces retours", "Voir cette lettre"
    ALERT = "alert", "De nouveaux retours à lire", "Lire ces retours"
    NOTICE_RECEIVED = "notice_received", "Votre signalement est arrivé", "Relire votre signalement"
    NOTICE_ANSWERED = "notice_answered", "Une réponse à votre signalement", "Lire ce que nous publions"
    NOTICE_ENDED = "notice_ended", "Le texte que vous avez signalé n’est plus là", "Lire ce que nous publions"
    ADDRESS_DATA = "address_data", "Ce que nous gardons de votre adresse", "Voir ce que nous gardons"
    DECIDED_ALONE = "decided_alone", "Un texte recueilli, lu par qui l’avait écrit", "Ouvrir ce texte"
    MENTION = "mention", "On vous nomme dans une note"
    DRAFT = "draft", "Votre texte vous attend", "Reprendre votre texte"
    DIGEST = "digest", "Ce qui attend l’équipe"
    RECUEIL_READY = "recueil_ready", "Votre recueil est prêt", "Ouvrir le recueil"
    RECUEIL_FAILED = "recueil_failed", "Le PDF de votre recueil n’a pas pu être fait", "Ouvrir le recueil"
    REMINDER_LOST = "reminder_lost", "Un rappel n’a pas pu partir", "Voir les courriels qui ne sont pas partis"
    CLOCK_FAILED = "clock_failed", "Une échéance n’a pas tout pu faire", "Ouvrir le journal"
    CHECK_FAILED = "check_failed", "Le serveur a besoin que l’on s’occupe de lui", "Ouvrir le journal"
    CHECK_PASSED = "check_passed", "Le serveur va bien de nouveau", "Ouvrir le journal"
    INVITATION = "invitation", "Vous êtes invité·e à relire les retours d’expérience", "Choisir votre mot de passe"
    PASSWORD_RESET = "password_reset", "Choisir un nouveau mot de passe", "Choisir un nouveau mot de passe"
    PASSWORD_CHANGED = "password_changed", "Votre mot de passe a changé", "Choisir un autre mot de passe"
    LEAVE_ADDRESS = "leave_address", "Votre compte va changer d’adresse", "Voir le changement"
    TAKE_ADDRESS = "take_address", "Confirmez la nouvelle adresse de votre compte", "Voir le changement"
    SIGN_IN_CHANGED = "sign_in_changed", "Votre façon de vous connecter a changé", "Choisir un autre mot de passe"

    subject: str
    link_text: str

    def __new__(cls, value: str, subject: str = "", link_text: str = "Ouvrir votre page privée") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.subject, member.link_text = value, subject, link_text
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self:
        """Return a message that another release has queued: nothing renders it, and it is read like any other."""
        unknown = str.__new__(cls, value)
        unknown._name_ = unknown._value_ = str(value)
        unknown.subject, unknown.link_text = "Un courriel que cette version du site ne connaît pas", ""
        return unknown


# Sent to editors about their own account.
ACCOUNT_MESSAGES = (
    *(Message.INVITATION, Message.PASSWORD_RESET, Message.PASSWORD_CHANGED),
    *(Message.LEAVE_ADDRESS, Message.TAKE_ADDRESS, Message.SIGN_IN_CHANGED),
)

# Sent after an author has answered for a text: each repeats every consent as it now stands, and the text.
ACKNOWLEDGING = frozenset({Message.CONFIRMED, Message.CONSENT, Message.AMENDED, Message.WITHDRAWN, Message.CALLED_BACK})

# The subject of what would say to the author of an answer that it is read, as long as it is not.
ANNOUNCED = "Votre réponse va paraître"
ANNOUNCING = frozenset({Message.PUBLISHED, Message.CALLED_BACK})

# Answered to the contact: a letter, and the outcome of a notice, which its sender may contest (DSA, article 16.5).
ANSWERABLE = frozenset({Message.LETTER, Message.NOTICE_ANSWERED, Message.NOTICE_ENDED})

# Sent to someone of whom nothing else may be stored: the outbox forgets the address once it has left.
FORGOTTEN = frozenset(
    (
        *(Message.ANSWER_INVITED, Message.CALL_INVITED, Message.CALL_REMINDER),
        *(Message.NOTICE_ENDED, Message.ADDRESS_DATA),
        *(Message.QUESTION_CONFIRM, Message.QUESTION_DECLINED),
        *(Message.ALERT_CONFIRM, Message.ALERT),
    )
)

# Sent to who asks an author a question: editors see counts and reports of those, not who asks whom.
TO_ASKERS = frozenset({Message.QUESTION_CONFIRM, Message.QUESTION_DECLINED})

# Sent to who follows testimonials, which is nobody else's to know.
TO_FOLLOWERS = frozenset({Message.ALERT_CONFIRM, Message.ALERT})

# Written to who has not asked for it, or again and again: their mail program has a button for no more (RFC 8058).
REFUSABLE = frozenset({Message.CALL_INVITED, Message.CALL_REMINDER, Message.ALERT})
