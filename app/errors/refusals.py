"""Refusals: the tables from domain exception, and from status code, to sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.accounts.account_links import AccountLinkRefused
from app.accounts.gate import CarriedFormRefused, CarriedFormTooLong, NotPermitted, NotTheirArticle, SignedInAtDesk
from app.accounts.passkeys import PasskeyRefused
from app.accounts.team import ActRefused, HasAccount, LastAdmin
from app.administration.articles.forms import ThemeSpokenOf
from app.administration.referentials.answers import NotRecognised
from app.articles.addresses import ArticleOffline
from app.articles.editing import AddressTaken
from app.articles.sentences import SentenceChanged
from app.articles.sites import HostTaken
from app.articles.source import SourceRefused
from app.catalog.placements import PlacementRefused
from app.catalog.quotations import QuoteMissing
from app.catalog.synthesis.drafts import SynthesisRefused
from app.catalog.visibility import TestimonialHidden
from app.features.synthesis.reader_routes import NoSynthesis
from app.links import LinkUnknown
from app.moderation.decisions import Stale, TooLate
from app.moderation.recueils.contents import NothingToCollect, RecueilOffline, TooManySheets
from app.moderation.review.letters import LetterRefused
from app.moderation.review.routes import InvitationRefused
from app.territories.referentials import SlugTaken
from app.testimonials.approval import ApprovalMissing, NothingToSign
from app.testimonials.consent import ConsentMissing
from app.testimonials.corrections import EditRefused
from app.testimonials.draft import DraftRefused
from app.testimonials.lifecycle import TransitionRefused
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.submission.submit import AlreadyReceived
from app.tokens import LinkRefused
from app.web.pdf_page import PdfUnavailable


@dataclass(frozen=True)
class Refusal:
    """The sentences of the error page, the fact and the advice, and the status code: a conflict, most often."""

    title: str
    advice: str
    code: int = 409


# A subclass comes before its base class.
REFUSALS: Mapping[type[Exception], Refusal] = {
    AccountLinkRefused: Refusal(
        "Ce lien n’ouvre plus rien",
        "Il a déjà servi, il a été remplacé par un plus récent, ou son délai est passé. Demandez-en un autre par "
        "« Mot de passe oublié », sur la page de connexion, ou à qui vous a invité·e.",
        404,
    ),
    CarriedFormRefused: Refusal(
        "Ce qui avait été écrit ne revient pas ici",
        "Un autre compte l’a écrit, ou plus de douze heures ont passé : rien n’en est montré, et rien n’est "
        "enregistré. Si ces mots sont les vôtres, revenez en arrière et connectez-vous avec votre compte.",
        403,
    ),
    CarriedFormTooLong: Refusal(
        "Ce texte est trop long pour attendre ici",
        "Votre identité vous est demandée de nouveau, et rien n’est enregistré. Connectez-vous dans un autre onglet, "
        "puis revenez en arrière ici : ce que vous avez écrit y est encore. Appuyez alors de nouveau.",
        413,
    ),
    PasskeyRefused: Refusal(
        "Cette clé d’accès n’a pas été acceptée",
        "Elle n’est pas connue ici, ou la page est restée ouverte trop longtemps. Rien n’a changé : revenez en "
        "arrière, rechargez la page, puis réessayez.",
        422,
    ),
    LastAdmin: Refusal(
        "Il faut quelqu’un à l’administration",
        "C’est le dernier compte qui gère l’équipe. Confiez d’abord l’administration à une autre personne.",
    ),
    ActRefused: Refusal(
        "Ce n’est plus possible", "Ce compte a changé entre-temps. Ouvrez de nouveau la page pour voir où il en est."
    ),
    DraftRefused: Refusal(
        "Ce lien n’ouvre aucun brouillon",
        "Si vous avez envoyé ce texte depuis, il n’est plus un brouillon : le lien privé reçu par courriel vous dit où "
        "il en est. Sinon, le lien est incomplet, le brouillon est effacé, ou le délai pour le reprendre est passé. "
        "Vous pouvez demander que vos liens vous soient envoyés de nouveau.",
        404,
    ),
    HasAccount: Refusal(
        "Cette adresse a déjà un compte",
        "Une autre invitation vient d’y partir : retrouvez ce compte dans la liste de l’équipe.",
    ),
    LinkRefused: Refusal(
        "Ce lien n’ouvre rien",
        "Il est incomplet, il a été remplacé par un plus récent, ou le texte qu’il ouvrait est effacé. "
        "Copiez-le en entier depuis le dernier courriel reçu, ou demandez un nouveau lien. Si vous avez un code, "
        "entrez-le de nouveau.",
        404,
    ),
    LinkUnknown: Refusal("Ce lien n’ouvre rien", "", 404),  # it brings its own advice
    NotRecognised: Refusal(
        "Cette réponse est déjà détachée",
        "Quelqu’un l’a fait entre-temps : rien d’autre n’a changé. Ouvrez de nouveau la page de l’entrée pour voir "
        "où elle en est.",
    ),
    SlugTaken: Refusal(
        "Ce code vient d’être pris",
        "Quelqu’un l’a donné au même moment, et rien n’est enregistré. Revenez en arrière : ce que vous avez écrit y "
        "est encore. Choisissez un autre code, ou un autre nom.",
    ),
    SignedInAtDesk: Refusal(
        "Déconnectez‑vous d’abord",
        "Ce navigateur est connecté à l’espace de l’équipe, et ce bouton est celui de l’auteur·e : rien n’est "
        "enregistré. Déconnectez‑vous dans un autre onglet, puis revenez en arrière ici : ce qui était écrit y est "
        "encore. Appuyez alors de nouveau.",
        403,
    ),
    NotTheirArticle: Refusal(
        "Cet article est relu par d’autres",
        "Votre compte relit d’autres articles. Si vous devez aussi relire celui‑ci, demandez‑le à qui gère l’équipe.",
        403,
    ),
    NotPermitted: Refusal(
        "Cela ne vous est pas permis",
        "Cette page n’est pas ouverte à votre compte, ou cette décision n’est plus possible sur ce texte.",
        403,
    ),
    TransitionRefused: Refusal(
        "Ce n’est plus possible", "Le texte a changé d’état entre-temps. Ouvrez-le de nouveau pour voir où il en est."
    ),
    ConsentMissing: Refusal(
        "L’accord manque", "Sans l’accord en vigueur de son auteur·e, ce texte ne peut pas paraître."
    ),
    ApprovalMissing: Refusal(
        "L’approbation manque", "Son auteur·e n’a pas approuvé cette version : elle ne peut pas paraître."
    ),
    ObjectionUnanswered: Refusal(
        "Une contestation attend une réponse",
        "Son auteur·e s’oppose à cette version, ou à une citation : avant une réponse, elle ne peut ni paraître ni "
        "être prolongée, et aucune phrase n’en est choisie. Ouvrez de nouveau le texte pour répondre.",
    ),
    EditRefused: Refusal(
        "Cette modification ne peut pas être enregistrée ainsi",
        "Revenez en arrière : ce que vous avez écrit y est encore. Dites si c’est une correction ou une réécriture.",
    ),
    NothingToSign: Refusal(
        "Il n’y a rien à faire signer",
        "Un bon à tirer propose une version relue par l’équipe : changez d’abord le texte, puis envoyez-le.",
    ),
    AlreadyReceived: Refusal(
        "Ce texte nous est déjà parvenu",
        "Vous l’avez envoyé, et nous gardons ces mots-là ; rien d’autre n’est enregistré. Pour les changer, ouvrez le "
        "lien privé reçu par courriel. Pour envoyer un autre texte, repartez de l’article.",
    ),
    TooLate: Refusal(
        "Cette décision ne s’annule plus",
        "Dix minutes ont passé, ou autre chose a suivi. Voici ce qui s’est passé ; voyez où en est ce retour pour "
        "prendre une autre décision.",
    ),
    InvitationRefused: Refusal(
        "On ne peut pas inviter à répondre à ce texte",
        "Il ne se lit pas en ce moment, il a déjà une réponse, publiée ou annoncée, il en est une lui-même, ou deux "
        "invitations sont déjà parties. Aucune n’est partie cette fois.",
    ),
    LetterRefused: Refusal(
        "On ne peut pas écrire à l’auteur·e de ce texte",
        "Son auteur·e n’accepte pas d’être recontacté·e, ne l’accepte plus, ou a effacé son texte : aucune lettre "
        "n’est partie. Pour ce "
        "qui touche au texte lui-même, passez par une décision ou par une demande de corrections.",
    ),
    Stale: Refusal(
        "Ce texte a changé entre-temps",
        "Votre décision n’a pas été prise, et rien n’a été écrasé. "
        "Voici ce qui s’est passé ; voyez où en est ce retour avant de décider.",
    ),
    PlacementRefused: Refusal(
        "Ce retour ne peut pas se tenir ici",
        "Il n’est plus publié, il accompagne un autre article, ou le passage en a déjà quatre, ou n’est plus dans "
        "l’article. Revenez en arrière et rechargez la page.",
    ),
    SynthesisRefused: Refusal(
        "La synthèse a changé entre-temps",
        "Quelqu’un l’a changée, elle est pleine, ou plus aucun mot cité n’y est lu. Rien n’est enregistré : revenez en "
        "arrière, ce que vous avez écrit y est encore, puis rechargez la page.",
    ),
    QuoteMissing: Refusal(
        "Ces mots ne sont pas dans le texte",
        "Copiez-les exactement depuis la page du texte publié, puis réessayez.",
        422,
    ),
    PdfUnavailable: Refusal(
        "Le PDF ne se fait pas ici",
        "Ce qui le compose, WeasyPrint et Pango, n’est pas installé sur ce serveur. Imprimez la page elle-même : votre "
        "navigateur propose de l’enregistrer en PDF.",
        501,
    ),
    NothingToCollect: Refusal(
        "Il n’y a rien à réunir",
        "Aucun retour de ce choix n’est plus ouvert à la réutilisation. Revenez au recueil, et élargissez son choix.",
    ),
    TooManySheets: Refusal(
        "Ce choix est trop large", "Un recueil tient 300 fiches. Revenez au recueil, et restreignez son choix."
    ),
    RecueilOffline: Refusal(
        "L’article n’est plus en ligne",
        "Ses retours ne se lisent plus, un recueil non plus : rien n’a été remis. Attendez qu’il soit remis en ligne.",
    ),
    SourceRefused: Refusal(
        "L’article ne se tient pas ainsi",
        "Un passage n’a plus son intertitre, ou l’en-tête est incomplet. Rien n’a changé : revenez en arrière.",
        422,
    ),
    AddressTaken: Refusal(
        "Un article a déjà cette adresse",
        "Quelqu’un vient de la prendre. Revenez en arrière et choisissez-en une autre.",
    ),
    SentenceChanged: Refusal(
        "Cette phrase a changé entre-temps",
        "Quelqu’un d’autre l’a changée depuis que vous l’avez ouverte. Rien n’a été écrasé : revenez en "
        "arrière pour copier vos mots, puis ouvrez de nouveau la phrase.",
    ),
    HostTaken: Refusal(
        "Un site du réseau a déjà cet hôte",
        "Quelqu’un vient de l’inscrire. Revenez en arrière et retrouvez-le dans la liste.",
    ),
    ThemeSpokenOf: Refusal(
        "Des retours parlent de cette articulation",
        "Elle ne peut plus être retirée : leurs auteur·e·s l’ont choisie. Vous pouvez la renommer.",
    ),
    StaleDataError: Refusal(
        "Ce texte a changé entre-temps",
        "Quelqu’un d’autre a agi au même instant. Rien n’a été écrasé ; ouvrez de nouveau le texte pour voir "
        "où il en est.",
    ),
}

# A 404 too, but one that says why.
NOT_SHOWN: Mapping[type[HTTPException], Refusal] = {
    ArticleOffline: Refusal(
        "Cet article n’est plus en ligne",
        "L’équipe l’a mis hors ligne, et avec lui les retours d’expérience qu’il réunissait. S’il revient, ce sera à "
        "la même adresse.",
        404,
    ),
    TestimonialHidden: Refusal(
        "Ce témoignage ne se lit pas pour le moment",
        "L’équipe l’examine. S’il revient, ce sera à la même adresse.",
        404,
    ),
    NoSynthesis: Refusal(
        "Aucune synthèse ne se lit ici pour le moment",
        "Une synthèse ne tient que sur des mots publiés. Les retours d’expérience se lisent à côté de l’article.",
        404,
    ),
}

# HTTP errors that no exception of ours explains, by status code; `http_error` sets the code.
BY_CODE: Mapping[int, Refusal] = {
    400: Refusal(
        "Cette demande est illisible",
        "Elle contient des caractères que nous ne pouvons pas lire, ou deux réponses là où il en faut une. "
        "Revenez en arrière et réessayez.",
    ),
    404: Refusal(
        "Cette page n’existe pas",
        "L’adresse est peut-être incomplète. Articles et retours d’expérience sont à l’accueil.",
    ),
    405: Refusal("Cette page ne s’utilise pas ainsi", "Revenez en arrière et passez par les boutons de la page."),
    410: Refusal(
        "Ce témoignage n’est plus publié",
        "Son auteur·e ou l’équipe l’a retiré. D’autres retours d’expérience vous attendent à côté de l’article.",
    ),
    413: Refusal(
        "Cet envoi est trop lourd",
        "Un texte de quelques pages suffit. Revenez en arrière : ce que vous avez écrit y est encore. "
        "Raccourcissez-le, puis réessayez. Un fichier s’importe en plusieurs fois, titres compris.",
    ),
    414: Refusal("Cette adresse est trop longue", "Choisissez moins de critères, ou moins de mots, depuis l’article."),
    415: Refusal("Cet envoi n’est pas un formulaire", "Revenez en arrière et passez par les boutons de la page."),
    429: Refusal(
        "Un instant, s’il vous plaît",
        "Trop d’envois sont venus de votre connexion en peu de temps. "
        "Revenez en arrière : ce que vous avez écrit y est encore.",
    ),
    503: Refusal(
        "La plateforme reprend son souffle",
        "Rien n’a été enregistré. Revenez en arrière : ce que vous avez écrit y est encore ; "
        "réessayez dans une minute.",
    ),
    500: Refusal(
        "Quelque chose s’est cassé de notre côté",
        "Ce n’est pas vous. Revenez en arrière : ce que vous avez écrit y est encore ; réessayez dans un moment.",
    ),
}
