"""Choices: the decisions an editor can take, in the words of their buttons and of their effects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app import french
from app.mail.messages import Mail
from app.testimonials import hiding_period, mails
from app.testimonials.lifecycle import Action, Status, TextKind
from app.testimonials.objections import contested_decision, is_quotation_contested
from app.testimonials.testimonial import Testimonial


@dataclass(frozen=True)
class Choice:
    """A decision an editor can take: the verb of its button, its effect, the fields it requires, its e-mail."""

    action: Action
    verb: str
    effect: str
    needs_reason: bool = False
    needs_words: bool = False
    message: Mail | None = None


CHOICES: Mapping[Action, Choice] = {
    choice.action: choice
    for choice in (
        Choice(
            Action.RESTORE,
            "Revenir aux mots de l’auteur·e",
            "Réponse à la contestation : la correction est abandonnée ; l’auteur·e lit votre phrase.",
            needs_words=True,
            message=mails.OBJECTION_ANSWERED,
        ),
        Choice(
            Action.UPHOLD,
            "Garder le passage masqué",
            "Réponse à la contestation : le masque reste ; l’auteur·e lit votre raison, et comment la contester.",
            needs_words=True,
            message=mails.OBJECTION_ANSWERED,
        ),
        Choice(
            Action.PUBLISH,
            "Publier",
            "Le texte paraît aussitôt à côté de l’article ; l’auteur·e en est averti·e.",
            message=mails.PUBLISHED,
        ),
        Choice(
            Action.SET_ASIDE,
            "Garder la version publiée",
            "La nouvelle version n’est pas prise ; l’auteur·e lit votre phrase.",
            needs_words=True,
            message=mails.SET_ASIDE,
        ),
        Choice(
            Action.SEND_PROOF,
            "Envoyer le bon à tirer",
            "L’auteur·e compare, puis signe, modifie ou retire. Rien ne paraît sans sa signature.",
            message=mails.PROOF_SENT,
        ),
        Choice(
            Action.RECALL_PROOF,
            "Rappeler le bon à tirer",
            "Le texte revient parmi ceux à relire ; l’auteur·e en est averti·e.",
            message=mails.PROOF_RECALLED,
        ),
        Choice(
            Action.CANCEL_REQUEST,
            "Annuler la demande",
            "Le texte revient parmi ceux à relire ; l’auteur·e en est averti·e. Ce qui a été demandé reste au dossier.",
            message=mails.REQUEST_CANCELLED,
        ),
        Choice(
            Action.KEEP_INTERNAL,
            "Garder pour l’usage interne",
            "Rien ne paraît ; l’auteur·e en est averti·e. Le texte est effacé dans six mois.",
            message=mails.KEPT_INTERNAL,
        ),
        Choice(
            Action.DECLINE,
            "Refuser",
            "Rien ne paraît ; l’auteur·e reçoit la raison, votre phrase, et comment contester.",
            needs_reason=True,
            message=mails.DECLINED,
        ),
        Choice(
            Action.UNPUBLISH,
            "Dépublier",
            "Le texte disparaît aussitôt ; l’auteur·e reçoit la raison et votre phrase.",
            needs_reason=True,
            message=mails.UNPUBLISHED,
        ),
        Choice(
            Action.HIDE,
            "Masquer en attendant",
            "Le temps d’examiner le signalement, sept jours au plus : le texte disparaît aussitôt de partout ; "
            "l’auteur·e lit pourquoi, et jusqu’à quand.",
            needs_reason=True,
            message=mails.HIDDEN,
        ),
        Choice(
            Action.UNHIDE,
            "Montrer de nouveau",
            "Le texte reparaît aussitôt, tel qu’il était ; l’auteur·e en est averti·e.",
            message=mails.UNHIDDEN,
        ),
        Choice(Action.REOPEN, "Rouvrir", "Le texte revient parmi ceux à relire ; l’auteur·e ne reçoit rien."),
    )
}

# Publishing over a published version: the same action, worded for its further effect.
REPLACING = replace(
    CHOICES[Action.PUBLISH],
    verb="Publier la nouvelle version",
    effect="Elle prend aussitôt la place de celle que l’article montre ; l’auteur·e en est averti·e.",
)

# Coming back to words of which the latest wait to be published.
RESTORING = replace(
    CHOICES[Action.RESTORE],
    effect="Réponse à la contestation : sa nouvelle version paraît aussitôt ; l’auteur·e lit votre phrase.",
)

# Upholding what was decided: the same action, worded for the decision.
UPHELD: Mapping[Action, Choice] = {
    Action.DECLINE: replace(
        CHOICES[Action.UPHOLD],
        verb="Maintenir le refus",
        effect="Réponse à la contestation : rien ne paraît ; l’auteur·e lit votre raison, et comment la contester.",
    ),
    Action.UNPUBLISH: replace(
        CHOICES[Action.UPHOLD],
        verb="Maintenir la dépublication",
        effect="Réponse à la contestation : rien ne paraît ; l’auteur·e lit votre raison, et comment la contester.",
    ),
}

# Answering who does not wish to be quoted so: the quotation gave way already.
ON_QUOTATION = replace(
    CHOICES[Action.UPHOLD],
    verb="Répondre sur la citation",
    effect="Réponse à la contestation : des phrases peuvent de nouveau être choisies ; l’auteur·e lit votre phrase.",
)

# Reopening what its author contests, as an answer.
ANSWERING = replace(
    CHOICES[Action.REOPEN],
    verb="Rouvrir, et répondre",
    effect="Réponse à la contestation : le texte revient parmi ceux à relire ; l’auteur·e lit votre phrase.",
    needs_words=True,
    message=mails.OBJECTION_ANSWERED,
)

# What the author reads before the reasons of an answer.
ANSWER_SENTENCES: Mapping[Action, str] = {
    Action.RESTORE: "L’équipe revient à vos mots : la correction que vous contestiez est abandonnée.",
    Action.REOPEN: "L’équipe revient sur sa décision : votre texte va être relu.",
    Action.UPHOLD: "L’équipe a relu ce que vous contestiez, et le garde. Voici ses raisons.",
}


def answer_sentence(testimonial: Testimonial, action: Action) -> str:
    """Return what the author reads before the reasons of an answer just given."""
    is_about_quotation = is_quotation_contested(testimonial.decisions[-1].before)
    return "L’équipe vous répond sur ces mots cités." if is_about_quotation else ANSWER_SENTENCES[action]


# What an e-mail tells an author, as who gave no address learns it.
WITHOUT_ADDRESS: Mapping[str, str] = {
    "l’auteur·e en est averti·e": "l’auteur·e, sans courriel, le lira sur sa page",
    "l’auteur·e reçoit": "l’auteur·e, sans courriel, lira sur sa page",
    "l’auteur·e lit": "l’auteur·e, sans courriel, lira sur sa page",
    "L’auteur·e compare, puis signe, modifie ou retire.": (
        "L’auteur·e, sans courriel, le trouvera en ouvrant sa page avec son code, puis signe, modifie ou retire."
    ),
}


def worded(choice: Choice, testimonial: Testimonial) -> Choice:
    """Return a choice in the words that fit the testimonial, and its author: nobody writes to who gave no address."""
    fitting = worded_for(choice, testimonial)
    if testimonial.email or fitting.message is None:
        return fitting
    effect = fitting.effect
    for told, read in WITHOUT_ADDRESS.items():
        effect = effect.replace(told, read)
    return replace(fitting, effect=effect)


def worded_for(choice: Choice, testimonial: Testimonial) -> Choice:
    if choice.action is Action.PUBLISH and testimonial.kind is TextKind.RESPONSE:
        return worded_answer(choice, testimonial)
    if choice.action is Action.PUBLISH and testimonial.status is Status.PUBLISHED:
        return REPLACING
    if choice.action is Action.RESTORE and testimonial.has_new_version:
        return RESTORING
    contested = contested_decision(testimonial) if choice.action in {Action.REOPEN, Action.UPHOLD} else None
    if contested is not None:
        return ANSWERING if choice.action is Action.REOPEN else UPHELD[contested.action]
    if choice.action is Action.UPHOLD and is_quotation_contested(testimonial):
        return ON_QUOTATION
    return choice


def worded_answer(choice: Choice, answer: Testimonial) -> Choice:
    """Return « Publier » of an answer: nobody reads it before who is answered has had seven days (decision 0043)."""
    day = french.date_in_words(hiding_period.announcement_end())
    about = answer.about
    told = "son auteur·e et celui du témoignage en sont averti·es."
    if about is not None and about.email is None:
        told = "son auteur·e en est averti·e ; celui du témoignage, sans courriel, ne le lira que sur sa page."
    if answer.status is Status.PUBLISHED:
        effect = f"Plus rien ne s’en lit d’ici le {day}, où elle paraît dans ses nouveaux mots ; {told}"
        return replace(REPLACING, effect=effect)
    return replace(choice, effect=f"Elle paraît le {day}, sous le témoignage ; {told}")
