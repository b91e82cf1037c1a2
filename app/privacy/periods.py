"""The table of periods: each thing that is kept, for how long, and the act of the clock that ends it.

« Vos données » and docs/privacy.md show it; `flask clock` finds its deletions by `Act` (GDPR, articles 5 and 13).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.accounts.account_links import RETENTION
from app.accounts.login_attempts import FORGOTTEN_AFTER
from app.catalog.alerts import models as alerts
from app.french import count
from app.labelled_enum import LabelledEnum
from app.privacy.address.requests import OPENS_FOR
from app.testimonials.colleague_questions.models import CONFIRMED_WITHIN, KEPT_FOR
from app.testimonials.link_request import ANSWERED_WITHIN
from config import Months

A_DAY = timedelta(days=1)


class Act(LabelledEnum):
    """An act of the clock: `flask clock` prints its value, admins read its label."""

    ERASE = "erase", "effacement d’un texte"
    EXPIRE = "expire", "fin d’une publication"
    UNHIDE = "unhide", "fin d’un masquage en attendant"
    REMIND = "remind", "rappel à un·e auteur·e"
    REMINDERS = "reminders that left, or never will", "décompte à partir de rappels partis, ou perdus"
    UPDATE_ASKED = "update_asked", "question sur ce qu’un projet est devenu"
    PROOFS = "proofs of consent past their time", "suppression d’anciennes preuves d’accord"
    NOTICES = "notices whose words are past their time", "effacement d’anciens signalements"
    DRAFTS = "drafts past their time", "suppression d’anciens brouillons"
    EMAILS = "old e-mails", "suppression d’anciens courriels"
    AUDIT = "old events of the audit log", "suppression d’anciennes lignes du journal"
    SESSIONS = "ended sessions", "suppression de connexions terminées"
    LINKS = "old account links", "suppression d’anciens liens de compte"
    ATTEMPTS = "old attempts to sign in", "suppression d’anciennes tentatives de connexion"
    COUNTERS = "closed counters", "suppression de compteurs d’envois"
    SIGNS = "old signs of junk", "suppression d’anciens signes d’envois indésirables"
    REQUESTS = "old requests for a link", "suppression d’anciennes demandes de lien"
    QUESTIONS = "old questions of colleagues", "effacement d’anciennes questions de collègues"
    ADDRESS_REQUESTS = "old requests about an address", "suppression d’anciennes demandes au sujet d’une adresse"
    INVITE_AGAIN = "organisations reminded", "rappel à des organisations invitées"
    INVITATIONS = "old invitations", "suppression d’anciennes invitations"
    TELL_READERS = "letters about new texts", "lettre à qui suit des retours"
    ALERTS = "alerts past their time", "suppression d’anciens suivis par lettre"
    WITHDRAWALS = "withdrawals past calling back", "oubli de ce qui ferait revenir sur un retrait"
    OPENINGS = "openings replaced since", "oubli d’une ouverture d’article remplacée"
    CLAIMS = "lapsed claims", "oubli d’anciens « Je m’en occupe »"
    FILES = "files of recueils past their time", "suppression d’anciens fichiers de recueils"
    JOURNAL = "lines of the journal of erasures", "écriture du fichier des effacements"
    VACUUM = "vacuum", "réécriture du fichier de la base"


@dataclass(frozen=True)
class Kept:
    """A thing that is kept: `length` is a setting's name or a period; `until` says since when, or what ends it.

    Without `act` the clock ends nothing: `until` says who does.
    """

    what: str
    length: str | timedelta | Months | None
    until: str
    act: Act | None = None


KEPT: Mapping[str, Sequence[Kept]] = {
    "Si vous témoignez": (
        Kept(
            "Texte publié",
            "PUBLICATION_PERIOD",
            "après sa publication, que vous pouvez renouveler d’un geste après un rappel",
            Act.EXPIRE,
        ),
        Kept(
            "Texte refusé, retiré, dépublié, ou gardé pour l’usage interne",
            "TEXTS_PERIOD",
            "après cette décision\u202f; si vous la contestez, jusqu’à notre réponse",
            Act.ERASE,
        ),
        Kept(
            "Texte que l’équipe relit, ou qui attend votre réponse",
            "WAITING_PERIOD",
            "après le dernier geste, de vous ou de l’équipe\u202f; un mois avant, nous demandons s’il faut le garder",
            Act.ERASE,
        ),
        Kept("Texte dont l’adresse n’a jamais été confirmée", "UNCONFIRMED_PERIOD", "après l’envoi", Act.ERASE),
        Kept(
            "Texte raconté de vive voix, que l’équipe a écrit, et que vous n’avez pas signé",
            "TRANSCRIPT_PERIOD",
            "après qu’il vous a été soumis",
            Act.ERASE,
        ),
        Kept("Nom, fonction, courriel", None, "aussi longtemps que le texte, pas davantage", Act.ERASE),
        Kept(
            "Date à laquelle vous demander ce que votre projet est devenu",
            None,
            "aussi longtemps que le texte\u202f; la question part une seule fois",
            Act.ERASE,
        ),
        Kept("Ce qui permet de revenir sur un retrait", "CALL_BACK_PERIOD", "après le retrait", Act.WITHDRAWALS),
        Kept(
            "Place en ouverture d’un article, une fois donnée à un autre texte",
            None,
            "jusqu’à ce que vous ne puissiez plus revenir sur votre retrait",
            Act.OPENINGS,
        ),
        Kept(
            "Brouillon que vous enregistrez, avec votre courriel",
            "DRAFT_PERIOD",
            "après son enregistrement, ou jusqu’à ce que vous l’envoyiez ou l’effaciez\u202f; l’équipe ne le lit pas",
            Act.DRAFTS,
        ),
        Kept(
            "Courriel indiqué pour retrouver un lien privé",
            ANSWERED_WITHIN,
            "au plus, le temps d’y répondre, qu’un texte nous en soit venu ou non",
            Act.REQUESTS,
        ),
        Kept(
            "Courriel indiqué pour voir tout ce que nous gardons d’une adresse",
            OPENS_FOR,
            "au plus, le temps que le lien envoyé s’ouvre, que nous en gardions quelque chose ou non",
            Act.ADDRESS_REQUESTS,
        ),
        Kept(
            "Empreintes de votre texte et de votre adresse, contre les envois indésirables",
            "SPAM_MEMORY",
            "après l’envoi, ou jusqu’à ce que le texte soit effacé",
            Act.SIGNS,
        ),
        Kept(
            "Recueil en PDF où figure votre texte",
            "RECUEIL_FILE_PERIOD",
            "après sa composition\u202f; aussitôt supprimé si vous changez d’avis",
            Act.FILES,
        ),
        Kept(
            "Preuve de vos accords",
            "PROOF_PERIOD",
            "après leur retrait, sous forme d’empreintes\u00a0: ni le texte, ni votre nom n’y figurent",
            Act.PROOFS,
        ),
        Kept(
            "Fichier des effacements et des retraits, pour qu’une sauvegarde ne fasse rien revenir",
            None,
            "aussi longtemps que nos sauvegardes\u202f; il n’a qu’un numéro et une date",
        ),
    ),
    "Si vous signalez un témoignage": (
        Kept(
            "Vos mots, votre nom, votre adresse et notre réponse",
            "NOTICE_PERIOD",
            "après la décision, ou jusqu’à ce que l’auteur·e efface son texte",
            Act.NOTICES,
        ),
        Kept(
            "Votre droit de réponse, si nous l’acceptons, avec votre nom",
            None,
            "aussi longtemps que le témoignage sous lequel il paraît",
            Act.ERASE,
        ),
    ),
    "Si vous posez une question à l’auteur·e d’un témoignage": (
        Kept(
            "Votre question, votre nom, votre organisation et votre adresse",
            KEPT_FOR,
            "après l’avoir écrite, ou jusqu’à ce que l’auteur·e efface son texte\u202f; il n’en reste que le compte",
            Act.QUESTIONS,
        ),
        Kept("Question dont l’adresse n’a pas été confirmée", CONFIRMED_WITHIN, "au plus", Act.QUESTIONS),
    ),
    "Si vous suivez des retours par lettre": (
        Kept(
            "Adresse, et ce que vous suivez",
            alerts.KEPT_FOR,
            "après votre confirmation, que vous pouvez renouveler, ou jusqu’à ce que vous arrêtiez la lettre",
            Act.ALERTS,
        ),
        Kept("Adresse que vous n’avez pas confirmée", alerts.CONFIRMED_WITHIN, "au plus", Act.ALERTS),
    ),
    "Quand nous vous écrivons": (
        Kept("Texte de nos courriels", None, "jusqu’à ce qu’ils soient partis", None),
        Kept(
            "Adresse d’une organisation que l’équipe invite à répondre à un témoignage",
            None,
            "jusqu’à ce que le courriel soit parti\u202f; elle indique la sienne si elle répond",
        ),
        Kept(
            "Adresse, nom et département d’une organisation invitée à raconter son expérience",
            "INVITATION_PERIOD",
            "après l’invitation, ou jusqu’à ce qu’elle demande à ne plus être invitée",
            Act.INVITATIONS,
        ),
        Kept(
            "Empreinte de l’adresse d’une organisation qui ne veut plus être invitée",
            None,
            "aussi longtemps que le site invite, pour ne plus lui écrire\u202f; l’adresse ne peut pas s’y lire",
        ),
        Kept(
            "Adresse et date de nos courriels\u202f; texte de ceux qui n’ont pas pu partir",
            "EMAIL_PERIOD",
            "après l’envoi, ou jusqu’à ce que le texte dont ils parlent soit effacé",
            Act.EMAILS,
        ),
    ),
    "Si vous êtes de l’équipe": (
        Kept(
            "Nom, courriel, empreinte du mot de passe, moyens de connexion",
            None,
            "tant que votre compte est ouvert, puis aussi longtemps que vos décisions portent votre nom",
        ),
        Kept("Connexion ouverte\u00a0: navigateur et heures", "EDITOR_SESSION_PERIOD", "au plus", Act.SESSIONS),
        Kept("«\u00a0Je m’en occupe\u00a0»", "CLAIM_PERIOD", "après l’avoir dit", Act.CLAIMS),
        Kept("Invitation, lien de mot de passe ou de changement d’adresse", RETENTION, "après sa fin", Act.LINKS),
        Kept("Tentative de connexion manquée", FORGOTTEN_AFTER, "après la dernière", Act.ATTEMPTS),
        Kept(
            "Journal de vos actes sur les comptes, les articles et les réglages",
            "AUDIT_PERIOD",
            "après chaque acte\u202f; il n’a ni texte, ni courriel",
            Act.AUDIT,
        ),
        Kept(
            "Journal de vos actes sur un texte",
            None,
            "aussi longtemps que son numéro, qui reste une fois le texte effacé",
        ),
    ),
    "Pour protéger le site": (
        Kept(
            "Compteur des envois venus d’une adresse du réseau, sous une empreinte qui change chaque jour",
            A_DAY,
            "au plus",
            Act.COUNTERS,
        ),
        Kept(
            "Journaux techniques", None, "sans votre nom, votre courriel ni votre texte\u202f; sans adresse du réseau"
        ),
    ),
}


def length_in_words(length: timedelta | Months) -> str:
    """Return a period exactly, in its largest whole unit: « 3 ans », « 30 jours », « 12 heures », « 10 minutes »."""
    if isinstance(length, Months):
        return count(length.years, "an", "ans") if length.number % 12 == 0 else count(length.number, "mois", "mois")
    if days := length // A_DAY:
        return count(days, "jour", "jours")
    hours, minutes = length // timedelta(hours=1), length // timedelta(minutes=1)
    return count(hours, "heure", "heures") if hours else count(minutes, "minute", "minutes")


def kept_for(kept: Kept, settings: Mapping[str, Any]) -> str:
    length = settings[kept.length] if isinstance(kept.length, str) else kept.length
    return kept.until if length is None else f"{length_in_words(length)} {kept.until}"


def table_of_periods(settings: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield whom it is about, and its lines: what is kept, and for how long."""
    for whom, lines in KEPT.items():
        yield whom, [(kept.what, kept_for(kept, settings)) for kept in lines]
