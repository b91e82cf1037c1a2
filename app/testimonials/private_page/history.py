"""History of a testimonial: each audit event, and each changed consent, as a sentence to the author."""

from collections.abc import Mapping

from app.audit import ActorKind, AuditEvent, Kind
from app.testimonials.consent import Consent

SENTENCES_TO_AUTHOR: Mapping[Kind, str] = {
    Kind.SUBMITTED: "Vous avez envoyé votre texte.",
    Kind.RECORD: "L’équipe a écrit ce que vous avez raconté, et vous l’a soumis.",
    Kind.IDENTIFIED: "Vous avez ouvert cette page avec le code de votre feuille, et répondu.",
    Kind.CONFIRM: "Vous avez confirmé votre adresse.",
    Kind.ADDRESS_CHANGED: "Vous avez corrigé votre adresse.",
    Kind.AMEND: "Vous avez changé votre texte.",
    Kind.REQUEST_CHANGES: "L’équipe vous a demandé quelques corrections.",
    Kind.CANCEL_REQUEST: "L’équipe n’a plus eu besoin de corrections.",
    Kind.SEND_PROOF: "L’équipe vous a proposé une version relue.",
    Kind.RECALL_PROOF: "L’équipe a repris la version relue.",
    Kind.SIGN_PROOF: "Vous avez signé la version relue ; elle a paru.",
    Kind.PUBLISH: "L’équipe a publié votre texte.",
    Kind.SIGN_ACCOUNT: "Vous avez signé ce que vous aviez raconté ; l’équipe le relit.",
    Kind.DECIDED_ALONE: "Personne d’autre n’édite l’article : qui avait écrit votre récit en a décidé seul·e.",
    Kind.SET_ASIDE: "L’équipe a gardé la version publiée plutôt que la nouvelle.",
    Kind.KEEP_INTERNAL: "L’équipe a gardé votre texte pour son travail, sans le publier.",
    Kind.DECLINE: "L’équipe a choisi de ne pas publier votre texte.",
    Kind.UNPUBLISH: "L’équipe a cessé de publier votre texte.",
    Kind.EXPIRE: "La période de publication s’est achevée.",
    Kind.RENEW: "Vous avez prolongé la publication.",
    Kind.REOPEN: "L’équipe a repris la lecture de votre texte.",
    Kind.HIDE: "L’équipe a masqué votre texte, le temps d’examiner un signalement.",
    Kind.UNHIDE: "Votre texte, qui était masqué, a reparu.",
    Kind.WITHDRAW: "Vous avez retiré votre texte.",
    Kind.CALL_BACK: "Vous êtes revenu·e sur ce retrait ; votre texte a reparu tel qu’il était.",
    Kind.CONSENT_AGAIN: "Vous avez remis votre texte à l’équipe.",
    Kind.TAKE_BACK: "L’équipe est revenue sur sa décision.",
    Kind.REMIND: "Nous vous avons envoyé un rappel.",
    Kind.REMINDER_LOST: "Ce rappel n’a pas pu vous parvenir.",
    Kind.KEPT_WAITING: "Vous nous avez demandé de garder encore votre texte.",
    Kind.UPDATE_ASKED: "Nous vous avons demandé ce que votre projet est devenu.",
    Kind.UPDATE_DATED: "La date à laquelle vous demander ce que votre projet est devenu a changé.",
    Kind.CONTESTED: "Vous avez contesté une décision, une correction ou une citation.",
    Kind.GAVE_WAY: "Ce que vous contestiez a laissé place à vos mots aussitôt, les passages masqués gardés.",
    Kind.UPHOLD: "L’équipe a répondu à votre contestation, et dit pourquoi.",
    Kind.RESTORE: "L’équipe a répondu à votre contestation : vos mots sont repris.",
    Kind.EDITED: "L’équipe a relu votre texte et en a fait une version.",
    Kind.NOTED: "L’équipe a ajouté une note pour elle-même.",
    Kind.WRITTEN_TO: "L’équipe vous a écrit, puisque vous acceptez d’être recontacté·e.",
    Kind.PLACED: "L’équipe a choisi où votre texte se tient dans l’article, ou les mots cités.",
    Kind.CITED: "L’équipe cite des mots de votre texte dans la synthèse de l’article.",
    Kind.PARTNER_RECOGNISED: (
        "L’équipe a reconnu dans sa liste le partenaire que vous avez écrit : les pages le nomment comme elle. "
        "Votre accord garde vos mots."
    ),
    Kind.PARTNER_DETACHED: (
        "L’équipe ne range plus dans sa liste le partenaire que vous avez écrit : les pages disent de nouveau vos mots."
    ),
    Kind.NOTICE_DISMISSED: "L’équipe a classé un signalement d’un lecteur ; votre texte ne change pas.",
    Kind.NOTICE_ERASED: "La personne qui avait signalé votre texte a effacé son signalement.",
    Kind.REPLY_ACCEPTED: (
        "Une personne nommée ou désignée dans votre texte a demandé à y répondre ; l’équipe accepte sa réponse, "
        "comme la loi le veut : elle paraît dessous."
    ),
    Kind.REPLY_REFUSED: (
        "Une personne nommée ou désignée dans votre texte a demandé à y répondre ; l’équipe ne publie pas sa réponse."
    ),
    Kind.ANSWER_INVITED: "L’équipe a invité une organisation à répondre à votre texte.",
    Kind.ANSWER_ANNOUNCED: "L’équipe a accepté une réponse à votre texte.",
    Kind.QUESTION_SENT: "Une question d’un·e collègue vous a été transmise.",
    Kind.QUESTION_REPORTED: "Vous avez signalé une question à l’équipe.",
    Kind.QUESTION_SETTLED: "L’équipe a lu la question que vous aviez signalée.",
    Kind.LINK_RENEWED: "Un nouveau lien privé vous a été envoyé.",
    Kind.SHEET_DRAWN: "L’équipe a fait pour vous une autre feuille, avec un autre code.",
    Kind.CODE_DRAWN: "Vous avez tiré un autre code : celui d’avant n’ouvre plus rien.",
    Kind.EMAIL_REVIVED: "Un courriel qui n’était pas parti vous a été envoyé de nouveau.",
}

# To the author of an answer, which is read later than it is published, and no longer than what it is about.
SENTENCES_ABOUT_ANSWERS: Mapping[Kind, str] = {
    Kind.SUBMITTED: "Vous avez envoyé votre réponse.",
    Kind.PUBLISH: "L’équipe a accepté votre réponse.",
    Kind.SIGN_PROOF: "Vous avez signé la version relue.",
    Kind.UNHIDE: "Votre réponse a paru sous le témoignage.",
    Kind.EXPIRE: "La publication de votre réponse s’est achevée.",
    Kind.WITHDRAW: "Vous avez retiré votre réponse.",
    Kind.CALL_BACK: "Vous êtes revenu·e sur ce retrait : votre réponse est revenue telle qu’elle était.",
}

# Not shown to the author: a reader's notice appears in the history once it was answered, as that answer.
HIDDEN_KINDS = frozenset({Kind.NOTICED})


def sentence_to_author(event: AuditEvent, measure: str = "", *, is_response: bool = False) -> str:
    """Return the sentence of an event, addressed to the author; acts of the platform keep their usual sentence.

    `measure` is what the correction of an event changed, in words.
    """
    if event.kind is Kind.EDITED and measure:
        return f"L’équipe a corrigé votre texte : {measure}."
    if event.actor is ActorKind.SYSTEM or event.kind not in SENTENCES_TO_AUTHOR:
        return event.sentence({})
    about_answers = SENTENCES_ABOUT_ANSWERS if is_response else {}
    return about_answers.get(event.kind) or SENTENCES_TO_AUTHOR[event.kind]


def consent_sentence(line: Consent) -> str:
    return f"Vous avez répondu, pour « {line.purpose.label} » : {line.answer.label}."
