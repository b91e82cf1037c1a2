"""AuditEvent, append-only; Kind, and the sentence each kind reads as.

A line says who did what, when, and between which statuses. It never holds a text, a name, or an address of an
author: it outlives them. The database refuses to change or delete a line (migration 0001).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.db import Base, enum_by_value, now


class ActorKind(StrEnum):
    """Whose act it was."""

    AUTHOR = "author"
    READER = "reader"
    EDITOR = "editor"
    CLOCK = "clock"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        """Return who acted, as the subject of a sentence."""
        return ACTOR_LABELS[self]


@dataclass(frozen=True)
class Actor:
    """Who acts: the author by private link, a reader, an editor by account, the clock, or the platform itself."""

    kind: ActorKind
    user_id: int | None = None

    @classmethod
    def editor(cls, user_id: int) -> Self:
        """Return the actor for an editor's account."""
        return cls(ActorKind.EDITOR, user_id)


AUTHOR = Actor(ActorKind.AUTHOR)
READER = Actor(ActorKind.READER)
CLOCK = Actor(ActorKind.CLOCK)
SYSTEM = Actor(ActorKind.SYSTEM)


class Kind(StrEnum):
    """What happened. Every action of the lifecycle has its kind, of the same value."""

    SUBMITTED = "submitted"
    CONFIRM = "confirm"
    AMEND = "amend"
    REQUEST_CHANGES = "request_changes"
    CANCEL_REQUEST = "cancel_request"
    SEND_PROOF = "send_proof"
    RECALL_PROOF = "recall_proof"
    SIGN_PROOF = "sign_proof"
    PUBLISH = "publish"
    SET_ASIDE = "set_aside"
    KEEP_INTERNAL = "keep_internal"
    DECLINE = "decline"
    UNPUBLISH = "unpublish"
    EXPIRE = "expire"
    RENEW = "renew"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CONSENT_AGAIN = "consent_again"
    ERASE = "erase"
    TAKE_BACK = "take_back"
    REMIND = "remind"
    CONTESTED = "contested"
    EDITED = "edited"
    NOTED = "noted"
    NOTICED = "noticed"
    NOTICE_DISMISSED = "notice_dismissed"
    PLACED = "placed"
    LINK_RENEWED = "link_renewed"
    EMAIL_REVIVED = "email_revived"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    IDENTITY_CONFIRMED = "identity_confirmed"
    SESSION_ENDED = "session_ended"
    INVITED = "invited"
    RESET_ASKED = "reset_asked"
    PASSWORD_SET = "password_set"  # noqa: S105  # what happened, not a password
    ADDRESS_CHANGED = "address_changed"
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    ROLE_CHANGED = "role_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    EXPORTED = "exported"
    ARTICLE_CREATED = "article_created"
    ARTICLE_EDITED = "article_edited"
    ARTICLE_SETTLED = "article_settled"
    THEME_ADDED = "theme_added"
    THEME_RENAMED = "theme_renamed"
    THEMES_REORDERED = "themes_reordered"
    THEME_RETIRED = "theme_retired"

    @property
    def sentence(self) -> str:
        """Return the sentence of this kind, with `{who}` for its actor and `{whom}` for the account concerned."""
        return SENTENCES[self]


ACTOR_LABELS: Mapping[ActorKind, str] = {
    ActorKind.AUTHOR: "l’auteur·e",
    ActorKind.READER: "une lectrice ou un lecteur",
    ActorKind.EDITOR: "l’équipe",
    ActorKind.CLOCK: "l’échéance",
    ActorKind.SYSTEM: "la plateforme",
}

SENTENCES: Mapping[Kind, str] = {
    Kind.SUBMITTED: "Texte envoyé par {who}.",
    Kind.CONFIRM: "Adresse confirmée par {who}.",
    Kind.AMEND: "Texte modifié par {who}.",
    Kind.REQUEST_CHANGES: "Corrections demandées par {who}.",
    Kind.CANCEL_REQUEST: "Demande de corrections annulée par {who}.",
    Kind.SEND_PROOF: "Bon à tirer envoyé par {who}.",
    Kind.RECALL_PROOF: "Bon à tirer rappelé par {who}.",
    Kind.SIGN_PROOF: "Bon à tirer signé par {who}.",
    Kind.PUBLISH: "Texte publié par {who}.",
    Kind.SET_ASIDE: "Nouvelle version écartée par {who}.",
    Kind.KEEP_INTERNAL: "Texte gardé pour l’usage interne par {who}.",
    Kind.DECLINE: "Texte refusé par {who}.",
    Kind.UNPUBLISH: "Texte dépublié par {who}.",
    Kind.EXPIRE: "Fin de la période de publication.",
    Kind.RENEW: "Publication prolongée par {who}.",
    Kind.REOPEN: "Dossier rouvert par {who}.",
    Kind.WITHDRAW: "Texte retiré par {who}.",
    Kind.CONSENT_AGAIN: "Accord donné de nouveau par {who}.",
    Kind.ERASE: "Texte et coordonnées effacés par {who}.",
    Kind.TAKE_BACK: "Décision annulée par {who}.",
    Kind.REMIND: "Rappel envoyé à l’auteur·e.",
    Kind.CONTESTED: "Décision contestée par {who}.",
    Kind.EDITED: "Version relue par {who}.",
    Kind.NOTED: "Note ajoutée par {who}.",
    Kind.NOTICED: "Texte signalé par {who}.",
    Kind.NOTICE_DISMISSED: "Signalement classé sans suite par {who}.",
    Kind.PLACED: "Place en regard de l’article, ou mots cités, choisis par {who}.",
    Kind.LINK_RENEWED: "Nouveau lien privé envoyé à la demande de {who}.",
    Kind.EMAIL_REVIVED: "Courriel qui n’était pas parti, envoyé de nouveau par {who}.",
    Kind.SIGNED_IN: "Connexion de {who}.",
    Kind.SIGN_IN_FAILED: "Connexion refusée à {whom}.",
    Kind.SIGNED_OUT: "Déconnexion de {who}.",
    Kind.SECOND_FACTOR_FAILED: "Second facteur refusé pour {whom}.",
    Kind.IDENTITY_CONFIRMED: "Identité confirmée par {who}.",
    Kind.SESSION_ENDED: "Connexion de {whom} terminée par {who}.",
    Kind.INVITED: "Invitation envoyée à {whom} par {who}.",
    Kind.RESET_ASKED: "Nouveau mot de passe demandé pour {whom}.",
    Kind.PASSWORD_SET: "Mot de passe choisi par {who}.",
    Kind.ADDRESS_CHANGED: "Adresse de courriel changée par {who}.",
    Kind.SECOND_FACTOR_SET: "Application d’authentification associée par {who}.",
    Kind.SECOND_FACTOR_RESET: "Second facteur de {whom} retiré par {who}.",
    Kind.RECOVERY_CODES_MADE: "Codes de secours créés par {who}.",
    Kind.PASSKEY_ADDED: "Clé d’accès ajoutée par {who}.",
    Kind.PASSKEY_REMOVED: "Clé d’accès retirée par {who}.",
    Kind.ROLE_CHANGED: "Rôle de {whom} changé par {who}.",
    Kind.ACCOUNT_DISABLED: "Compte de {whom} fermé par {who}.",
    Kind.ACCOUNT_ENABLED: "Compte de {whom} rouvert par {who}.",
    Kind.EXPORTED: "Fichier exporté par {who}.",
    Kind.ARTICLE_CREATED: "Article créé par {who}.",
    Kind.ARTICLE_EDITED: "Article modifié par {who}.",
    Kind.ARTICLE_SETTLED: "Réglages d’un article changés par {who}.",
    Kind.THEME_ADDED: "Articulation ajoutée à un article par {who}.",
    Kind.THEME_RENAMED: "Articulation d’un article renommée par {who}.",
    Kind.THEMES_REORDERED: "Articulations d’un article réordonnées par {who}.",
    Kind.THEME_RETIRED: "Articulation d’un article retirée par {who}.",
}


class AuditEvent(MappedAsDataclass, Base, kw_only=True):
    """One line for one thing that happened."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime] = mapped_column(default_factory=now)
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind))
    actor: Mapped[ActorKind] = mapped_column(enum_by_value(ActorKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    # Whose account it was done to, where it is about one.
    account_id: Mapped[int | None] = mapped_column(default=None)
    testimonial_id: Mapped[int | None] = mapped_column(ForeignKey("testimonial.id"), index=True, default=None)
    before: Mapped[str | None] = mapped_column(default=None)
    after: Mapped[str | None] = mapped_column(default=None)
    version_number: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)

    @classmethod
    def of(cls, kind: Kind, by: Actor, **facts: str | int | None) -> Self:
        """Return a line for what an actor did; `facts` are the optional columns."""
        return cls(kind=kind, actor=by.kind, user_id=by.user_id, **facts)  # type: ignore[arg-type]  # columns by name

    def sentence(self, names: Mapping[int, str]) -> str:
        """Return this line as a sentence; `names` gives the editors' names by account."""
        who = names.get(self.user_id or 0, self.actor.label)
        whom = names.get(self.account_id or 0, "une adresse inconnue")
        return self.kind.sentence.format(who=who, whom=whom)
