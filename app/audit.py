"""The audit log: AuditEvent, append-only, and Kind, which carries the sentence shown for each event.

An event records who did what, when, and between which statuses. It never holds a text, a name or an address of an
author, since it outlives them. The database refuses to change a row (migration 0001), and to delete one that is about a
text, or of the last year (migration 0028).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import french
from app.db import Base, Numbered, enum_by_value, now
from app.labelled_enum import LabelledEnum


class ActorKind(LabelledEnum):
    """A kind of actor; its label is the subject of a sentence."""

    AUTHOR = "author", "l’auteur·e"
    READER = "reader", "une lectrice ou un lecteur"
    EDITOR = "editor", "l’équipe"
    CLOCK = "clock", "l’échéance"
    SYSTEM = "system", "la plateforme"


@dataclass(frozen=True)
class Actor:
    """The author by private link, a reader, an editor by account, the scheduled job, or the platform itself."""

    kind: ActorKind
    user_id: int | None = None

    @classmethod
    def editor(cls, user_id: int) -> Self:
        return cls(ActorKind.EDITOR, user_id)


AUTHOR = Actor(ActorKind.AUTHOR)
READER = Actor(ActorKind.READER)
CLOCK = Actor(ActorKind.CLOCK)
SYSTEM = Actor(ActorKind.SYSTEM)


class Kind(LabelledEnum):
    """A kind of event; its label is a sentence where `{who}` is the actor and `{whom}` the account concerned.

    Every action of the lifecycle has a kind of the same value.
    """

    SUBMITTED = "submitted", "Texte envoyé par {who}."
    RECORD = "record", "Texte raconté de vive voix, écrit par {who} et soumis à signature."
    IDENTIFIED = "identified", "Texte recueilli reconnu sien par {who}, avec le code de sa feuille."
    CONFIRM = "confirm", "Adresse confirmée par {who}."
    AMEND = "amend", "Texte modifié par {who}."
    REQUEST_CHANGES = "request_changes", "Corrections demandées par {who}."
    CANCEL_REQUEST = "cancel_request", "Demande de corrections annulée par {who}."
    SEND_PROOF = "send_proof", "Bon à tirer envoyé par {who}."
    RECALL_PROOF = "recall_proof", "Bon à tirer rappelé par {who}."
    SIGN_PROOF = "sign_proof", "Bon à tirer signé par {who}."
    SIGN_ACCOUNT = "sign_account", "Récit recueilli, signé par {who}."
    PUBLISH = "publish", "Texte publié par {who}."
    DECIDED_ALONE = (
        "decided_alone",
        "Décision prise par qui avait recueilli ce texte, {who} : l’article n’a pas d’autre éditrice ou éditeur.",
    )
    SET_ASIDE = "set_aside", "Nouvelle version écartée par {who}."
    KEEP_INTERNAL = "keep_internal", "Texte gardé pour l’usage interne par {who}."
    DECLINE = "decline", "Texte refusé par {who}."
    UNPUBLISH = "unpublish", "Texte dépublié par {who}."
    EXPIRE = "expire", "Fin de la période de publication."
    RENEW = "renew", "Publication prolongée par {who}."
    HIDE = "hide", "Texte masqué en attendant, le temps d’examiner un signalement, par {who}."
    UNHIDE = "unhide", "Texte montré à tout le monde par {who}."
    REOPEN = "reopen", "Dossier rouvert par {who}."
    WITHDRAW = "withdraw", "Texte retiré par {who}."
    CALL_BACK = "call_back", "Retrait annulé par {who} : le texte reparaît tel qu’il était."
    CONSENT_AGAIN = "consent_again", "Accord donné de nouveau par {who}."
    ERASE = "erase", "Texte et coordonnées effacés par {who}."
    TAKE_BACK = "take_back", "Décision annulée par {who}."
    REMIND = "remind", "Rappel envoyé à l’auteur·e."
    REMINDER_LOST = "reminder_lost", "Rappel à l’auteur·e qui n’a pas pu partir : les admins en sont averti·es."
    KEPT_WAITING = "kept_waiting", "Texte gardé encore, à la demande de {who}."
    UPDATE_ASKED = "update_asked", "Question à l’auteur·e sur ce que le projet est devenu."
    UPDATE_DATED = "update_dated", "Date de cette question changée par {who}."
    CONTESTED = "contested", "Décision, correction ou citation contestée par {who}."
    GAVE_WAY = "gave_way", "Correction contestée : les mots de l’auteur·e ont reparu aussitôt."
    UPHOLD = "uphold", "Contestation close par une réponse motivée de {who}."
    RESTORE = "restore", "Réponse à la contestation : les mots de l’auteur·e sont repris par {who}."
    EDITED = "edited", "Version relue par {who}."
    NOTED = "noted", "Note ajoutée par {who}."
    WRITTEN_TO = "written_to", "Lettre à l’auteur·e, qui accepte d’être recontacté·e, envoyée par {who}."
    NOTICED = "noticed", "Texte signalé par {who}."
    NOTICE_DISMISSED = "notice_dismissed", "Signalement classé sans suite par {who}."
    NOTICE_ERASED = "notice_erased", "Signalement effacé par la personne qui l’avait envoyé."
    REPLY_ACCEPTED = "reply_accepted", "Droit de réponse accepté par {who}."
    REPLY_REFUSED = "reply_refused", "Droit de réponse refusé par {who}."
    QUESTION_SENT = "question_sent", "Question d’un·e collègue transmise à l’auteur·e."
    QUESTION_REPORTED = "question_reported", "Question d’un·e collègue signalée par {who}."
    QUESTION_SETTLED = "question_settled", "Question signalée, lue et classée par {who}."
    ANSWER_INVITED = "answer_invited", "Organisation invitée à répondre au texte par {who}."
    ANSWER_ANNOUNCED = "answer_announced", "Réponse à venir annoncée à l’auteur·e du texte."
    ORGANISATIONS_INVITED = "organisations_invited", "Organisations invitées à raconter leur expérience par {who}."
    PLACED = "placed", "Place en regard de l’article, ou mots cités, choisis par {who}."
    CITED = "cited", "Mots cités dans la synthèse de l’article par {who}."
    QUOTE_GAVE_WAY = (
        "quote_gave_way",
        "Mots cités qui n’étaient pas, ou plus, des phrases entières du texte publié : retirés.",
    )
    LINK_RENEWED = "link_renewed", "Nouveau lien privé envoyé à la demande de {who}."
    SHEET_DRAWN = "sheet_drawn", "Autre feuille à imprimer, avec un autre code, faite par {who}."
    CODE_DRAWN = "code_drawn", "Autre code tiré par {who}, à la place du premier."
    EMAIL_REVIVED = "email_revived", "Courriel qui n’était pas parti, envoyé de nouveau par {who}."
    SIGNED_IN = "signed_in", "Connexion de {who}."
    SIGN_IN_FAILED = "sign_in_failed", "Connexion refusée à {whom}."
    SIGNED_OUT = "signed_out", "Déconnexion de {who}."
    SECOND_FACTOR_FAILED = "second_factor_failed", "Second facteur refusé pour {whom}."
    IDENTITY_CONFIRMED = "identity_confirmed", "Identité confirmée par {who}."
    SESSION_ENDED = "session_ended", "Connexion de {whom} terminée par {who}."
    INVITED = "invited", "Invitation envoyée à {whom} par {who}."
    RESET_ASKED = "reset_asked", "Nouveau mot de passe demandé pour {whom}."
    PASSWORD_SET = "password_set", "Mot de passe choisi par {who}."
    ADDRESS_CHANGED = "address_changed", "Adresse de courriel changée par {who}."
    SECOND_FACTOR_SET = "second_factor_set", "Application d’authentification associée par {who}."
    SECOND_FACTOR_RESET = "second_factor_reset", "Second facteur de {whom} retiré par {who}."
    RECOVERY_CODES_MADE = "recovery_codes_made", "Codes de secours créés par {who}."
    PASSKEY_ADDED = "passkey_added", "Clé d’accès ajoutée par {who}."
    PASSKEY_REMOVED = "passkey_removed", "Clé d’accès retirée par {who}."
    IDENTITY_BOUND = "identity_bound", "Identité du fournisseur liée à son compte par {who}."
    IDENTITY_UNBOUND = "identity_unbound", "Identité du fournisseur déliée du compte de {whom} par {who}."
    ROLE_CHANGED = "role_changed", "Rôle de {whom} changé par {who}."
    ARTICLES_GIVEN = "articles_given", "Choix des articles confiés à {whom} changé par {who}."
    ACCOUNT_DISABLED = "account_disabled", "Compte de {whom} fermé par {who}."
    ACCOUNT_ENABLED = "account_enabled", "Compte de {whom} rouvert par {who}."
    EXPORTED = "exported", "Fichier exporté par {who}."
    TESTIMONIALS_EXPORTED = "testimonials_exported", "Retours d’expérience exportés par {who}."
    ARTICLE_CREATED = "article_created", "Article créé par {who}."
    ARTICLE_EDITED = "article_edited", "Article modifié par {who}."
    ARTICLE_RESTORED = "article_restored", "Article revenu à une version antérieure par {who}."
    ARTICLE_MOVED = "article_moved", "Adresse d’un article changée par {who} : l’ancienne y mène."
    ARTICLE_SETTLED = "article_settled", "Réglages d’un article changés par {who}."
    THEME_ADDED = "theme_added", "Articulation ajoutée à un article par {who}."
    THEME_RENAMED = "theme_renamed", "Articulation d’un article renommée par {who}."
    THEMES_REORDERED = "themes_reordered", "Articulations d’un article réordonnées par {who}."
    THEME_RETIRED = "theme_retired", "Articulation d’un article retirée par {who}."
    SENTENCE_CHANGED = "sentence_changed", "Phrase habituelle changée par {who}."
    RECUEIL_COMPOSED = "recueil_composed", "Recueil composé par {who}."
    RECUEIL_CHANGED = "recueil_changed", "Recueil modifié par {who}."
    RECUEIL_ASKED = "recueil_asked", "PDF d’un recueil demandé par {who}."
    RECUEIL_TAKEN = "recueil_taken", "PDF d’un recueil téléchargé par {who}."
    RECUEIL_DELETED = "recueil_deleted", "Recueil supprimé par {who}."
    REFERENTIAL_ADDED = "referential_added", "Liste de partenaires créée par {who}."
    REFERENTIAL_RENAMED = "referential_renamed", "Liste de partenaires renommée par {who}."
    REFERENTIAL_IMPORTED = "referential_imported", "Fichier importé dans une liste de partenaires par {who}."
    PARTNER_ADDED = "partner_added", "Entrée ajoutée à une liste de partenaires par {who}."
    PARTNER_CHANGED = "partner_changed", "Entrée d’une liste de partenaires changée par {who}."
    PARTNER_RECOGNISED = "partner_recognised", "Partenaire écrit par l’auteur·e, rangé dans la liste par {who}."
    PARTNER_DETACHED = "partner_detached", "Partenaire écrit par l’auteur·e, détaché de la liste par {who}."
    PARTNER_OFFERED = "partner_offered", "Entrée d’une liste de partenaires de nouveau proposée par {who}."
    PARTNER_WITHDRAWN = "partner_withdrawn", "Entrée d’une liste de partenaires qui n’est plus proposée, par {who}."
    CLOCK_FAILED = "clock_failed", "À l’échéance, ce qui était dû n’a pas pu être fait."
    CHECK_FAILED = "check_failed", "Défauts trouvés par la vérification de chaque jour : les admins en sont averti·es."
    CHECK_PASSED = "check_passed", "Plus de défaut trouvé par la vérification de chaque jour."
    SITE_REGISTERED = "site_registered", "Site du réseau inscrit par {who}."
    SITE_RENAMED = "site_renamed", "Site du réseau renommé par {who}."
    SITE_WITHDRAWN = "site_withdrawn", "Site du réseau retiré par {who}."
    REPORT_PUBLISHED = "report_published", "Rapport annuel de modération publié par {who}."
    REPORT_TAKEN_DOWN = "report_taken_down", "Rapport annuel de modération mis hors ligne par {who}."
    SYNTHESIS_PUBLISHED = "synthesis_published", "Version de la synthèse d’un article publiée par {who}."
    SYNTHESIS_TAKEN_DOWN = "synthesis_taken_down", "Synthèse d’un article mise hors ligne par {who}."

    @property
    def unnamed(self) -> str:
        """The sentence without its people, nor its point: a choice of a filter."""
        return re.sub(r",?(?: à la demande)?(?: (?:par|de|à|pour))? \{whom?\}", "", self.label).rstrip(".")


# The events that show whose a text is: its author used the link that was sent to the address, or the code of a sheet.
SHOWING_WHOSE = frozenset({Kind.CONFIRM, Kind.IDENTIFIED, Kind.CONSENT_AGAIN})


class AuditEvent(Numbered, Base, kw_only=True):
    """A row of the audit log."""

    __tablename__ = "audit_event"

    at: Mapped[datetime] = mapped_column(default_factory=now)
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind))
    actor: Mapped[ActorKind] = mapped_column(enum_by_value(ActorKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    # The account it was done to.
    account_id: Mapped[int | None] = mapped_column(default=None)
    testimonial_id: Mapped[int | None] = mapped_column(ForeignKey("testimonial.id"), index=True, default=None)
    before: Mapped[str | None] = mapped_column(default=None)
    after: Mapped[str | None] = mapped_column(default=None)
    version_number: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    # The act that this one revokes: a decision that is undone, a withdrawal that is called back.
    revokes_id: Mapped[int | None] = mapped_column(
        ForeignKey("audit_event.id"), index=True, unique=True, init=False, default=None
    )
    revokes: Mapped["AuditEvent | None"] = relationship(remote_side="AuditEvent.id", default=None, repr=False)

    @classmethod
    def of(cls, kind: Kind, by: Actor, **facts: str | int | None) -> Self:
        return cls(kind=kind, actor=by.kind, user_id=by.user_id, **facts)  # type: ignore[arg-type]  # columns by name

    def sentence(self, names: Mapping[int, str]) -> str:
        who = names.get(self.user_id or 0, self.actor.label)
        whom = names.get(self.account_id or 0, "une adresse inconnue")
        sentence = self.kind.label.format(who=who, whom=whom)
        return sentence.replace(f"de {who}", french.of(who)).replace(f"de {whom}", french.of(whom))
