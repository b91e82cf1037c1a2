"""The table of periods: what is kept, for how long, and the act of the clock that ends it (GDPR, articles 5 and 13).

« Vos données » and docs/privacy.md show all lines; `flask clock` deletes by them. Lengths are settings (`config.py`).
Features and editors' modules declare theirs beside their models (`app.kept`).
"""

from collections.abc import Iterator
from datetime import timedelta

from app import pdf_files
from app.accounts import account_links, login_attempts, sessions
from app.antispam import signals
from app.catalog import placements
from app.french import count
from app.kept import Act, Declared, Kept, Term, declared
from app.mail import outbox
from app.privacy import retention
from app.privacy.address import requests
from app.testimonials import draft as drafts
from app.testimonials import link_request, terms, undo
from app.web import rate_limits
from config import Months

A_DAY = timedelta(days=1)

OF_PEOPLE: Declared = {
    "Si vous témoignez": (
        *(terms.PUBLISHED, terms.DECIDED, terms.SILENT, terms.UNCONFIRMED, terms.TOLD),
        Term("Nom, fonction, courriel", "aussi longtemps que le texte, pas davantage"),
        Term(
            "Date à laquelle vous demander ce que votre projet est devenu",
            "aussi longtemps que le texte\u202f; la question part une seule fois",
        ),
        Term("Ce qui permet de revenir sur un retrait", "après le retrait", "CALL_BACK_PERIOD"),
        Term(
            "Place en ouverture d’un article, une fois donnée à un autre texte",
            "jusqu’à ce que vous ne puissiez plus revenir sur votre retrait",
        ),
        drafts.KEPT,
        link_request.KEPT,
        requests.KEPT,
        signals.KEPT,
        pdf_files.KEPT,
        Term(
            "Preuve de vos accords",
            "après leur retrait, sous forme d’empreintes\u00a0: ni le texte, ni votre nom n’y figurent",
            "PROOF_PERIOD",
        ),
        Term(
            "Fichier des effacements et des retraits, pour qu’une sauvegarde ne fasse rien revenir",
            "aussi longtemps que nos sauvegardes\u202f; il n’a qu’un numéro et une date",
        ),
    ),
    "Si vous signalez un témoignage": (
        Term(
            "Vos mots, votre nom, votre adresse et notre réponse",
            "après la décision, ou jusqu’à ce que l’auteur·e efface son texte",
            "NOTICE_PERIOD",
        ),
        Term(
            "Votre droit de réponse, si nous l’acceptons, avec votre nom",
            "aussi longtemps que le témoignage sous lequel il paraît",
        ),
    ),
}

OF_US: Declared = {
    "Quand nous vous écrivons": (
        Term("Texte de nos courriels", "jusqu’à ce qu’ils soient partis"),
        Term(
            "Adresse d’une organisation que l’équipe invite à répondre à un témoignage",
            "jusqu’à ce que le courriel soit parti\u202f; elle indique la sienne si elle répond",
        ),
        Term(
            "Empreinte de l’adresse d’une organisation qui ne veut plus être invitée",
            "aussi longtemps que le site invite, pour ne plus lui écrire\u202f; l’adresse ne peut pas s’y lire",
        ),
        Term(
            "Adresse et date de nos courriels\u202f; texte de ceux qui n’ont pas pu partir",
            "après l’envoi, ou jusqu’à ce que le texte dont ils parlent soit effacé",
            "EMAIL_PERIOD",
        ),
    ),
    "Si vous êtes de l’équipe": (
        Term(
            "Nom, courriel, empreinte du mot de passe, moyens de connexion",
            "tant que votre compte est ouvert, puis aussi longtemps que vos décisions portent votre nom",
        ),
        sessions.KEPT,
        account_links.KEPT,
        login_attempts.KEPT,
        Term(
            "Journal de vos actes sur les comptes, les articles et les réglages",
            "après chaque acte\u202f; il n’a ni texte, ni courriel",
            "AUDIT_PERIOD",
        ),
        Term("Journal de vos actes sur un texte", "aussi longtemps que son numéro, qui reste une fois le texte effacé"),
    ),
    "Pour protéger le site": (
        Term(
            "Compteur des envois venus d’une adresse du réseau, sous une empreinte qui change chaque jour",
            "au plus",
            A_DAY,
        ),
        Term("Journaux techniques", "sans votre nom, votre courriel ni votre texte\u202f; sans adresse du réseau"),
    ),
}

# Deletions of what is more than the rows of a table past their time.
DELETIONS = [
    Act("withdrawals past calling back", "oubli de ce qui ferait revenir sur un retrait", undo.expire_withdrawals),
    Act("openings replaced since", "oubli d’une ouverture d’article remplacée", placements.delete_replaced_openings),
    Act("proofs of consent past their time", "suppression d’anciennes preuves d’accord", retention.expire_consents),
    Act("notices whose words are past their time", "effacement d’anciens signalements", retention.expire_notices),
    Act("old e-mails", "suppression d’anciens courriels", outbox.expire_emails),
    Act("old events of the audit log", "suppression d’anciennes lignes du journal", retention.expire_events),
    Act("closed counters", "suppression de compteurs d’envois", rate_limits.expire_counters),
]


def length_in_words(length: timedelta | Months) -> str:
    """Return a period exactly, in its largest whole unit: « 3 ans », « 30 jours », « 12 heures », « 10 minutes »."""
    if isinstance(length, Months):
        return count(length.years, "an", "ans") if length.number % 12 == 0 else count(length.number, "mois", "mois")
    if days := length // A_DAY:
        return count(days, "jour", "jours")
    hours, minutes = length // timedelta(hours=1), length // timedelta(minutes=1)
    return count(hours, "heure", "heures") if hours else count(minutes, "minute", "minutes")


def table_of_periods() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield whom it is about, and its lines: what is kept, and for how long."""
    for whom, lines in declared().items():
        terms = [term for each in lines for term in (each.terms if isinstance(each, Kept) else [each])]
        yield whom, [(each.what, length_and_end(each)) for each in terms]


def length_and_end(term: Term) -> str:
    return term.until if term.lasts is None else f"{length_in_words(term.length)} {term.until}"
